package dev.caravan.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until it is moved. */
public final class TestClock extends Clock {
    /** Where every test begins. */
    public static final Instant START = Instant.parse("2026-11-21T07:00:00Z");

    private volatile Instant now = START;

    /** Moves on. */
    public void pass(Duration time) {
        now = now.plus(time);
    }

    /** Goes back to the beginning. */
    public void reset() {
        now = START;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
