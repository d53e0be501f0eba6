package heng.example;

import heng.check.v1.Check.CheckRequest;
import heng.check.v1.Check.CheckResponse;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;

/**
 * Answers kept until the day on which they change by themselves, and not longer than the caller allows.
 *
 * <p>{@code next_change} is the first day on which the answer may be another one without any new event. Events come at any
 * time, so an answer has an age as well: how old it may be is a decision of whoever relies on it.
 */
final class Cache {
    /** Asks the server. */
    interface Ask {
        CheckResponse check(CheckRequest request) throws InterruptedException;
    }

    private record Kept(CheckResponse response, long sinceNanos) {}

    // Civil days are counted in the pack's zone.
    private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");
    private final Ask ask;
    private final Duration longestAge;
    private final Map<String, Kept> kept = new HashMap<>();
    int asked;

    Cache(Ask ask, Duration longestAge) {
        this.ask = ask;
        this.longestAge = longestAge;
    }

    /** The answer about today, from memory while it holds. */
    CheckResponse check(String subject, String matter) throws InterruptedException {
        String key = subject + '\n' + matter;
        Kept found = kept.get(key);
        if (found != null && holds(found)) {
            return found.response();
        }
        asked++;
        var request = CheckRequest.newBuilder().setSubject(subject).setMatter(matter).setPurpose("example: cached");
        CheckResponse response = ask.check(request.build());
        kept.put(key, new Kept(response, System.nanoTime()));
        return response;
    }

    private boolean holds(Kept found) {
        long today = LocalDate.now(ZONE).toEpochDay();
        var answer = found.response().getAnswer();
        boolean isOver = answer.hasNextChange() && today >= answer.getNextChange();
        boolean isYoung = System.nanoTime() - found.sinceNanos() < longestAge.toNanos();
        return found.response().getAsOf() <= today && !isOver && isYoung;
    }
}
