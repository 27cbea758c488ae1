package dev.caravan.alerts;

import com.github.f4b6a3.uuid.UuidCreator;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * Alerts, each open from when its rule finds something until it finds it no more. Who watches says what is found now; the rest follows: at most
 * one alert is open for a rule and subject. Raising it and noting that it is to be told of and handed over as a task commit together, so that
 * after a crash nothing is lost and nothing there twice.
 */
public final class Alerts {
    /** Longest list. */
    static final int MOST = 1_000;

    /** Few, because a checkpoint that tells of them waits meanwhile. */
    private static final int HANDED_OVER_AT_ONCE = 10;

    private final Database database;
    private final TaskDoor tasks;
    private final Clock clock;

    public Alerts(Database database, TaskDoor tasks, Clock clock) {
        this.database = database;
        this.tasks = tasks;
        this.clock = clock;
    }

    /** Subjects of a flow's open alerts, by rule. Nothing for a rule without one. */
    public Map<String, Set<String>> open(Handle db, String flow) {
        return db
                .createQuery("select rule, subject from alerts.alert where flow = :flow and cleared_at is null")
                .bind("flow", flow)
                .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toSet())));
    }

    /**
     * All that a rule finds now: what has no open alert gets one, what has one keeps it with the new evidence, and the other open ones of the rule
     * clear. To be called by one at a time for a rule.
     *
     * @param priority of the tasks of new alerts; empty for no tasks
     */
    public void settle(Handle db, String flow, String rule, Optional<String> priority, List<Finding> findings) {
        var open = db
                .createQuery("select " + Alert.COLUMNS
                        + " from alerts.alert where flow = :flow and rule = :rule and cleared_at is null")
                .bind("flow", flow)
                .bind("rule", rule)
                .map(Alert::of)
                .list()
                .stream()
                .collect(Collectors.toMap(Alert::subject, Function.identity()));
        for (var finding : findings) {
            var before = open.remove(finding.subject());
            if (before == null) raise(db, flow, rule, priority, finding);
            else if (!before.evidence().equals(Json.read(finding.evidence().toString())))
                update(db, before.id(), finding);
        }
        clear(db, open.values().stream().map(Alert::id).toList());
    }

    /** Clears the alerts of rules that are none any more. */
    public void settleOthers(Handle db, String flow, Collection<String> rules) {
        var gone = new HashSet<>(open(db, flow).keySet());
        gone.removeAll(rules);
        for (var rule : gone) settle(db, flow, rule, Optional.empty(), List.of());
    }

    /** What of alerts tells of people, beside what flows know of theirs. */
    public static Erasable erasable() {
        return new ErasableTexts(
                "alerts",
                Map.of("alerts.alert", List.of("subject", "title")),
                Map.of("alerts.alert", List.of("evidence")));
    }

    private void raise(Handle db, String flow, String rule, Optional<String> priority, Finding finding) {
        var id = UuidCreator.getTimeOrderedEpochPlus1();
        var task = priority.map(urgency -> handIn(db, flow, id, rule, finding, urgency));
        bound(db.createUpdate("""
                insert into alerts.alert (id, flow, rule, subject, title, evidence, clears_when, raised_at, task)
                values (:id, :flow, :rule, :subject, :title, cast(:evidence as jsonb), :clearsWhen, :now, :task)"""), finding)
                .bind("id", id)
                .bind("flow", flow)
                .bind("rule", rule)
                .bind("subject", finding.subject())
                .bind("now", clock.instant())
                .bind("task", task.orElse(null))
                .execute();
    }

    /**
     * Something that has a beginning, so that several about one subject may be open.
     *
     * @param priority of the task; empty for none
     * @param id       the same whenever this episode is found again
     * @param began    when
     * @param goesOn   whether it does
     */
    public record Episode(
            String flow,
            String rule,
            Optional<String> priority,
            UUID id,
            Instant began,
            Finding finding,
            boolean goesOn) {}

    /** Raises alerts; those that are there already stay as they are. They become tasks by {@link #handOver}, so nobody waits for that. */
    public void raise(Handle db, Collection<Episode> episodes) {
        if (episodes.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into alerts.alert (id, flow, rule, subject, title, evidence, clears_when, raised_at, episode, task_wanted)
                values (:id, :flow, :rule, :subject, :title, cast(:evidence as jsonb), :clearsWhen, :now, :began, :priority)
                on conflict do nothing""");
        for (var episode : episodes)
            bound(batch, episode.finding())
                    .bind("id", episode.id())
                    .bind("flow", episode.flow())
                    .bind("rule", episode.rule())
                    .bind("subject", episode.finding().subject())
                    .bind("now", clock.instant())
                    .bind("began", episode.began())
                    .bind("priority", episode.priority().orElse(null))
                    .add();
        batch.execute();
    }

    /**
     * Says how it stands with alerts that were {@linkplain #raise raised} about episodes: the evidence as it is now, and whether they go on. One
     * that had cleared may go on again, when something is heard of late.
     */
    public void tell(Handle db, Collection<Episode> episodes) {
        if (episodes.isEmpty()) return;
        var batch = db.prepareBatch("""
                update alerts.alert set title = :title, evidence = cast(:evidence as jsonb), clears_when = :clearsWhen,
                  cleared_at = case when :open then null else coalesce(cleared_at, :now) end,
                  cleared_event_at = case when :open then null else cleared_event_at end
                where id = :id""");
        for (var episode : episodes)
            bound(batch, episode.finding())
                    .bind("open", episode.goesOn())
                    .bind("now", clock.instant())
                    .bind("id", episode.id())
                    .add();
        batch.execute();
    }

    /**
     * Hands some alerts of a flow over as tasks that are to be one and are none yet, each once, in the order in which they were raised.
     *
     * @return how many
     */
    int handOver(String flow) {
        return database.transaction(db -> handOver(db, flow));
    }

    private int handOver(Handle db, String flow) {
        var waiting = db.createQuery("select " + Alert.COLUMNS + ", task_wanted" + """
                         from alerts.alert where flow = :flow and task_wanted is not null
                        order by raised_at, id limit :limit for update skip locked""")
                .bind("flow", flow)
                .bind("limit", HANDED_OVER_AT_ONCE)
                .map((row, context) -> Map.entry(row.getString("task_wanted"), Alert.of(row, context)))
                .list();
        if (waiting.isEmpty()) return 0;
        var batch = db.prepareBatch("update alerts.alert set task = :task, task_wanted = null where id = :id");
        for (var each : waiting) {
            var alert = each.getValue();
            var finding = new Finding(alert.subject(), alert.title(), alert.evidence(), alert.clearsWhen());
            batch.bind("task", handIn(db, flow, alert.id(), alert.rule(), finding, each.getKey()))
                    .bind("id", alert.id())
                    .add();
        }
        batch.execute();
        return waiting.size();
    }

    private UUID handIn(Handle db, String flow, UUID id, String rule, Finding finding, String priority) {
        return tasks.handIn(db, flow + "-alerts", finding.title(), description(id, rule, finding), priority);
    }

    private static String description(UUID id, String rule, Finding finding) {
        return "Rule " + rule + " about " + finding.subject() + ".\nClears by itself when " + finding.clearsWhen()
                + ".\nAlert " + id + ".\nEvidence: " + finding.evidence();
    }

    private static void update(Handle db, UUID id, Finding finding) {
        bound(db.createUpdate("""
                update alerts.alert set title = :title, evidence = cast(:evidence as jsonb), clears_when = :clearsWhen where id = :id"""), finding).bind("id", id).execute();
    }

    private static <S extends SqlStatement<S>> S bound(S statement, Finding finding) {
        return statement
                .bind("title", finding.title())
                .bind("evidence", finding.evidence().toString())
                .bind("clearsWhen", finding.clearsWhen());
    }

    private void clear(Handle db, List<UUID> ids) {
        if (ids.isEmpty()) return;
        db.createUpdate("update alerts.alert set cleared_at = :now where id = any(:ids)")
                .bind("now", clock.instant())
                .bindArray("ids", UUID.class, ids)
                .execute();
    }

    /**
     * Alerts, the newest first.
     *
     * @param open   whether those are wanted that are open, or those that have cleared; null for both
     * @param rule   null for all
     * @param limit  at most {@value #MOST}
     */
    public List<Alert> list(Boolean open, String rule, int limit) {
        return database.transaction(db -> db.createQuery("select " + Alert.COLUMNS + """
                         from alerts.alert
                        where (cast(:open as boolean) is null or (cleared_at is null) = :open) and (cast(:rule as text) is null or rule = :rule)
                        order by raised_at desc, id desc limit :limit""")
                .bind("open", open)
                .bind("rule", rule)
                .bind("limit", limit)
                .map(Alert::of)
                .list());
    }

    /** Where alerts have changed: from a moment on, or behind a change. */
    record Mark(Instant at, UUID alert, String what) {
        /** Before all that changes from then on. */
        static Mark of(Instant at) {
            return new Mark(at, new UUID(0, 0), "");
        }
    }

    /** That an alert was raised or cleared, as {@code what} of the mark says. */
    record Change(Mark mark, Alert alert) {}

    /** What has changed behind a mark, in order; at most so many. */
    List<Change> changes(Mark mark, int limit) {
        return database.transaction(db -> db.createQuery("select changed_at, what, " + Alert.COLUMNS + """
                         from (select *, raised_at as changed_at, 'raised' as what from alerts.alert where raised_at >= :at
                              union all select *, cleared_at, 'cleared' from alerts.alert where cleared_at >= :at) changed
                        where (changed_at, id, what) > (:at, :alert, :what) order by changed_at, id, what limit :limit""")
                .bind("at", mark.at())
                .bind("alert", mark.alert())
                .bind("what", mark.what())
                .bind("limit", limit)
                .map((row, context) -> new Change(
                        new Mark(
                                row.getObject("changed_at", OffsetDateTime.class)
                                        .toInstant(),
                                row.getObject("id", UUID.class),
                                row.getString("what")),
                        Alert.of(row, context)))
                .list());
    }

    /** How many are open, by flow and rule. */
    public static Map<List<String>, Long> counts(Handle db) {
        return db
                .createQuery(
                        "select flow, rule, count(*) from alerts.alert where cleared_at is null group by flow, rule")
                .map((row, context) -> Map.entry(List.of(row.getString(1), row.getString(2)), row.getLong(3)))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
