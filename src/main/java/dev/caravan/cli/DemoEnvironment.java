package dev.caravan.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** {@code target/demo.env}: addresses and development keys of the demo that is running, in shell format. */
public final class DemoEnvironment {
    /** Where the demo writes it; gone when the demo is. */
    public static final Path FILE = Path.of("target", "demo.env");

    private DemoEnvironment() {}

    /** The environment, with the demo's settings for what it does not say. */
    public static Map<String, String> overlaid(Map<String, String> environment) {
        var all = new TreeMap<String, String>();
        if (!environment.containsKey("CARAVAN_URL")
                && !environment.containsKey("CARAVAN_API_KEY")
                && Files.isRegularFile(FILE)) all.putAll(read(FILE));
        all.putAll(environment);
        return all;
    }

    /** The environment as it is, or {@linkplain #overlaid overlaid} where it names no database. */
    static Map<String, String> unlessDatabaseIn(Map<String, String> environment) {
        return environment.containsKey("DATABASE_URL") ? environment : overlaid(environment);
    }

    /** Writes settings so that a shell can source them. */
    public static void write(Path file, Map<String, String> settings) {
        var text = new StringBuilder("# Made by ./caravan demo; development keys of this demo only.\n");
        new TreeMap<>(settings).forEach((name, value) -> text.append("export ")
                .append(name)
                .append("='")
                .append(value.replace("'", "'\\''"))
                .append("'\n"));
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, String> read(Path file) {
        var settings = new TreeMap<String, String>();
        try {
            for (var line : Files.readAllLines(file)) {
                int equals = line.indexOf('=');
                if (!line.startsWith("export ") || equals < 0) continue;
                var value = line.substring(equals + 2, line.length() - 1).replace("'\\''", "'");
                settings.put(line.substring("export ".length(), equals), value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return settings;
    }
}
