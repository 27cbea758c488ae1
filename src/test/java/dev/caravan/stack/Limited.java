package dev.caravan.stack;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Processes that end: a command that hangs fails the test that waits for it, and not the whole build. */
final class Limited {
    private static final int MINUTES = 6;

    private Limited() {}

    /** Starts it; after six minutes it is killed, and all it has started, so that whoever reads from it comes to the end. */
    static Process start(ProcessBuilder builder) throws IOException {
        var process = builder.start();
        var kill = CompletableFuture.runAsync(
                () -> kill(process, builder), CompletableFuture.delayedExecutor(MINUTES, TimeUnit.MINUTES));
        process.onExit().thenRun(() -> kill.cancel(false));
        return process;
    }

    private static void kill(Process process, ProcessBuilder builder) {
        System.err.println("killed, for it did not end in " + MINUTES + " minutes: " + builder.command());
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
