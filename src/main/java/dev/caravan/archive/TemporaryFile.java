package dev.caravan.archive;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of this machine for as long as it is worked on: it is gone when this is closed. */
public record TemporaryFile(Path path) implements AutoCloseable {
    /** An empty one. @param of what it holds, as part of its name, such as {@code rows} */
    public static TemporaryFile of(String of) {
        try {
            return new TemporaryFile(Files.createTempFile("caravan-" + of + "-", null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
