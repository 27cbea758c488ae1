package dev.caravan.routes;

import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The files users edit: routes, mappings, schemas, cases. Either those inside the JAR ({@code classpath:routes}) or those in a folder
 * beside it ({@code file:routes}), read the same way.
 */
public final class RouteFiles {
    private final String location;
    private final Path root;

    private RouteFiles(String location, Path root) {
        this.location = location;
        this.root = root;
    }

    /**
     * @param location {@code classpath:FOLDER} or {@code file:FOLDER}
     * @throws BadSettings when there is no such folder
     */
    public static RouteFiles at(String location) {
        Path root = null;
        if (location.startsWith("file:")) {
            root = Path.of(location.substring("file:".length())).toAbsolutePath();
        } else if (location.startsWith("classpath:")) {
            root = onClassPath(location.substring("classpath:".length()));
        }
        if (root == null || !Files.isDirectory(root)) {
            throw new BadSettings(
                    "no routes at \"" + location + "\": set it to classpath:routes (those in the JAR) or file:FOLDER");
        }
        return new RouteFiles(location.replaceAll("(?<=[^:/])/+$", ""), root);
    }

    /**
     * Reads files that are kept elsewhere, such as an older version, as if they lay in a folder.
     *
     * @param files by relative path
     * @param read  what to do with them; they are gone afterwards
     */
    public static <T> T reading(Map<String, byte[]> files, Function<RouteFiles, T> read) {
        try {
            var folder = Files.createTempDirectory("caravan-routes");
            try {
                for (var file : files.entrySet()) {
                    var path = folder.resolve(file.getKey());
                    Files.createDirectories(path.getParent());
                    Files.write(path, file.getValue());
                }
                return read.apply(new RouteFiles("file:" + folder, folder));
            } finally {
                try (var left = Files.walk(folder)) {
                    for (var path : left.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lay files out", e);
        }
    }

    /** The location as given, without a slash at its end; what {@code {{routes}}} stands for in YAML. */
    public String location() {
        return location;
    }

    /** Camel's URI for a file: {@code path} is relative, with forward slashes. */
    public String uri(String path) {
        return location + "/" + path;
    }

    public boolean has(String path) {
        return Files.isRegularFile(root.resolve(path));
    }

    /** @throws UncheckedIOException when there is no such file */
    public byte[] bytes(String path) {
        try {
            return Files.readAllBytes(root.resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + uri(path), e);
        }
    }

    /** Relative paths, with forward slashes, of all files whose name ends so; sorted. */
    public List<String> endingWith(String suffix) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(path -> path.endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + location, e);
        }
    }

    private static Path onClassPath(String folder) {
        var url = RouteFiles.class.getClassLoader().getResource(folder);
        if (url == null) return null;
        try {
            var uri = url.toURI();
            if (!uri.getScheme().equals("jar")) return Path.of(uri);
            var jar = URI.create(uri.toString().substring(0, uri.toString().indexOf('!')));
            try {
                return FileSystems.newFileSystem(jar, Map.of()).getPath("/" + folder);
            } catch (FileSystemAlreadyExistsException e) {
                return FileSystems.getFileSystem(jar).getPath("/" + folder);
            }
        } catch (URISyntaxException | IOException e) {
            throw new IllegalStateException("cannot open " + url, e);
        }
    }
}
