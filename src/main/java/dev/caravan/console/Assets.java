package dev.caravan.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.webjars.WebJarVersionLocator;

/** Style and script of the pages, all from this JAR: Pico CSS and htmx as npm publishes them, and a little of our own. */
final class Assets {
    /** A file as it is sent. */
    record Asset(String type, byte[] bytes) {}

    /** By path behind {@code /console}: the WebJar it comes from, or empty for our own, and the file in it. */
    private record Source(String type, String webJar, String file) {}

    private static final Map<String, Source> SOURCES = Map.of(
            "/assets/pico.css", new Source("text/css", "picocss__pico", "css/pico.min.css"),
            "/assets/htmx.js", new Source("text/javascript", "htmx.org", "dist/htmx.min.js"),
            "/assets/console.css", new Source("text/css", "", "console/console.css"),
            "/assets/live.js", new Source("text/javascript", "", "console/live.js"),
            "/assets/icon.svg", new Source("image/svg+xml", "", "console/icon.svg"));

    private final WebJarVersionLocator webJars = new WebJarVersionLocator();

    /** The file at a path behind {@code /console}; empty when there is none. */
    Optional<Asset> find(String path) {
        return Optional.ofNullable(SOURCES.get(path)).map(source -> new Asset(source.type(), bytes(source)));
    }

    private byte[] bytes(Source source) {
        var file = source.webJar().isEmpty() ? source.file() : webJars.fullPath(source.webJar(), source.file());
        try (var in = Assets.class.getResourceAsStream("/" + file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
