package dev.caravan.console;

import dev.caravan.alerts.Alert;
import dev.caravan.alerts.Alerts;
import dev.caravan.console.Reply.Page;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;

/** How visits go right now, to be left open on a wall: it refreshes itself, at once when an alert is raised. */
final class LivePage {
    static final String PATH = "/live";

    private static final int MINUTES = 60;
    private static final int HEIGHT = 160;
    private static final int BAR = 12;
    private static final int ALERTS = 8;

    /** Longer sessions are not looked for. */
    private static final Duration LONGEST_SESSION = Duration.ofDays(1);

    private final Console.Needs needs;
    private final Duration gap;

    LivePage(Console.Needs needs) {
        this.needs = needs;
        this.gap = needs.settings().duration("clickstream.session-gap-seconds");
    }

    void addTo(Console console) {
        console.page(PATH, visit -> new Page("live", model()));
    }

    /**
     * @param openSessions that can still go on
     * @param behind       how long ago the oldest clicks came in of which nothing is written yet, such as {@code 3 s}
     * @param alerts       the newest, whatever their flow
     */
    record Model(Instant now, Chart chart, long openSessions, long openAlerts, String behind, List<Alert> alerts) {}

    /** @param users that are known, and sessions of nobody known */
    record Minute(long events, long users) {
        private static final Minute NONE = new Minute(0, 0);
    }

    /** The hour up to now. */
    record Chart(Instant from, List<Minute> minutes) {
        /** In the units of the drawing, from the left; heights are above the bottom. */
        record Bar(int x, double events, double users) {
            double eventsY() {
                return HEIGHT - events;
            }

            double usersY() {
                return HEIGHT - users;
            }
        }

        List<Bar> bars() {
            double scale = HEIGHT / (double) Math.max(1, largest());
            return IntStream.range(0, minutes.size())
                    .mapToObj(i -> new Bar(
                            i * BAR,
                            minutes.get(i).events() * scale,
                            minutes.get(i).users() * scale))
                    .toList();
        }

        /** The one before the current. */
        Minute lastFull() {
            return minutes.get(minutes.size() - 2);
        }

        /** Events of the largest minute. */
        long largest() {
            return minutes.stream().mapToLong(Minute::events).max().orElse(0);
        }

        /** Events of the hour. */
        long events() {
            return minutes.stream().mapToLong(Minute::events).sum();
        }
    }

    private Model model() {
        var now = needs.clock().instant();
        var alerts = needs.alerts().list(null, null, ALERTS);
        return needs.database()
                .transaction(db -> new Model(
                        now,
                        chart(db, now),
                        openSessions(db, now),
                        Alerts.counts(db).values().stream()
                                .mapToLong(Long::longValue)
                                .sum(),
                        behind(db, now),
                        alerts));
    }

    private static Chart chart(Handle db, Instant now) {
        var from = now.truncatedTo(ChronoUnit.MINUTES).minus(MINUTES - 1, ChronoUnit.MINUTES);
        Map<Instant, Minute> known = new HashMap<>();
        db.createQuery("""
                select minute, sum(events), sum(users + anonymous) from clicks.minute where minute >= :from and minute <= :now group by minute""")
                .bind("from", from)
                .bind("now", now)
                .map((row, context) -> known.put(
                        row.getObject(1, OffsetDateTime.class).toInstant(), new Minute(row.getLong(2), row.getLong(3))))
                .list();
        return new Chart(
                from,
                IntStream.range(0, MINUTES)
                        .mapToObj(i -> known.getOrDefault(from.plus(i, ChronoUnit.MINUTES), Minute.NONE))
                        .toList());
    }

    /** Those whose end is less than the gap below the floor, up to which all clicks are in that will be. */
    private long openSessions(Handle db, Instant now) {
        var floor = db.createQuery("select min(floor) from clicks.lease where floor > :never")
                .bind("never", Long.MIN_VALUE)
                .mapTo(Long.class)
                .findOne()
                .map(Instant::ofEpochMilli)
                .orElse(now.minus(LONGEST_SESSION));
        // When no source is waited for any longer, all that is there is final.
        if (floor.isAfter(now.plus(LONGEST_SESSION))) return 0;
        return db.createQuery("select count(*) from clicks.session where started >= :longest and ended >= :last")
                .bind("longest", floor.minus(LONGEST_SESSION))
                .bind("last", floor.minus(gap))
                .mapTo(Long.class)
                .one();
    }

    private static String behind(Handle db, Instant now) {
        return db.createQuery("""
                select min(taken_at) from clicks.page where position > (select coalesce(min(position), -1) from clicks.lease)""")
                .mapTo(Instant.class)
                .findOne()
                .map(oldest -> Math.max(0, Duration.between(oldest, now).toSeconds()) + " s")
                .orElse("0 s");
    }
}
