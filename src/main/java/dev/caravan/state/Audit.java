package dev.caravan.state;

import java.time.Clock;
import org.jdbi.v3.core.Handle;

/** Who did what by hand, and why. Written in the transaction that does it. */
public final class Audit {
    private final Clock clock;

    public Audit(Clock clock) {
        this.clock = clock;
    }

    /**
     * @param who     name of the API key
     * @param subject id of what it was done to
     * @param why     may be null where no reason is asked for
     */
    public void add(Handle db, String who, String action, String subject, String why) {
        db.createUpdate(
                        "insert into audit.action (at, who, action, subject, why) values (:at, :who, :action, :subject, :why)")
                .bind("at", clock.instant())
                .bind("who", who)
                .bind("action", action)
                .bind("subject", subject)
                .bind("why", why)
                .execute();
    }
}
