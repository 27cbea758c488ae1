package dev.caravan.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Packages that npm brings once, into a folder below {@code target/} that is named after their lock file. */
public final class NpmFolder {
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");
    private static final Duration INSTALL_WITHIN = Duration.ofMinutes(8);

    private NpmFolder() {}

    /**
     * Two builds at a time wait for each other.
     *
     * @param description folder with {@code package.json} and {@code package-lock.json}
     * @param files       of that folder, copied each time
     */
    public static Path installed(String name, Path description, List<String> files) {
        try {
            var lock = Files.readAllBytes(description.resolve("package-lock.json"));
            var hash = HexFormat.of()
                    .formatHex(
                            java.security.MessageDigest.getInstance("SHA-256").digest(lock))
                    .substring(0, 12);
            var folder = Path.of("target", name + "-" + hash).toAbsolutePath();
            Files.createDirectories(folder);
            try (var channel = FileChannel.open(
                            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var mine = channel.lock()) {
                for (var file : List.of("package.json", "package-lock.json")) copy(description, folder, file);
                for (var file : files) copy(description, folder, file);
                if (!Files.exists(folder.resolve(".installed"))) {
                    System.err.println("npm brings " + name + " into " + folder + ", once …");
                    install(folder);
                    Files.createFile(folder.resolve(".installed"));
                }
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to, String file) throws IOException {
        Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void install(Path folder) throws IOException {
        var log = folder.resolve("npm.log");
        try {
            // Not "ci": npm 11 writes lock files that lack some packages for other platforms, and then refuses them
            // itself.
            var npm = new ProcessBuilder(
                            WINDOWS ? "npm.cmd" : "npm",
                            "install",
                            "--ignore-scripts",
                            "--no-audit",
                            "--no-fund",
                            "--loglevel=error")
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!npm.waitFor(INSTALL_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                npm.destroyForcibly();
                throw new IllegalStateException("npm install is not done after " + INSTALL_WITHIN + "; see " + log);
            }
            if (npm.exitValue() != 0)
                throw new IllegalStateException("npm install ended with " + npm.exitValue() + "; see " + log);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
