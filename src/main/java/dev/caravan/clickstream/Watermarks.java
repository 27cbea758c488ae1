package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far each source has come in event time. What is below a source's watermark, its highest time so far less the allowed lateness, is late.
 * Times are milliseconds since 1970 UTC.
 */
final class Watermarks {
    /** Behind the newest time, when no source is waited for: nothing on its way can be later. */
    private static final long NOTHING_OPEN = Duration.ofDays(1).toMillis();

    private final long lateness;
    private final Map<String, Source> sources = new TreeMap<>();

    /** @param open whether others wait for it: it was heard of lately */
    private record Source(long highest, long heard, boolean open) {}

    Watermarks(Duration lateness) {
        this.lateness = lateness.toMillis();
    }

    /** As {@link #json} wrote them. */
    static Watermarks of(JsonNode json, Duration lateness) {
        var watermarks = new Watermarks(lateness);
        json.properties()
                .forEach(source -> watermarks.sources.put(
                        source.getKey(),
                        new Source(
                                source.getValue().path("highest").longValue(),
                                source.getValue().path("heard").longValue(),
                                source.getValue().path("open").booleanValue())));
        return watermarks;
    }

    /** As the database keeps them. */
    JsonNode json() {
        var json = Json.object();
        sources.forEach((name, source) -> json.putObject(name)
                .put("highest", source.highest())
                .put("heard", source.heard())
                .put("open", source.open()));
        return json;
    }

    /** Below it a click of the source's next page is late; {@link Long#MIN_VALUE} when it will be the first. */
    long of(String source) {
        var known = sources.get(source);
        return known == null ? Long.MIN_VALUE : known.highest() - lateness;
    }

    /**
     * A page of a source has come.
     *
     * @param highest time in it
     */
    void take(String source, long highest, Instant now) {
        var known = sources.get(source);
        sources.put(
                source,
                new Source(known == null ? highest : Math.max(highest, known.highest()), now.toEpochMilli(), true));
    }

    /** Sources that are waited for and were not heard of for so long. */
    List<String> idle(Duration since, Instant now) {
        long before = now.minus(since).toEpochMilli();
        return sources.entrySet().stream()
                .filter(entry -> entry.getValue().open() && entry.getValue().heard() < before)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Nobody waits for the source, until it is heard of again. */
    void close(String name) {
        sources.computeIfPresent(name, (any, source) -> new Source(source.highest(), source.heard(), false));
    }

    /** Lowest watermark of the sources that are waited for; {@link Long#MIN_VALUE} when there never was any source. */
    long floor() {
        if (sources.isEmpty()) return Long.MIN_VALUE;
        return sources.values().stream()
                .filter(Source::open)
                .mapToLong(source -> source.highest() - lateness)
                .min()
                .orElseGet(this::clock);
    }

    /** Highest time of any source, or well behind it when none is waited for; {@link Long#MIN_VALUE} when there never was any. */
    long clock() {
        long highest =
                sources.values().stream().mapToLong(Source::highest).max().orElse(Long.MIN_VALUE);
        boolean open = sources.values().stream().anyMatch(Source::open);
        return sources.isEmpty() || open ? highest : highest + NOTHING_OPEN;
    }
}
