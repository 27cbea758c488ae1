package dev.caravan.clickstream;

import dev.caravan.CrashPoint;
import dev.caravan.clickstream.Leases.Lease;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sessions, minutes and alerts of the clicks in the log: of the partitions that are this instance's, in the order of the log. What comes
 * of them is written now and then, with the position up to which it goes, in one transaction; whoever works on a partition next takes up
 * from there, so each click counts once, whatever stops an instance.
 */
public final class ClickWorker {
    private static final Logger LOG = LoggerFactory.getLogger(ClickWorker.class);

    /** After so long a turn ends, so that the route can be stopped. */
    private static final Duration TURN = Duration.ofSeconds(1);

    /** How long a page of a file waits for the work on those before it. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int PAGES_AT_ONCE = 32;

    /** While a file is read, sessions that are not final are written so many times as seldom. */
    private static final int OPEN_IN_FILES = 4;

    private final Needs needs;
    private final ClickFeed feed = new ClickFeed();
    private final ExecutorService threads;
    private final ExecutorService writer;
    private final TreeMap<Integer, Held> held = new TreeMap<>();
    private ClickRules rules;
    private long position = Long.MAX_VALUE;
    private Instant leasesDue = Instant.MIN;

    /** The checkpoints that are being written while work goes on. */
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);

    /** The sign of life that is being given while work goes on; null when none is. */
    private CompletableFuture<News> asking;

    /** What was heard with a sign of life. */
    private record News(Leases.Turn turn, List<Silence> silences) {}

    /**
     * What it works with.
     *
     * @param times      that partitions go by
     * @param lease      how long an instance that gives no sign of life keeps its partitions
     * @param look       how often it is looked whether another instance has put something into the log
     * @param checkpoint how often what came of clicks is written
     * @param open       how often sessions that are not final are written, too
     * @param idle       how long a source is waited for that says nothing
     */
    record Needs(
            Database database,
            ClickLog log,
            Leases leases,
            ClickStore store,
            ClickAlerts alerts,
            PartitionSettings times,
            int threads,
            Duration lease,
            Duration look,
            Duration checkpoint,
            Duration open,
            Duration idle,
            Clock clock) {}

    ClickWorker(Needs needs, ClickRules rules) {
        this.needs = needs;
        this.rules = rules;
        this.threads = Executors.newFixedThreadPool(needs.threads(), new CamelThreadFactory("#name#", "clicks", true));
        this.writer = Executors.newSingleThreadExecutor(new CamelThreadFactory("#name#", "clicks-checkpoint", true));
        needs.log().listen(feed::add);
    }

    /** A partition of this instance's: its state, the lease it is held by, and how much of the log is in the state. */
    private static final class Held {
        private final Partition partition;
        private volatile Lease lease;
        private long position;
        private long floor;
        private long clock;
        private volatile Behind unwritten;
        private boolean broken;
        private Instant writeDue;
        private Instant openDue;

        /** @param due when it is written first */
        Held(Partition partition, Lease lease, Instant due) {
            this.writeDue = due;
            this.openDue = due;
            this.partition = partition;
            this.lease = lease;
            this.position = lease.position();
            this.floor = lease.floor();
            this.clock = lease.floor();
        }

        boolean isBehind() {
            return unwritten != null || position > lease.position();
        }

        List<Alert> apply(Slice slice) {
            broken = true;
            var alerts = partition.apply(slice);
            broken = false;
            return alerts;
        }

        void drain(boolean open) {
            if (unwritten != null) return;
            broken = true;
            unwritten = new Behind(position, floor, partition.drain(floor, clock, open));
            broken = false;
        }
    }

    /** What came of clicks up to a position, not known to be written; the floor is that of the page there. */
    private record Behind(long position, long floor, Checkpoint checkpoint) {}

    /** Works for a turn. When the route stops, the last turn writes what there is and gives the partitions up. */
    public void work(Exchange exchange) {
        long end = System.nanoTime() + TURN.toNanos();
        while (System.nanoTime() < end && !exchange.getContext().isStopping()) if (!step()) feed.await(needs.look());
        if (exchange.getContext().isStopping()) leave();
    }

    /**
     * Does what is due, and waits until it is written.
     *
     * @return whether there was something to do
     */
    synchronized boolean stepAndSettle() {
        askWhenDue();
        hear();
        var something = step();
        settle();
        return something;
    }

    /** As {@link #stepAndSettle}, without waiting. */
    synchronized boolean step() {
        if (writing.isDone()) settle();
        askWhenDue();
        if (held.isEmpty() || asking != null && asking.isDone()) hear();
        if (held.isEmpty()) {
            feed.after(Long.MAX_VALUE);
            return false;
        }
        var pages = pages();
        if (!pages.isEmpty()) take(pages);
        return writeDue(needs.clock().instant()) || !pages.isEmpty();
    }

    /**
     * Begins to write some of what is due: not all at once, and work goes on meanwhile, because who waits for an alert does not wait for that.
     *
     * @return whether something was due
     */
    private boolean writeDue(Instant now) {
        if (!writing.isDone()) return false;
        var due = held.values().stream()
                .filter(each -> each.isBehind() && !now.isBefore(each.writeDue))
                .sorted(Comparator.comparing(each -> each.writeDue))
                .limit(needs.threads())
                .toList();
        if (due.isEmpty()) return false;
        each(due, each -> each.drain(!now.isBefore(each.openDue)));
        CrashPoint.CLICKS_WORKED_OUT.pass();
        for (var each : due) {
            if (!now.isBefore(each.openDue)) each.openDue = now.plus(open());
            each.writeDue = now.plus(needs.checkpoint());
        }
        writing = CompletableFuture.runAsync(() -> writeTogether(due), writer);
        return true;
    }

    /** Of a file most are final soon, and would be written twice. */
    private Duration open() {
        return feed.isFileRead() ? needs.open().multipliedBy(OPEN_IN_FILES) : needs.open();
    }

    /** Waits for the checkpoints that are being written. */
    private void settle() {
        var done = writing;
        writing = CompletableFuture.completedFuture(null);
        try {
            done.join();
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof Leases.Lost lost)) throw failure(e);
            lose(lost.lease());
        }
    }

    private static RuntimeException failure(CompletionException e) {
        return e.getCause() instanceof RuntimeException failure ? failure : e;
    }

    /** Begins to give a sign of life when it is time: it goes after what is being written, and who waits for an alert does not wait for either. */
    private void askWhenDue() {
        var now = needs.clock().instant();
        if (asking != null || now.isBefore(leasesDue)) return;
        leasesDue = now.plus(needs.lease().dividedBy(3));
        var leases = held.values().stream().map(each -> each.lease).toList();
        asking = CompletableFuture.supplyAsync(
                () -> {
                    needs.log().closeIdle(needs.idle());
                    return new News(needs.leases().turn(leases), needs.store().silences());
                },
                writer);
    }

    /** Waits for what comes of the sign of life that is being given, if one is, and does as it says. */
    private void hear() {
        if (asking == null) return;
        News news;
        try {
            news = asking.join();
        } catch (CompletionException e) {
            leasesDue = Instant.MIN;
            throw failure(e);
        } finally {
            asking = null;
        }
        var turn = news.turn();
        turn.lost().forEach(this::lose);
        for (var lease : turn.taken()) {
            held.put(lease.partition(), restored(lease));
            position = Math.min(position, lease.position());
        }
        if (!turn.taken().isEmpty())
            LOG.info(
                    "{} partitions are this instance's, {} of them since now",
                    held.size(),
                    turn.taken().size());
        held.values().forEach(each -> each.partition.silences(news.silences()));
        if (held.size() > turn.share()) giveUp(List.copyOf(held.values()).subList(turn.share(), held.size()));
    }

    private Held restored(Lease lease) {
        var partition = new Partition(needs.times(), rules);
        if (lease.ongoing() != null)
            needs.store().shelves(lease.partition(), partition.restore(lease.ongoing()), partition::load);
        // Each at another time, as far as that goes.
        var first = needs.checkpoint()
                .multipliedBy(lease.partition())
                .dividedBy(needs.log().partitioning().count());
        return new Held(partition, lease, needs.clock().instant().plus(first));
    }

    /** What follows in the log: this instance's own pages from memory, the others from the database. */
    private List<LogPage> pages() {
        var pages = feed.after(position);
        return pages.isEmpty() ? needs.log().after(position, PAGES_AT_ONCE, held::containsKey) : pages;
    }

    private void take(List<LogPage> pages) {
        // What could not be written has to be, before more comes of it.
        if (writing.isDone())
            write(held.values().stream().filter(each -> each.unwritten != null).toList(), false);
        var raised = new ConcurrentLinkedQueue<Alert>();
        each(held.values(), each -> raised.addAll(take(each, pages)));
        needs.alerts().raise(raised);
        position = pages.get(pages.size() - 1).position();
    }

    private List<Alert> take(Held each, List<LogPage> pages) {
        var raised = new ArrayList<Alert>();
        for (var page : pages) {
            if (page.position() <= each.position) continue;
            var slice = page.slice(each.lease.partition());
            if (slice != null) {
                load(each, slice);
                raised.addAll(each.apply(slice));
            }
            each.position = page.position();
            each.floor = page.floor();
            each.clock = page.clock();
        }
        return raised;
    }

    /** What is older than what is in memory comes back from the database, where it has to be complete. */
    private void load(Held each, Slice slice) {
        for (var missing = each.partition.needs(slice); !missing.isEmpty(); missing = each.partition.needs(slice)) {
            if (each.unwritten != null) awaitWritten();
            if (each.isBehind()) {
                each.drain(false);
                writeTogether(List.of(each));
            }
            for (var shelf : missing) each.partition.load(shelf, needs.store().parts(each.lease.partition(), shelf));
        }
    }

    /** From a partition's thread, so what went wrong is not its business. */
    private void awaitWritten() {
        try {
            writing.join();
        } catch (CompletionException e) {
            LOG.debug("what could not be written is tried again", e);
        }
    }

    /** @param open whether sessions that are not final are written, too */
    private void write(List<Held> behind, boolean open) {
        if (behind.isEmpty()) return;
        settle();
        each(behind, each -> each.drain(open));
        CrashPoint.CLICKS_WORKED_OUT.pass();
        var left = new ArrayList<>(behind);
        while (!left.isEmpty()) {
            try {
                writeTogether(left);
                return;
            } catch (Leases.Lost e) {
                lose(e.lease());
                left.removeIf(each -> each.lease.partition() == e.lease().partition());
            }
        }
    }

    /** One transaction for what was drained of all of them, on any thread. */
    private void writeTogether(List<Held> drained) {
        var behind = drained.stream().map(each -> each.unwritten).toList();
        var leases = new ArrayList<Lease>();
        var moves = needs.database().transaction(db -> {
            leases.clear();
            var told = new ArrayList<Move>();
            for (int i = 0; i < behind.size(); i++) {
                var each = behind.get(i);
                var lease = drained.get(i).lease;
                var checkpoint = each.checkpoint();
                leases.add(needs.leases().advance(db, lease, each.position(), each.floor(), checkpoint.ongoing()));
                needs.store().write(db, lease.partition(), each.position(), checkpoint);
                needs.alerts().tell(db, checkpoint.alerts());
                told.addAll(checkpoint.moves());
            }
            return told.isEmpty() ? null : needs.log().append(db, told);
        });
        CrashPoint.CLICKS_WRITTEN.pass();
        for (int i = 0; i < drained.size(); i++) {
            drained.get(i).lease = leases.get(i);
            drained.get(i).unwritten = null;
        }
        if (moves != null) needs.log().tell(moves);
    }

    /** What is held by a later lease than this one stays: it may have been taken again before it was known that it was lost. */
    private void lose(Lease lost) {
        LOG.warn("partition {} is another instance's by now, or was", lost.partition());
        held.computeIfPresent(lost.partition(), (partition, each) -> each.lease.epoch() == lost.epoch() ? null : each);
        feed.forget();
    }

    private void giveUp(Collection<Held> given) {
        var mine = new ArrayList<>(given);
        write(mine.stream().filter(Held::isBehind).toList(), true);
        mine.retainAll(held.values());
        needs.leases().giveUp(mine.stream().map(each -> each.lease).toList());
        mine.forEach(each -> held.remove(each.lease.partition()));
    }

    /** Writes what there is, and lets others go on at once. */
    synchronized void leave() {
        try {
            hear();
        } catch (TargetUnavailable e) {
            LOG.debug("no sign of life was given", e);
        }
        try {
            giveUp(held.values());
            needs.leases().leave();
        } catch (TargetUnavailable e) {
            LOG.warn("the partitions of this instance are free when their leases are over: {}", e.getMessage());
        }
        held.clear();
        position = Long.MAX_VALUE;
        leasesDue = Instant.MIN;
    }

    /** Does something about each of them, side by side. What fails loses its state, so that whoever takes the partition next begins anew. */
    private void each(Collection<Held> all, Consumer<Held> work) {
        var works = List.copyOf(all).stream()
                .map(each -> CompletableFuture.runAsync(() -> work.accept(each), threads))
                .toList();
        try {
            CompletableFuture.allOf(works.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Leases.Lost lost) lose(lost.lease());
            var broken = held.values().stream().filter(each -> each.broken).toList();
            broken.forEach(each -> held.remove(each.lease.partition()));
            needs.leases().giveUp(broken.stream().map(each -> each.lease).toList());
            throw failure(e);
        }
    }

    /** Looks at clicks from now on by these rules. */
    synchronized void becomes(ClickRules others) {
        rules = others;
        held.values().forEach(each -> each.partition.rules(others));
    }

    /**
     * Has whoever reads a file wait while too many pages are ahead of the work on them: there is one order, so the clicks of all others, and their
     * alerts, would wait behind the whole file. After {@link #PATIENCE} a page may go on all the same, should nobody work.
     */
    public void keepPace() {
        feed.awaitRoom(PATIENCE);
    }

    /** Whether a file is being read here. */
    boolean isFileRead() {
        return feed.isFileRead();
    }

    /** How many partitions are this instance's. */
    synchronized int partitions() {
        return held.size();
    }
}
