package heng.example;

import com.google.protobuf.ByteString;
import heng.subscription.v1.Subscription.AcknowledgeRequest;
import heng.subscription.v1.Subscription.AcknowledgeResponse;
import heng.subscription.v1.Subscription.SubscribeRequest;
import heng.subscription.v1.SubscriptionServiceGrpc;
import heng.subscription.v1.SubscriptionServiceGrpc.SubscriptionServiceBlockingStub;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** A subscription that misses nothing and takes nothing twice, through restarts of the server and of this program. */
final class Follower extends Thread {
    final Ledger ledger;
    private final SubscriptionServiceBlockingStub stub;
    private final String name;
    private final Context.CancellableContext context = Context.current().withCancellation();
    private int breaks;
    private Exception failed;

    Follower(Channel channel, String name, Ledger ledger) {
        this.stub = SubscriptionServiceGrpc.newBlockingStub(channel);
        this.name = name;
        this.ledger = ledger;
        setDaemon(true);
    }

    @Override
    public void run() {
        context.run(this::follow);
    }

    private void follow() {
        var backoff = new Calls.Backoff();
        while (!context.isCancelled()) {
            // Our own cursor, kept beside what we did, goes before what was acknowledged.
            var request = SubscribeRequest.newBuilder().setHeartbeatMs(1_000);
            var cursor = ledger.cursor();
            if (cursor == null) {
                request.setName(name);
            } else {
                request.setCursor(cursor);
            }
            try {
                // A stream has no deadline: heartbeats tell that it lives. The first message is one, so the log's id is
                // known before a decision comes.
                var log = ByteString.EMPTY;
                var messages = stub.subscribe(request.build());
                while (messages.hasNext()) {
                    var message = messages.next();
                    backoff = new Calls.Backoff();
                    if (message.hasHeartbeat()) {
                        log = message.getHeartbeat().getCursor().getLog();
                    } else {
                        ledger.dealWith(message.getDecision(), log);
                    }
                }
            } catch (StatusRuntimeException error) {
                var code = error.getStatus().getCode();
                // ABORTED: we read too slowly and were cut off.
                boolean mayPass = Calls.PASSING.contains(code) || code == Status.Code.ABORTED;
                broke(mayPass || context.isCancelled() ? null : error);
                if (!mayPass) {
                    return;
                }
                try {
                    backoff.await(error);
                } catch (InterruptedException over) {
                    return;
                }
            } catch (IOException error) {
                broke(error);
                return;
            }
        }
    }

    private void broke(Exception error) {
        synchronized (ledger) {
            breaks++;
            failed = error;
            ledger.notifyAll();
        }
    }

    int breaks() {
        synchronized (ledger) {
            return breaks;
        }
    }

    /** Waits until something is so; an error that stays ends the wait. */
    void waitFor(String what, Duration patience, Predicate<Follower> isSo) throws Exception {
        long until = System.nanoTime() + patience.toNanos();
        synchronized (ledger) {
            while (failed == null && !isSo.test(this)) {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (leftMs <= 0) {
                    throw new TimeoutException("waited " + patience.toSeconds() + " s for " + what);
                }
                ledger.wait(leftMs);
            }
            if (failed != null) {
                throw failed;
            }
        }
    }

    /** Tells the server up to where decisions were dealt with, so that the name alone is enough to go on. */
    AcknowledgeResponse acknowledge(Duration deadline, Duration patience) throws InterruptedException {
        var request = AcknowledgeRequest.newBuilder().setName(name).setCursor(ledger.cursor()).build();
        return Calls.call(patience, () ->
                stub.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS).acknowledge(request));
    }

    void close() throws InterruptedException {
        context.cancel(null);
        join(5_000);
    }
}
