package dev.caravan.sandbox.medusa;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Makes a request all or nothing: remembers how to undo what it changed and counts what it wrote. One writer at a time. */
final class Journal {
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private final Map<String, Long> pending = new TreeMap<>();
    private final Map<String, Long> written = new TreeMap<>();

    /** Runs the work; when it throws, takes its changes back and then does the damage that the error leaves. */
    <T> T transaction(Supplier<T> work) {
        try {
            var result = work.get();
            commit();
            return result;
        } catch (MedusaError refused) {
            rollBack();
            refused.aftermath().run();
            commit();
            throw refused;
        } catch (RuntimeException | Error broken) {
            rollBack();
            throw broken;
        }
    }

    void onRollback(Runnable step) {
        undo.push(step);
    }

    void count(String kind, int times) {
        if (times > 0) pending.merge(kind, (long) times, Long::sum);
    }

    /** What committed requests wrote, by kind. */
    Map<String, Long> written() {
        return new TreeMap<>(written);
    }

    void forgetCounts() {
        written.clear();
    }

    private void commit() {
        undo.clear();
        pending.forEach((kind, times) -> written.merge(kind, times, Long::sum));
        pending.clear();
    }

    private void rollBack() {
        while (!undo.isEmpty()) undo.pop().run();
        pending.clear();
    }
}
