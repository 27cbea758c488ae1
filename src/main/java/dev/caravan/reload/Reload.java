package dev.caravan.reload;

import dev.caravan.check.Check;
import dev.caravan.check.DryRun;
import dev.caravan.check.Problem;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.camel.CamelContext;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the files users edit while the instance runs. An edit that passes every check takes effect without a restart and without losing
 * a message; one that does not is refused, and what ran before goes on. Both are told once, in the log and in the audit.
 */
public final class Reload implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final String WHO = "files";
    private static final int TOLD = 20;

    /** Less than a caller waits for a {@code direct:} route that is away for a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Sources sources;
    private final Target target;
    private final Database database;
    private final Audit audit;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(new CamelThreadFactory("#name#", "reload", true));
    private Snapshot running;
    private Snapshot seen;
    private Snapshot refused;

    /**
     * Where edits come from.
     *
     * @param runs whether this instance runs a file of routes; asked with its path below {@code routes/}
     */
    public record Sources(RouteFiles routes, RouteFiles kamelets, Settings settings, Predicate<String> runs) {}

    /**
     * Where they take effect.
     *
     * @param camel      the running context
     * @param properties the settings as Camel sees them
     * @param mappings   reads mappings, schemas and suppliers' settings, and gives back what puts them into use; throws {@link BadSettings}
     *                   and changes nothing when one is wrong
     */
    public record Target(
            java.util.function.Supplier<CamelContext> camel,
            Properties properties,
            Function<RouteFiles, Runnable> mappings) {}

    /** Takes the files as they are now for those that run. */
    public Reload(Sources sources, Target target, Database database, Audit audit) {
        this.sources = sources;
        this.target = target;
        this.database = database;
        this.audit = audit;
        running = Snapshot.of(sources.routes(), sources.kamelets());
        seen = running;
        refused = running;
    }

    /** Looks for edits from now on, so often. */
    public void every(Duration pause) {
        thread.scheduleWithFixedDelay(this::look, pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Looks once. An edit counts when a second look finds the files as the first did: somebody may still be writing. */
    void look() {
        try {
            var now = Snapshot.of(sources.routes(), sources.kamelets());
            var settled = now.isSame(seen);
            seen = now;
            if (settled && !now.isSame(running) && !now.isSame(refused)) take(now);
            if (now.isSame(running)) refused = running;
        } catch (Exception e) {
            LOG.warn("edited files could not be looked at: {}", e.toString());
        }
    }

    private void take(Snapshot edited) throws Exception {
        var files = edited.changedFiles(running);
        try (var copy = edited.copy()) {
            var problems = problems(edited, copy);
            if (!problems.isEmpty()) {
                refuse(edited, files, problems);
                return;
            }
            var mappings = target.mappings().apply(copy.routes());
            var plan = Plan.between(running, edited, sources.runs());
            var back = Plan.between(edited, running, sources.runs());
            if (!plan.isEmpty() && !new RouteSwap(target.camel().get(), PATIENCE).swap(plan, back)) return;
            mappings.run();
            running = edited;
            var routes = plan.isEmpty() ? "no route" : String.join(", ", plan.starting());
            LOG.info("edit took effect: {} ({} exchanged)", String.join(", ", files), routes);
            record("edit-taken", files, routes);
        } catch (BadSettings e) {
            refuse(edited, files, List.of(e.getMessage()));
        }
    }

    private List<String> problems(Snapshot edited, Snapshot.Copy copy) {
        var problems = new ArrayList<String>();
        for (var problem : new Check(copy.routes(), copy.kamelets(), sources.settings()).problems(false))
            problems.add(problem.toString());
        if (!problems.isEmpty()) return problems;
        var uris = copy.routes().endingWith(".camel.yaml").stream()
                .filter(sources.runs())
                .map(copy.routes()::uri)
                .toList();
        DryRun.refusal(
                        target.camel().get(),
                        target.properties(),
                        uris,
                        copy.kamelets().location())
                .map(reason ->
                        new Problem(String.join(", ", edited.changedFiles(running)), 0, "Camel refuses it: " + reason))
                .map(Problem::toString)
                .ifPresent(problems::add);
        return problems;
    }

    private void refuse(Snapshot edited, Set<String> files, List<String> problems) {
        refused = edited;
        LOG.warn("edit refused, what ran before goes on: {} problems in {}", problems.size(), String.join(", ", files));
        problems.stream().limit(TOLD).forEach(problem -> LOG.warn("edit refused: {}", problem));
        record("edit-refused", files, problems.get(0));
    }

    private void record(String action, Set<String> files, String why) {
        database.write(db -> audit.add(db, WHO, action, String.join(", ", files), why));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
