package dev.caravan.records;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.camel.util.concurrent.CamelThreadFactory;

/**
 * Pages in their order, of which the next one is made in a thread of its own while the last one is worked on. What fails there fails here,
 * when its turn has come.
 *
 * @param <P> a page
 */
public final class ReadAhead<P> implements Iterator<P>, Closeable {
    private final Pages<P> pages;
    private final ExecutorService thread;
    private CompletableFuture<Optional<P>> next;

    /**
     * @param pages closed with this
     * @param name  of the thread
     */
    public ReadAhead(Pages<P> pages, String name) {
        this.pages = pages;
        this.thread = Executors.newSingleThreadExecutor(new CamelThreadFactory("#name#", name, true));
    }

    @Override
    public boolean hasNext() {
        if (next == null) begin();
        try {
            return next.join().isPresent();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    @Override
    public P next() {
        if (!hasNext()) throw new NoSuchElementException();
        var page = next.join().orElseThrow();
        begin();
        return page;
    }

    private void begin() {
        next = CompletableFuture.supplyAsync(
                () -> pages.hasNext() ? Optional.of(pages.next()) : Optional.empty(), thread);
    }

    @Override
    public void close() throws IOException {
        thread.shutdown();
        try {
            // The stream belongs to the thread until it is done with the page it makes.
            if (!thread.awaitTermination(1, TimeUnit.MINUTES)) thread.shutdownNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pages.close();
    }
}
