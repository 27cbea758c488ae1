package dev.caravan.docs;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.products.RuleList;
import dev.caravan.products.pimcore.PimcoreErrors;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.SettingsPage;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The pages below {@code docs/} that are made from what they describe. */
final class Pages {
    private Pages() {}

    /** Each page's content, by file. */
    static Map<Path, String> all() {
        var pages = new TreeMap<Path, String>();
        pages.put(Path.of("docs/routes.md"), routes());
        pages.put(Path.of("docs/kamelets.md"), kamelets());
        pages.put(Path.of("docs/settings.md"), SettingsPage.markdown());
        pages.put(Path.of("docs/pimcore-errors.md"), PimcoreErrors.markdown());
        pages.put(Path.of("docs/rules.md"), RuleList.markdown(RouteFiles.at("file:routes")));
        return pages;
    }

    private static String routes() {
        var page = new StringBuilder("""
                # Routes

                Generated from the files below `routes/`; do not edit. The id is what Hawtio, logs and dead letters show.

                | route | flow | what it does | file |
                |---|---|---|---|
                """);
        for (var route : Yaml.routes()) {
            var file = route.file().toString().replace('\\', '/');
            page.append("| `%s` | %s | %s | [%s](../%s) |\n"
                    .formatted(
                            route.id(),
                            route.definition().path("group").asText(),
                            cell(route.definition().path("description")),
                            file.substring("routes/".length()),
                            file));
        }
        return page.toString();
    }

    private static String kamelets() {
        var page = new StringBuilder("""
                # Kamelets

                Generated from the files in `kamelets/`; do not edit. Each knows how to talk to one system; routes say what to tell it.
                """);
        for (var kamelet : Yaml.kamelets()) {
            var about = kamelet.definition().at("/spec/definition");
            page.append("\n## %s\n\n%s: %s [%s](../kamelets/%s)\n\n| property | default | what it is |\n|---|---|---|\n"
                    .formatted(
                            kamelet.name(),
                            about.path("title").asText(),
                            about.path("description").asText(),
                            kamelet.file().getFileName(),
                            kamelet.file().getFileName()));
            kamelet.properties()
                    .properties()
                    .forEach(property -> page.append("| `%s` | %s | %s: %s |\n"
                            .formatted(
                                    property.getKey(),
                                    standard(property.getValue()),
                                    property.getValue().path("title").asText(),
                                    cell(property.getValue().path("description")))));
        }
        return page.toString();
    }

    private static String standard(JsonNode property) {
        return property.has("default") ? "`" + property.get("default").asText() + "`" : "**required**";
    }

    private static String cell(JsonNode text) {
        return text.asText().replace("|", "\\|");
    }
}
