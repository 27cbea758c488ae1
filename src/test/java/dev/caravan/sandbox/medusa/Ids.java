package dev.caravan.sandbox.medusa;

import java.time.Clock;
import java.util.SplittableRandom;

/** Ids as Medusa makes them: a prefix and a ULID. They sort by age; unlike Medusa's, even those of one millisecond do. */
final class Ids {
    private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int TIME_DIGITS = 10;
    private static final int DIGITS = 26;

    private final Clock clock;
    private final SplittableRandom random = new SplittableRandom(2_21_2);
    private final int[] digits = new int[DIGITS];
    private long last = -1;

    Ids(Clock clock) {
        this.clock = clock;
    }

    /** @param prefix such as {@code prod} */
    synchronized String next(String prefix) {
        var now = clock.millis();
        if (now == last) goOn();
        else start(now);
        var id = new StringBuilder(prefix).append('_');
        for (int digit : digits) id.append(CROCKFORD.charAt(digit));
        return id.toString();
    }

    private void start(long millis) {
        last = millis;
        for (int i = TIME_DIGITS - 1; i >= 0; i--, millis >>>= 5) digits[i] = (int) (millis & 31);
        for (int i = TIME_DIGITS; i < DIGITS; i++) digits[i] = random.nextInt(i == TIME_DIGITS ? 16 : 32);
    }

    /** A random step further, so that neighbours do not look alike. */
    private void goOn() {
        var carry = random.nextLong(1L << 50) + 1;
        for (int i = DIGITS - 1; carry > 0 && i >= TIME_DIGITS; i--) {
            carry += digits[i];
            digits[i] = (int) (carry & 31);
            carry >>>= 5;
        }
    }
}
