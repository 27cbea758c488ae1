package dev.caravan.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The files of this repository, as they lie in the working directory. */
final class Repository {
    /** What a build, a run or an editor makes, and what {@code .gitignore} names. */
    private static final Set<String> MADE =
            Set.of("target", "data", ".git", ".idea", ".vscode", ".settings", ".jqwik-database", "node_modules");

    private Repository() {}

    /** All files whose name ends so, by path, sorted; relative to the repository. */
    static List<Path> files(String suffix) {
        return files(Path.of(""), suffix);
    }

    /** As {@link #files(String)}, of one folder. */
    static List<Path> files(Path folder, String suffix) {
        try (var tree = Files.walk(folder)) {
            return tree.filter(file -> !made(file)
                            && Files.isRegularFile(file)
                            && file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        return textOf(file).orElseThrow(() -> new IllegalArgumentException(file + " is no text"));
    }

    /** The content of a text file; empty when it is none. */
    static Optional<String> textOf(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (MalformedInputException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean made(Path file) {
        for (var part : file) {
            if (MADE.contains(part.toString())) return true;
        }
        return file.toString().endsWith(".log");
    }
}
