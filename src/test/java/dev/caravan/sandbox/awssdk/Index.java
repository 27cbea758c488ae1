package dev.caravan.sandbox.awssdk;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What buckets, keys and versions there are: held in memory, and written change by change to a file from which it is read again at the next
 * start. Not safe for threads by itself: whoever uses it holds its monitor.
 */
final class Index {
    /** S3 lists keys by the bytes of their UTF-8 form. */
    static final Comparator<String> KEY_ORDER =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final NavigableMap<String, Bucket> buckets = new TreeMap<>();
    private final BufferedWriter journal;
    private long sequence;

    private Index(BufferedWriter journal) {
        this.journal = journal;
    }

    static Index open(Path file) throws IOException {
        var earlier = Files.exists(file) ? Files.readAllLines(file) : List.<String>of();
        var index = new Index(Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        for (var line : earlier) {
            index.apply(MAPPER.readValue(line, Change.class));
        }
        return index;
    }

    void close() {
        try {
            journal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    NavigableMap<String, Instant> buckets() {
        var created = new TreeMap<String, Instant>();
        buckets.forEach((name, bucket) -> created.put(name, bucket.created));
        return created;
    }

    /** Null when there is no such bucket, empty when it never kept versions, else {@code Enabled} or {@code Suspended}. */
    String status(String bucket) {
        var known = buckets.get(bucket);
        return known == null ? null : known.status;
    }

    /** Versions of each key, oldest first, never empty. */
    NavigableMap<String, List<Version>> keys(String bucket) {
        return Collections.unmodifiableNavigableMap(buckets.get(bucket).keys);
    }

    /** The newest version, which may be a delete marker; null when the key was never written. */
    Version current(String bucket, String key) {
        var versions = buckets.get(bucket).keys.get(key);
        return versions == null ? null : versions.get(versions.size() - 1);
    }

    Version version(String bucket, String key, String id) {
        return buckets.get(bucket).keys.getOrDefault(key, List.of()).stream()
                .filter(version -> version.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    void addBucket(String bucket, Instant created) {
        record(new Change("bucket", bucket, null, null, Long.toString(created.toEpochMilli()), null));
    }

    void removeBucket(String bucket) {
        record(new Change("no-bucket", bucket, null, null, null, null));
    }

    void setStatus(String bucket, String status) {
        record(new Change("versioning", bucket, null, null, status, null));
    }

    void addVersion(String bucket, String key, Version version) {
        record(new Change("version", bucket, key, version.id(), null, version));
    }

    /** The version that is gone now, or null when there was none of that id. */
    Version removeVersion(String bucket, String key, String id) {
        var version = version(bucket, key, id);
        if (version != null) record(new Change("no-version", bucket, key, id, null, null));
        return version;
    }

    /** Grows with every call, across restarts too as long as the clock does not run backwards; of varying length, as on AWS. */
    String nextSequencer(long millis) {
        sequence = Math.max(sequence + 1, millis << 20);
        return sequencer(sequence);
    }

    private static String sequencer(long sequence) {
        return "00" + String.format(Locale.ROOT, "%016X", sequence).replaceAll("0+$", "");
    }

    private void record(Change change) {
        apply(change);
        try {
            journal.write(MAPPER.writeValueAsString(change));
            journal.newLine();
            journal.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void apply(Change change) {
        switch (change.what()) {
            case "bucket" ->
                buckets.put(change.bucket(), new Bucket(Instant.ofEpochMilli(Long.parseLong(change.value()))));
            case "no-bucket" -> buckets.remove(change.bucket());
            case "versioning" -> buckets.get(change.bucket()).status = change.value();
            case "version" -> {
                buckets.get(change.bucket())
                        .keys
                        .computeIfAbsent(change.key(), key -> new ArrayList<>())
                        .add(change.version());
                var digits = change.version().sequencer().substring(2);
                sequence = Math.max(sequence, Long.parseLong(digits + "0".repeat(16 - digits.length()), 16));
            }
            case "no-version" ->
                buckets.get(change.bucket()).keys.computeIfPresent(change.key(), (key, versions) -> {
                    versions.removeIf(version -> version.id().equals(change.id()));
                    return versions.isEmpty() ? null : versions;
                });
            default -> throw new IllegalStateException("index has an unknown change \"" + change.what() + "\"");
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Change(String what, String bucket, String key, String id, String value, Version version) {}

    private static final class Bucket {
        private final Instant created;
        private final NavigableMap<String, List<Version>> keys = new TreeMap<>(KEY_ORDER);
        private String status = "";

        Bucket(Instant created) {
            this.created = created;
        }
    }
}
