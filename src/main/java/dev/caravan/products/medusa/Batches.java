package dev.caravan.products.medusa;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Cuts a list into portions that Medusa takes. */
final class Batches {
    /** What is around the items of a call. */
    private static final int FRAME_BYTES = 100;

    private Batches() {}

    /** In order; an item that alone is over {@code maxBytes} is alone in its portion. */
    static <T> List<List<T>> of(List<T> items, int maxItems, int maxBytes, ToIntFunction<T> bytes) {
        var batches = new ArrayList<List<T>>();
        var batch = new ArrayList<T>();
        int size = FRAME_BYTES;
        for (var item : items) {
            int more = bytes.applyAsInt(item) + 1;
            if (!batch.isEmpty() && (batch.size() == maxItems || size + more > maxBytes)) {
                batches.add(batch);
                batch = new ArrayList<>();
                size = FRAME_BYTES;
            }
            batch.add(item);
            size += more;
        }
        if (!batch.isEmpty()) batches.add(batch);
        return batches;
    }
}
