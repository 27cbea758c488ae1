package dev.caravan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.check.Check;
import dev.caravan.check.Problem;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.products.Page;
import dev.caravan.rerun.Comparison;
import dev.caravan.rerun.Results;
import dev.caravan.rerun.Results.Result;
import dev.caravan.rerun.VirtualClock;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import dev.caravan.state.Scratch;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Changed routes beside those in force: a share of the records, once they are safe, goes through both on a stage of their own, and what
 * differs is kept to be looked at. Live work neither waits for it nor sees it: when it falls behind, pages are passed over and counted.
 */
public final class Shadow implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Shadow.class);

    private static final int MOST_WAITING = 8;
    private static final int MOST_EXAMPLES = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration AFTER_A_FAILURE = Duration.ofMinutes(1);

    private final Settings settings;
    private final S3Client s3;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final int percent;
    private final BlockingQueue<Page> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Thread worker = new Thread(this::work, "shadow");

    private final AtomicLong passedOver = new AtomicLong();
    private final Deque<ObjectNode> examples = new ArrayDeque<>();
    private Comparison comparison = new Comparison();
    private Instant since;
    private String problem;
    private long failed;
    private int inWork;

    /** One of the two sets of routes. */
    private record Side(Database.Rehearsal rehearsal, Results results, Trial trial) implements AutoCloseable {
        /** What becomes of a page when it is the first that ever came. */
        List<Result> pass(Page page) {
            try {
                trial.pass(page);
                return results.reading(found -> {
                    var all = new ArrayList<Result>();
                    found.forEachRemaining(all::add);
                    return all;
                });
            } finally {
                rehearsal.undo();
            }
        }

        @Override
        public void close() {
            trial.close();
            rehearsal.close();
        }
    }

    /** Begins to wait for pages, where {@code shadow.routes} names a folder and {@code shadow.percent} is above 0; else does nothing, ever. */
    Shadow(Settings settings, S3Client s3, MeterRegistry metrics, Clock clock) {
        this(
                settings,
                s3,
                metrics,
                clock,
                settings.text("shadow.routes").isEmpty() ? 0 : settings.integer("shadow.percent"));
        if (percent == 0) return;
        since = clock.instant();
        worker.setDaemon(true);
        worker.setPriority(Thread.MIN_PRIORITY);
        worker.start();
    }

    private Shadow(Settings settings, S3Client s3, MeterRegistry metrics, Clock clock, int percent) {
        this.settings = settings;
        this.s3 = s3;
        this.metrics = metrics;
        this.clock = clock;
        this.percent = percent;
    }

    /** One that compares nothing: on a stage there is no shadow. */
    static Shadow off() {
        return new Shadow(null, null, null, null, 0);
    }

    /** Takes its share of a page whose records are safe. Never waits, and throws nothing. */
    public void offer(@ExchangeProperty("page") Page page) {
        if (percent == 0) return;
        var sample = page.items().stream().filter(this::isSampled).toList();
        if (sample.isEmpty() || waiting.offer(new Page(page.upload(), page.supplier(), sample))) return;
        passOver(sample.size());
    }

    /** The same record is always taken or never. */
    private boolean isSampled(Page.Item item) {
        return Long.parseLong(item.record().sha256().substring(0, 8), 16) % 100 < percent;
    }

    /** Called by live work, so it takes no lock. */
    private void passOver(int records) {
        passedOver.addAndGet(records);
        count("passed over", records);
    }

    private void count(String outcome, int records) {
        metrics.counter("caravan.shadow.records", "outcome", outcome).increment(records);
    }

    private void work() {
        while (!worker.isInterrupted()) {
            var files = fingerprint();
            beginAnew(mistakes());
            try {
                if (problem == null) compareUntilChanged(files);
                else passOverUntilChanged(files);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("nothing is compared for a minute: {}", e.toString());
                told(e.getMessage());
                if (!pause()) return;
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(AFTER_A_FAILURE.toMillis());
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private synchronized void beginAnew(String mistakes) {
        if (mistakes != null) LOG.warn("the shadow routes are refused: {}", mistakes);
        problem = mistakes;
        comparison = new Comparison();
        examples.clear();
        passedOver.set(0);
        failed = 0;
        since = clock.instant();
    }

    private synchronized void told(String what) {
        problem = what;
    }

    private String mistakes() {
        try {
            var files = RouteFiles.at(settings.text("shadow.routes"));
            var kamelets = RouteFiles.at(settings.text("caravan.kamelets"));
            var problems = new Check(files, kamelets, settings).quickly(true);
            return problems.isEmpty()
                    ? null
                    : problems.stream().map(Problem::toString).collect(Collectors.joining("; "));
        } catch (BadSettings e) {
            return e.getMessage();
        }
    }

    private void passOverUntilChanged(String files) throws InterruptedException {
        while (files.equals(fingerprint())) {
            var page = waiting.poll(1, TimeUnit.SECONDS);
            if (page != null) passOver(page.items().size());
        }
    }

    private void compareUntilChanged(String files) throws InterruptedException {
        try (var scratch = Scratch.beside(settings.text("database.url"))) {
            Results.prepare(scratch.database());
            var now = new VirtualClock();
            try (var inForce = side("caravan.routes", scratch, now);
                    var changed = side("shadow.routes", scratch, now)) {
                LOG.info("{} % of the records go through {}, too", percent, settings.text("shadow.routes"));
                while (files.equals(fingerprint())) {
                    var page = waiting.poll(1, TimeUnit.SECONDS);
                    if (page == null) continue;
                    now.set(clock.instant());
                    compare(inForce, changed, page);
                }
            }
        }
    }

    private Side side(String setting, Scratch scratch, Clock now) {
        var rehearsal = scratch.database().rehearsal(PATIENCE);
        try {
            var results = new Results(rehearsal.database());
            var files = RouteFiles.at(settings.text(setting));
            return new Side(rehearsal, results, new Trial(settings, files, rehearsal.database(), results, s3, now));
        } catch (RuntimeException e) {
            rehearsal.close();
            throw e;
        }
    }

    private void compare(Side inForce, Side changed, Page page) {
        isInWork(page.items().size());
        try {
            var before = inForce.pass(page);
            var after = passed(changed, page);
            if (after != null) keep(before, after);
        } finally {
            isInWork(0);
        }
    }

    /** Null when the changed routes fail on the page. */
    private List<Result> passed(Side changed, Page page) {
        try {
            return changed.pass(page);
        } catch (RuntimeException e) {
            LOG.warn(
                    "the shadow routes fail on {} records of {}: {}",
                    page.items().size(),
                    page.upload().key(),
                    e.toString());
            fail(page.items().size(), e);
            return null;
        }
    }

    private synchronized void isInWork(int records) {
        inWork = records;
    }

    private synchronized void fail(int records, RuntimeException cause) {
        failed += records;
        problem = "the shadow routes fail: " + cause.getMessage();
        count("failed", records);
    }

    private synchronized void keep(List<Result> before, List<Result> after) {
        comparison.addAll(before.iterator(), after.iterator(), line -> {
            var same = line.path("same").asBoolean();
            count(same ? "same" : "different", 1);
            if (same) return;
            if (examples.size() == MOST_EXAMPLES) examples.removeFirst();
            examples.addLast(example(line));
        });
    }

    private static ObjectNode example(ObjectNode line) {
        for (var side : List.of("before", "after"))
            if (line.path(side) instanceof ObjectNode outcome) outcome.retain("decision", "thing");
        return line;
    }

    /** Of the files that can be edited; while it is the same, so are the routes. */
    private String fingerprint() {
        return Stream.of("caravan.routes", "shadow.routes")
                .map(settings::text)
                .filter(location -> location.startsWith("file:"))
                .map(Shadow::fingerprint)
                .collect(Collectors.joining(" "));
    }

    private static String fingerprint(String location) {
        try {
            var files = RouteFiles.at(location);
            return files.endingWith("").stream()
                    .map(path -> path + " " + Json.sha256(files.bytes(path)))
                    .collect(Collectors.joining(" "));
        } catch (BadSettings | UncheckedIOException e) {
            return e.toString(); // It is just being edited, or not there.
        }
    }

    /**
     * What there is to see: {@code {routes, percent, since, problem, passedOver, failed, waiting, records, different, decisions{}, fields{},
     * examples[]}}. Counted since {@code since}: each edit of the routes begins anew. Examples are the newest, the oldest of them first;
     * {@code waiting} counts pages.
     */
    public synchronized ObjectNode json() {
        var json = Json.object().put("percent", percent);
        if (percent == 0) return json;
        json.put("routes", settings.text("shadow.routes"))
                .put("since", since.toString())
                .put("problem", problem)
                .put("passedOver", passedOver.get())
                .put("failed", failed)
                .put("waiting", waiting.size() + (inWork > 0 ? 1 : 0));
        json.setAll(comparison.summary());
        json.putArray("examples").addAll(examples);
        return json;
    }

    @Override
    public void close() {
        worker.interrupt();
        try {
            worker.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
