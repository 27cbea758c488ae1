package dev.caravan.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies of what is shipped, to be edited. */
final class Copies {
    private Copies() {}

    static void of(Path root, Path to, String... folders) throws IOException {
        for (var folder : folders) {
            try (var files = Files.walk(root.resolve(folder))) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    var copy = to.resolve(root.relativize(file).toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
    }
}
