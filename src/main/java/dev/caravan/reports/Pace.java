package dev.caravan.reports;

import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import org.jdbi.v3.core.statement.SqlStatement;

/** How soon what a day has in the archive is written when what it tells of has changed: soon, but not with each page while many come. */
public final class Pace {
    /** It is written when nothing has come for so long … */
    private static final Duration QUIET = Duration.ofSeconds(20);

    /** … or when what stands there is so old, or it has been waited for so long that anything does. */
    private static final Duration OLDEST = Duration.ofMinutes(10);

    private Pace() {}

    /**
     * When the day {@code d.day} was first heard of, as part of a query; null when that is long ago.
     *
     * @param flow schema of the tables {@code change} and {@code touched}
     */
    public static String firstHeard(String flow) {
        return "(select at from " + flow + ".change where number = (select min(change) from " + flow
                + ".touched where day = d.day))";
    }

    /** As {@code :quiet} and {@code :oldest}: what changed last, or was written, before these moments is due. */
    public static <S extends SqlStatement<S>> S bound(S statement, Instant now) {
        return statement
                .bind("quiet", Timestamp.from(now.minus(QUIET)))
                .bind("oldest", Timestamp.from(now.minus(OLDEST)));
    }
}
