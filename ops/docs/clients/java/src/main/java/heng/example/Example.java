package heng.example;

import com.google.protobuf.ByteString;
import heng.check.v1.Check.Answer;
import heng.check.v1.Check.CheckRequest;
import heng.check.v1.Check.Verdict;
import heng.decision.v1.Decision.DecisionKind;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A department's program against {@code heng serve}: publish, check, follow, acknowledge; through an outage if one is coming.
 *
 * <p>{@code java -jar heng-example.jar HOST:PORT [--subject CODE] [--ledger FILE] [--outage]}. With --outage it waits, after
 * the line {@code READY FOR THE OUTAGE}, until the server goes away, and goes on when it is back. Exit code 0: everything
 * came as it must; 1: it did not; 2: bad usage.
 */
public final class Example {
    private static final String MATTER = "procurement.bid";
    private static final String FINE = """
            {"record":"%1$s","item":"tax.penalty","decided_on":"2026-05-20","document_no":"鄂税稽罚〔2026〕%1$s号",
             "fields":{"amount":"2600000.00","nature":"evasion","tier":"serious","evaded":"3180000.00","share":"0.27"}}""";

    private record Options(String address, String subject, Path ledger, boolean outage) {}

    private Example() {}

    static void say(String text) {
        System.out.println(text);
    }

    private static void expect(boolean isSo, String text) {
        if (!isSo) {
            throw new IllegalStateException(text);
        }
    }

    /** A check no older than what was just published. */
    private static Answer checkAfter(Department department, String subject, ByteString token) throws Exception {
        var request = CheckRequest.newBuilder()
                .setSubject(subject).setMatter(MATTER).setAtLeast(token).setPurpose("example: may this firm bid?");
        Answer answer = department.check(request.build()).getAnswer();
        String until = answer.hasNextChange()
                ? ", changes by itself on " + LocalDate.ofEpochDay(answer.getNextChange()) : "";
        say("check " + MATTER + ": " + answer.getVerdict() + until);
        for (var bearing : answer.getBearingsList()) {
            var title = bearing.getMeasure().getTitle();
            say("  " + title.getZh() + " / " + title.getEn() + "; " + String.join(", ", bearing.getRule().getBasisList()));
        }
        return answer;
    }

    private static void cached(Department department, String subject, Verdict verdict) throws Exception {
        var cache = new Cache(department::check, Duration.ofSeconds(30));
        for (int time = 0; time < 100; time++) {
            var found = cache.check(subject, MATTER).getAnswer().getVerdict();
            expect(found == verdict, "an answer that was kept is the same");
        }
        say("cached: 100 answers, the server was asked " + cache.asked + " time(s)");
        expect(cache.asked == 1, "an answer is kept until it changes by itself");
    }

    private static void batch(Department department) throws Exception {
        var matters = List.of(MATTER, "no.such.matter");
        var results = department.batch(matters);
        for (int at = 0; at < results.size(); at++) {
            var result = results.get(at);
            say("batch " + matters.get(at) + ": " + (result.hasAnswer()
                    ? result.getAnswer().getVerdict() : "not answered: " + result.getRefusal().getMessage()));
        }
        expect(results.size() == 2 && results.get(0).hasAnswer() && results.get(1).hasRefusal(),
                "a batch is answered entry by entry");
    }

    private static Predicate<Follower> caused(String id, DecisionKind kind) {
        String cause = Department.SOURCE + "#" + id;
        return it -> it.ledger.lines().stream().anyMatch(line -> line.cause().equals(cause) && line.kind() == kind);
    }

    private static void story(Options options, ManagedChannel channel) throws Exception {
        String run = UUID.randomUUID().toString().substring(0, 8);
        String record = "example-" + run;
        var department = new Department(channel, options.subject());
        ByteString token = department.publish(run + "-1", "credit.recorded", FINE.formatted(record));
        Answer answer = checkAfter(department, options.subject(), token);
        expect(answer.getVerdict() == Verdict.VERDICT_BAR, "whoever was fined so much may not bid");
        cached(department, options.subject(), answer.getVerdict());
        batch(department);

        var follower = new Follower(channel, record, new Ledger(options.ledger()));
        follower.start();
        var patience = Department.PATIENCE;
        follower.waitFor("the decision", patience, caused(run + "-1", DecisionKind.DECISION_KIND_ISSUED));
        var cursor = follower.acknowledge(Department.PUBLISH_DEADLINE, patience).getCursor();
        say("followed: " + follower.ledger.lines().size() + " decision(s); acknowledged " + cursor.getPartitionsList().stream()
                .map(it -> it.getPartition() + ":" + it.getNextSeq()).collect(Collectors.joining(", ")));
        if (options.outage()) {
            say("READY FOR THE OUTAGE");
            follower.waitFor("the stream to break", patience, it -> it.breaks() > 0);
            say("the stream broke");
        }
        String mistake = "{\"record\":\"%s\",\"reason\":\"made up for an example\"}".formatted(record);
        token = department.publish(run + "-2", "credit.retracted", mistake);
        follower.waitFor("the revocation", patience, caused(run + "-2", DecisionKind.DECISION_KIND_REVOKED));
        answer = checkAfter(department, options.subject(), token);
        expect(answer.getBearingsCount() == 0, "a record that was taken back bears on nothing");
        say("after " + follower.breaks() + " break(s): " + follower.ledger.lines().size() + " decision(s)");
        expect(follower.breaks() > 0 || !options.outage(), "the subscription was resumed");
        eachOnceInOrder(follower.ledger.lines());
        follower.acknowledge(Department.PUBLISH_DEADLINE, patience);
        follower.close();
    }

    private static void eachOnceInOrder(List<Ledger.Line> lines) {
        var seen = new HashSet<String>();
        var last = new HashMap<Integer, Long>();
        for (var line : lines) {
            expect(seen.add(line.partition() + ":" + line.seq()), "each decision came once");
            Long before = last.put(line.partition(), line.seq());
            expect(before == null || before < line.seq(), "decisions came in order");
        }
    }

    private static Options options(String[] arguments) throws Exception {
        String subject = "91420900MADEM0D499";
        Path ledger = Files.createTempDirectory("heng-example").resolve("ledger");
        boolean outage = false;
        var rest = new ArrayList<String>();
        for (int at = 0; at < arguments.length; at++) {
            switch (arguments[at]) {
                case "--outage" -> outage = true;
                case "--subject" -> subject = arguments[++at];
                case "--ledger" -> ledger = Path.of(arguments[++at]);
                default -> rest.add(arguments[at]);
            }
        }
        return rest.size() == 1 ? new Options(rest.get(0), subject, ledger, outage) : null;
    }

    public static void main(String[] arguments) throws Exception {
        // Chinese comes out as UTF-8 whatever the machine's locale is.
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        Options options = options(arguments);
        if (options == null) {
            say("usage: java -jar heng-example.jar HOST:PORT [--subject CODE] [--ledger FILE] [--outage]");
            System.exit(2);
        }
        // A dead connection is noticed while nothing is said.
        ManagedChannel channel = NettyChannelBuilder.forTarget(options.address())
                .usePlaintext().keepAliveTime(30, TimeUnit.SECONDS).build();
        try {
            story(options, channel);
        } catch (Exception error) {
            say("FAILED: " + error);
            System.exit(1);
        } finally {
            channel.shutdownNow();
        }
        say("everything came as it must");
    }
}
