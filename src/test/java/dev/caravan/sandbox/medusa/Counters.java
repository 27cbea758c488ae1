package dev.caravan.sandbox.medusa;

import java.util.Map;

/**
 * What a stand-in was asked and what it wrote since it started or since the counters were reset.
 *
 * @param requests by method and route, such as {@code POST /admin/products/:id}; what no route fits is counted as {@code unknown}
 * @param answers  by status; {@code none} for connections closed without an answer
 * @param writes   of committed requests, by kind: {@code products.created}, {@code products.updated}, {@code products.deleted}, the same of
 *     {@code variants}, {@code levels.created}, {@code levels.updated}, {@code levels.deleted}, {@code categories.created} …; an update
 *     that changes nothing counts as one
 */
public record Counters(Map<String, Long> requests, Map<String, Long> answers, Map<String, Long> writes) {
    public Counters {
        requests = Map.copyOf(requests);
        answers = Map.copyOf(answers);
        writes = Map.copyOf(writes);
    }

    /** How often the route was asked, 0 when never. */
    public long requests(String route) {
        return requests.getOrDefault(route, 0L);
    }

    /** How many writes of the kind were committed, 0 when none. */
    public long writes(String kind) {
        return writes.getOrDefault(kind, 0L);
    }

    /** Writes of all kinds together. */
    public long allWrites() {
        return writes.values().stream().mapToLong(Long::longValue).sum();
    }
}
