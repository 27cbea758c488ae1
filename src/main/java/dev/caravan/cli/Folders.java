package dev.caravan.cli;

import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files users edit: those lying here, where they are being edited, else those in the JAR. */
final class Folders {
    private Folders() {}

    static RouteFiles routes(Settings settings) {
        return at(settings.text("caravan.routes"), "routes");
    }

    static RouteFiles kamelets(Settings settings) {
        return at(settings.text("caravan.kamelets"), "kamelets");
    }

    private static RouteFiles at(String location, String folder) {
        var here = location.equals("classpath:" + folder) && Files.isDirectory(Path.of(folder));
        return RouteFiles.at(here ? "file:" + folder : location);
    }
}
