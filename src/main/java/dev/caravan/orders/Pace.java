package dev.caravan.orders;

import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import org.jdbi.v3.core.statement.SqlStatement;

/** How soon what a day has in the archive is written when its orders have changed: soon, but not with each page while many come. */
final class Pace {
    /** When the day {@code d.day} was first heard of; null when that is long ago. */
    static final String FIRST_HEARD =
            "(select at from orders.change where number = (select min(change) from orders.touched where day = d.day))";

    /** It is written when nothing has come for so long … */
    private static final Duration QUIET = Duration.ofSeconds(20);

    /** … or when what stands there is so old, or it has been waited for so long that anything does. */
    private static final Duration OLDEST = Duration.ofMinutes(10);

    private Pace() {}

    /** As {@code :quiet} and {@code :oldest}: what changed last, or was written, before these moments is due. */
    static <S extends SqlStatement<S>> S bound(S statement, Instant now) {
        return statement
                .bind("quiet", Timestamp.from(now.minus(QUIET)))
                .bind("oldest", Timestamp.from(now.minus(OLDEST)));
    }
}
