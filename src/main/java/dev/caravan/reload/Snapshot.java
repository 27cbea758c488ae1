package dev.caravan.reload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The files users edit, as they were at one moment: what is checked is what will run, however somebody goes on typing. */
final class Snapshot {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String ROUTE = ".camel.yaml";
    private static final String KAMELET = ".kamelet.yaml";

    private final SortedMap<String, byte[]> routes;
    private final SortedMap<String, byte[]> kamelets;

    private Snapshot(SortedMap<String, byte[]> routes, SortedMap<String, byte[]> kamelets) {
        this.routes = routes;
        this.kamelets = kamelets;
    }

    static Snapshot of(RouteFiles routes, RouteFiles kamelets) {
        return new Snapshot(read(routes), read(kamelets));
    }

    /** What editors leave beside a file is none of ours, and gone again when it is read. */
    private static SortedMap<String, byte[]> read(RouteFiles files) {
        var read = new TreeMap<String, byte[]>();
        for (var path : files.endingWith("")) {
            var name = path.substring(path.lastIndexOf('/') + 1);
            if (name.startsWith(".") || name.endsWith("~") || !files.has(path)) continue;
            read.put(path, files.bytes(path));
        }
        return read;
    }

    boolean isSame(Snapshot other) {
        return changedFiles(other).isEmpty();
    }

    /** Paths, beginning with {@code routes/} or {@code kamelets/}, of the files that are not as they are in the other. */
    Set<String> changedFiles(Snapshot other) {
        var changed = new TreeSet<String>();
        changed(routes, other.routes).forEach(path -> changed.add("routes/" + path));
        changed(kamelets, other.kamelets).forEach(path -> changed.add("kamelets/" + path));
        return changed;
    }

    private static Set<String> changed(Map<String, byte[]> some, Map<String, byte[]> others) {
        var changed = new TreeSet<>(some.keySet());
        changed.addAll(others.keySet());
        changed.removeIf(path -> Arrays.equals(some.get(path), others.get(path)));
        return changed;
    }

    /** Names of the Kamelets that are not as they are in the other. */
    Set<String> changedKamelets(Snapshot other) {
        var names = new TreeSet<String>();
        for (var path : changed(kamelets, other.kamelets))
            if (path.endsWith(KAMELET)) names.add(path.substring(0, path.length() - KAMELET.length()));
        return names;
    }

    /**
     * The routes, by id, in the order of the files.
     *
     * @param runs whether this instance runs the routes of a file
     */
    Map<String, JsonNode> routes(Predicate<String> runs) {
        var byId = new LinkedHashMap<String, JsonNode>();
        for (var item : items(runs))
            if (item.has("route")) byId.put(item.get("route").path("id").asText(), item);
        return byId;
    }

    /** All that stands in route files and is no route: the error net and its like. */
    List<JsonNode> configurations(Predicate<String> runs) {
        return items(runs).stream().filter(item -> !item.has("route")).toList();
    }

    private List<JsonNode> items(Predicate<String> runs) {
        var items = new ArrayList<JsonNode>();
        routes.forEach((path, content) -> {
            if (!path.endsWith(ROUTE) || !runs.test(path)) return;
            try {
                YAML.readTree(content).forEach(items::add);
            } catch (IOException e) {
                throw new UncheckedIOException("not YAML: " + path, e);
            }
        });
        return items;
    }

    /**
     * Writes it into a folder of its own.
     *
     * @return to be closed, which deletes the folder
     */
    Copy copy() {
        try {
            var folder = Files.createTempDirectory("caravan-edit");
            write(folder.resolve("routes"), routes);
            write(folder.resolve("kamelets"), kamelets);
            return new Copy(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy the edited files", e);
        }
    }

    private static void write(Path folder, Map<String, byte[]> files) throws IOException {
        Files.createDirectories(folder);
        for (var file : files.entrySet()) {
            var path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
    }

    /** The files as they lie in a folder nobody edits. */
    record Copy(Path folder) implements AutoCloseable {
        RouteFiles routes() {
            return RouteFiles.at("file:" + folder.resolve("routes"));
        }

        RouteFiles kamelets() {
            return RouteFiles.at("file:" + folder.resolve("kamelets"));
        }

        @Override
        public void close() {
            try (var files = Files.walk(folder)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete " + folder, e);
            }
        }
    }
}
