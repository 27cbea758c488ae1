package dev.caravan.reports;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Queries that lie in files of their own, with comments that begin a line. */
public final class QueryFile {
    private static final Map<String, String> READ = new ConcurrentHashMap<>();

    private QueryFile() {}

    /**
     * The query without its comments, between line feeds.
     *
     * @param path on the class path, with a slash at its beginning
     */
    public static String of(String path) {
        return READ.computeIfAbsent(path, any -> {
            try (var file = Objects.requireNonNull(QueryFile.class.getResourceAsStream(path), path)) {
                var text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
                return text.lines().filter(line -> !line.startsWith("--")).collect(Collectors.joining("\n", "", "\n"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
