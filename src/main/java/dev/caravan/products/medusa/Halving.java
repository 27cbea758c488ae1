package dev.caravan.products.medusa;

import dev.caravan.failure.TargetUnavailable;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Sends a batch, and when Medusa refuses it, finds out whose fault it was: those it names, or one half after the other. The others get
 * through. Only for calls that can be repeated: what Medusa refuses as a whole, or absolute values.
 *
 * @param send    one call
 * @param refused what to do with one that was refused alone
 * @param broke   what to do with one on which Medusa alone breaks with a 500
 * @param blamed  those of a batch that a refusal names; empty when it names none
 */
record Halving<T>(
        Consumer<List<T>> send,
        BiConsumer<T, Refusal> refused,
        BiConsumer<T, TargetUnavailable> broke,
        BiFunction<Refusal, List<T>, List<T>> blamed) {
    /** Answers 500 in a row after which it is the server and not an item: halving 50 down to one takes seven. */
    static final int SICK = 8;

    /** Whether Medusa is there and broke on what it was sent: then it may be one item's doing. */
    static boolean broke(TargetUnavailable e) {
        return e.getCause() instanceof Refusal refusal && refusal.status() == 500;
    }

    /** @throws TargetUnavailable when Medusa does not answer, or with nothing but 500 */
    void send(List<T> batch) {
        send(batch, 0);
    }

    /** Returns the number of 500s in a row so far. */
    private int send(List<T> batch, int sick) {
        if (batch.isEmpty()) return sick;
        try {
            send.accept(batch);
            return 0;
        } catch (Refusal e) {
            if (batch.size() == 1) {
                refused.accept(batch.get(0), e);
                return 0;
            }
            var named = blamed.apply(e, batch);
            if (!named.isEmpty() && named.size() < batch.size()) {
                sick = send(batch.stream().filter(item -> !named.contains(item)).toList(), 0);
                for (var item : named) sick = send(List.of(item), sick);
                return sick;
            }
            return halves(batch, 0);
        } catch (TargetUnavailable e) {
            if (!broke(e) || sick + 1 >= SICK) throw e;
            if (batch.size() > 1) return halves(batch, sick + 1);
            broke.accept(batch.get(0), e);
            return sick + 1;
        }
    }

    private int halves(List<T> batch, int sick) {
        int middle = batch.size() / 2;
        return send(batch.subList(middle, batch.size()), send(batch.subList(0, middle), sick));
    }
}
