package dev.caravan.api;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How much each caller may ask for, in this instance. Whoever asks for more is told so at once: nobody waits for somebody else. */
public final class RateLimits {
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();
    private final int perSecond;
    private final int burst;
    private final TimeMeter time;

    /**
     * @param perSecond requests a second in the long run
     * @param burst     as many at once after a pause
     */
    public RateLimits(int perSecond, int burst, Clock clock) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.time = new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                var now = clock.instant();
                return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
            }

            @Override
            public boolean isWallClockBased() {
                return true;
            }
        };
    }

    /**
     * Counts a request.
     *
     * @throws Problem 429, with the time to wait, when it is one too many
     */
    public void count(String caller) {
        var probe = buckets.computeIfAbsent(caller, name -> bucket()).tryConsumeAndReturnRemaining(1);
        if (probe.isConsumed()) return;
        long seconds = Math.max(
                1,
                Duration.ofNanos(probe.getNanosToWaitForRefill() + 999_999_999).toSeconds());
        throw new Problem(
                        429,
                        "Too many requests",
                        "this key may ask " + perSecond + " times a second, and " + burst + " times at once")
                .header("Retry-After", String.valueOf(seconds));
    }

    private Bucket bucket() {
        return Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(burst)
                        .refillGreedy(perSecond, Duration.ofSeconds(1))
                        .build())
                .withCustomTimePrecision(time)
                .build();
    }
}
