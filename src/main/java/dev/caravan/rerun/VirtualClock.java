package dev.caravan.rerun;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands until it is set. Safe for use by several threads. */
public final class VirtualClock extends Clock {
    private volatile Instant now = Instant.EPOCH;

    /** From now on it is that time. */
    public void set(Instant instant) {
        now = instant;
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
        throw new UnsupportedOperationException("it is told in UTC only");
    }
}
