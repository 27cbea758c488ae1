package dev.caravan.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Public files of other people's shops, which state no licence and so are not in the repository: {@code -Dreal.data=DIR} says where they are. */
public final class RealFiles {
    /** The property; tests that read such files are for who gives it. */
    public static final String WHERE = "real.data";

    private RealFiles() {}

    /** @param file below the folder */
    public static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(Path.of(System.getProperty(WHERE), file));
    }
}
