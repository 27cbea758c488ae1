package dev.caravan.archive;

import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** For how long what belongs to a day is kept: all of it goes together, so long after the end of the day in UTC and not before. */
public final class KeptDays {
    private KeptDays() {}

    /** The oldest day of which anything is kept. */
    public static LocalDate oldest(Clock clock, Duration kept) {
        return LocalDate.ofInstant(clock.instant().minus(kept), ZoneOffset.UTC);
    }
}
