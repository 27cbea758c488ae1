package dev.caravan.records;

import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that decides what becomes of a record: a mapping's folder without its cases, and what it shares with others.
 *
 * @param files content by path below {@code routes/}
 */
public record MappingFolder(SortedMap<String, byte[]> files) {
    public MappingFolder {
        files = Collections.unmodifiableSortedMap(files);
    }

    /**
     * Reads a folder.
     *
     * @param folder below {@code routes/}, with a slash at its end
     * @param shared paths of files beyond the folder that count too; those that are not there are left out
     */
    public static MappingFolder of(RouteFiles routes, String folder, Collection<String> shared) {
        var files = new TreeMap<String, byte[]>();
        shared.stream().filter(routes::has).forEach(path -> files.put(path, routes.bytes(path)));
        routes.endingWith("").stream()
                .filter(path -> path.startsWith(folder) && !path.startsWith(folder + "cases/"))
                .forEach(path -> files.put(path, routes.bytes(path)));
        return new MappingFolder(files);
    }

    /** SHA-256 over paths and contents: the version of the mapping. */
    public String hash() {
        var all = new ByteArrayOutputStream();
        files.forEach((path, content) -> {
            all.writeBytes((path + "\n" + content.length + "\n").getBytes(StandardCharsets.UTF_8));
            all.writeBytes(content);
        });
        return Json.sha256(all.toByteArray());
    }
}
