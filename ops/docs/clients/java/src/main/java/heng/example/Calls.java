package heng.example;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Calls with a deadline each, and what to do when one fails.
 *
 * <p>UNAVAILABLE, RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED may pass by themselves: such a call is made again, after the time
 * that the server named (RetryInfo) or a back-off that doubles, whichever is longer. Every other status is a mistake in the
 * request: it stays, and the details name the field.
 */
final class Calls {
    static final Set<Status.Code> PASSING =
            EnumSet.of(Status.Code.UNAVAILABLE, Status.Code.RESOURCE_EXHAUSTED, Status.Code.DEADLINE_EXCEEDED);

    private Calls() {}

    /** The time to wait before the next try: doubled each time, with a part of chance so that clients do not come together. */
    static final class Backoff {
        private static final long LONGEST_MS = 5_000;
        private long nextMs = 100;

        void await(StatusRuntimeException error) throws InterruptedException {
            long ownMs = ThreadLocalRandom.current().nextLong(nextMs / 2, nextMs + 1);
            nextMs = Math.min(nextMs * 2, LONGEST_MS);
            Thread.sleep(Math.max(ownMs, retryAfter(error).toMillis()));
        }
    }

    /** What the server says in RetryInfo; nothing where it says nothing. */
    static Duration retryAfter(StatusRuntimeException error) {
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        if (status == null) {
            return Duration.ZERO;
        }
        for (Any detail : status.getDetailsList()) {
            if (detail.is(RetryInfo.class)) {
                try {
                    var delay = detail.unpack(RetryInfo.class).getRetryDelay();
                    return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
                } catch (InvalidProtocolBufferException unreadable) {
                    return Duration.ZERO;
                }
            }
        }
        return Duration.ZERO;
    }

    /**
     * Calls until there is an answer, a lasting error, or patience is over.
     *
     * <p>All calls of Heng may be repeated: reads change nothing, and an event sent again is accepted once.
     */
    static <T> T call(Duration patience, Supplier<T> attempt) throws InterruptedException {
        var backoff = new Backoff();
        long giveUp = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return attempt.get();
            } catch (StatusRuntimeException error) {
                if (!PASSING.contains(error.getStatus().getCode()) || System.nanoTime() >= giveUp) {
                    throw error;
                }
                System.out.println("  " + error.getStatus().getCode() + ": trying again");
                backoff.await(error);
            }
        }
    }
}
