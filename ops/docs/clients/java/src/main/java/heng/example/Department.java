package heng.example;

import com.google.protobuf.ByteString;
import heng.check.v1.Check.BatchCheckEntry;
import heng.check.v1.Check.BatchCheckRequest;
import heng.check.v1.Check.BatchCheckResult;
import heng.check.v1.Check.CheckRequest;
import heng.check.v1.Check.CheckResponse;
import heng.check.v1.CheckServiceGrpc;
import heng.check.v1.CheckServiceGrpc.CheckServiceBlockingStub;
import heng.intake.v1.Intake.CloudEvent;
import heng.intake.v1.Intake.Outcome;
import heng.intake.v1.Intake.PublishRequest;
import heng.intake.v1.IntakeServiceGrpc;
import heng.intake.v1.IntakeServiceGrpc.IntakeServiceBlockingStub;
import io.grpc.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The calls of a department: each with its deadline, repeated where that may help. */
final class Department {
    static final String SOURCE = "/gov/420000/tax";
    static final Duration PATIENCE = Duration.ofSeconds(60);
    // Publishing includes a write to the disk; an approval system asks while somebody waits.
    static final Duration PUBLISH_DEADLINE = Duration.ofSeconds(10);
    private static final Duration CHECK_DEADLINE = Duration.ofSeconds(1);

    private final CheckServiceBlockingStub checks;
    private final IntakeServiceBlockingStub intake;
    private final String subject;

    Department(Channel channel, String subject) {
        this.checks = CheckServiceGrpc.newBlockingStub(channel);
        this.intake = IntakeServiceGrpc.newBlockingStub(channel);
        this.subject = subject;
    }

    private static <S extends io.grpc.stub.AbstractStub<S>> S within(S stub, Duration deadline) {
        return stub.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Hands in an event until it is answered. The token makes later reads reflect it. */
    ByteString publish(String id, String kind, String data) throws InterruptedException {
        var event = CloudEvent.newBuilder()
                .setId(id).setSource(SOURCE).setType(kind).setSubject(subject).setData(ByteString.copyFromUtf8(data));
        var request = PublishRequest.newBuilder().setEvent(event).build();
        Outcome outcome =
                Calls.call(PATIENCE, () -> within(intake, PUBLISH_DEADLINE).publish(request)).getOutcome();
        switch (outcome.getOutcomeCase()) {
            case ACCEPTED -> {
                var at = outcome.getAccepted().getPosition();
                Example.say("published " + kind + ": accepted at " + at.getPartition() + ":" + at.getOffset());
                return outcome.getAccepted().getToken();
            }
            case DUPLICATE -> {
                // A try whose answer was lost had been taken.
                Example.say("published " + kind + ": it was on the log before");
                return outcome.getDuplicate().getToken();
            }
            default -> throw new IllegalStateException("refused: " + outcome.getRefused());
        }
    }

    CheckResponse check(CheckRequest request) throws InterruptedException {
        return Calls.call(PATIENCE, () -> within(checks, CHECK_DEADLINE).check(request));
    }

    /** Many questions at once: one that cannot be answered does not fail the rest. */
    List<BatchCheckResult> batch(List<String> matters) throws InterruptedException {
        var entries = new ArrayList<BatchCheckEntry>();
        for (String matter : matters) {
            entries.add(BatchCheckEntry.newBuilder().setSubject(subject).setMatter(matter).build());
        }
        var request = BatchCheckRequest.newBuilder().addAllEntries(entries).setPurpose("example: batch").build();
        return Calls.call(PATIENCE, () -> within(checks, CHECK_DEADLINE).batchCheck(request)).getResultsList();
    }
}
