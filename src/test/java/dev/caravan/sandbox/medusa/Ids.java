package dev.caravan.sandbox.medusa;

import java.time.Clock;
import java.util.SplittableRandom;

/** Ids as Medusa makes them: a prefix and a ULID, so they sort by the millisecond they were made in. */
final class Ids {
    private static final char[] CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int TIME_DIGITS = 10;
    private static final int DIGITS = 26;

    private final Clock clock;
    private final SplittableRandom random = new SplittableRandom(2_21_2);

    Ids(Clock clock) {
        this.clock = clock;
    }

    /** @param prefix such as {@code prod} */
    synchronized String next(String prefix) {
        var ulid = new char[DIGITS];
        var millis = clock.millis();
        for (int i = TIME_DIGITS - 1; i >= 0; i--, millis >>>= 5) ulid[i] = CROCKFORD[(int) (millis & 31)];
        for (int i = TIME_DIGITS; i < DIGITS; i++) ulid[i] = CROCKFORD[random.nextInt(32)];
        return prefix + "_" + new String(ulid);
    }
}
