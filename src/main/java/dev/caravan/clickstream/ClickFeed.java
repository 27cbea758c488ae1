package dev.caravan.clickstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The newest pages this instance has put into the log, so that its own work need not read them back. */
final class ClickFeed {
    /** What does not fit is read from the log. */
    private static final int MOST = 64;

    /** So many a file may be ahead of the work. */
    static final int AHEAD = MOST / 2;

    /** After so long without a page of a file none is being read. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Deque<LogPage> pages = new ArrayDeque<>();
    private boolean news;
    private long fileReadAt = System.nanoTime() - PAUSE.toNanos();

    synchronized void add(LogPage page) {
        pages.addLast(page);
        if (pages.size() > MOST) pages.removeFirst();
        news = true;
        notifyAll();
    }

    /** The pages that follow a position without a gap, the first of all first; none when the next one is not here. */
    synchronized List<LogPage> after(long position) {
        news = false;
        while (!pages.isEmpty() && pages.getFirst().position() <= position) pages.removeFirst();
        notifyAll();
        var next = new ArrayList<LogPage>();
        for (var page : pages) {
            if (page.position() != position + next.size() + 1) break;
            next.add(page);
        }
        return next;
    }

    /** For whoever reads a file: waits while more than {@link #AHEAD} pages wait here to be taken, but no longer than that. */
    synchronized void awaitRoom(Duration longest) {
        fileReadAt = System.nanoTime();
        long end = fileReadAt + longest.toNanos();
        try {
            for (long left = longest.toMillis(); pages.size() > AHEAD && left > 0; left = toMillis(end)) wait(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether a file is being read. */
    synchronized boolean isFileRead() {
        return System.nanoTime() - fileReadAt < PAUSE.toNanos();
    }

    private static long toMillis(long end) {
        return (end - System.nanoTime()) / 1_000_000;
    }

    /** What is here may be otherwise in the log by now: it is read from there. */
    synchronized void forget() {
        pages.clear();
    }

    /** Waits until a page has come since it was last looked, but no longer than that. */
    synchronized void await(Duration longest) {
        try {
            if (!news) wait(Math.max(1, longest.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
