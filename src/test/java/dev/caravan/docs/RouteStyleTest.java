package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.docs.Yaml.Route;
import dev.caravan.settings.SettingsPage;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Routes are written the way their readers expect. */
class RouteStyleTest {
    private static final int SCREEN = 60;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-zA-Z][^}:]*)(:[^}]*)?}}");

    @Test
    void a_file_fits_on_a_screen() {
        assertThat(Repository.files(Path.of("routes"), ".camel.yaml"))
                .allSatisfy(file -> assertThat(Repository.text(file).lines().count())
                        .as("lines of %s: give the second job a folder of its own", file)
                        .isLessThanOrEqualTo(SCREEN));
    }

    @Test
    void each_route_says_what_it_does_in_one_sentence_and_belongs_to_its_flow() {
        assertThat(Yaml.routes()).isNotEmpty().allSatisfy(route -> {
            assertThat(route.definition().path("description").asText())
                    .as("description of %s", route)
                    .matches("\\p{Lu}.{20,200}\\.");
            assertThat(route.definition().path("group").asText())
                    .as("group of %s", route)
                    .isEqualTo(flow(route));
            assertThat(route.id()).as("id in %s", route.file()).matches("[a-z]+(-[a-z]+)+");
        });
    }

    @Test
    void no_two_routes_have_one_id() {
        assertThat(Yaml.routes()).extracting(Route::id).doesNotHaveDuplicates();
    }

    @Test
    void endpoints_are_written_in_the_long_form() {
        assertThat(Yaml.routes())
                .allSatisfy(route -> Yaml.endpoints(route.definition(), endpoint -> assertThat(
                                endpoint.path("uri").asText())
                        .as("uri in %s: put the rest under parameters", route)
                        .matches("[a-z][a-z0-9-]*")));
    }

    @Test
    void a_name_after_direct_is_the_id_of_the_route_behind_it() {
        var ids = Yaml.routes().stream().map(Route::id).collect(Collectors.toSet());
        var behind = new TreeSet<String>();

        assertThat(Yaml.routes()).allSatisfy(route -> {
            var from = route.definition().path("from");
            if (from.path("uri").asText().equals("direct")) {
                behind.add(route.id());
                assertThat(from.at("/parameters/name").asText())
                        .as("from of %s", route)
                        .isEqualTo(route.id());
            }
        });
        assertThat(Yaml.routes())
                .allSatisfy(route -> Yaml.endpoints(route.definition(), endpoint -> {
                    if (endpoint.path("uri").asText().equals("direct")) {
                        assertThat(endpoint.at("/parameters/name").asText())
                                .as("direct in %s", route)
                                .isIn(ids)
                                .isIn(behind);
                    }
                }));
    }

    @Test
    void every_placeholder_is_a_setting() {
        var known = new TreeSet<>(SettingsPage.keys());
        known.add("routes");
        known.add("medusa.authorization");

        assertThat(Repository.files(Path.of("routes"), ".camel.yaml")).allSatisfy(file -> assertThat(
                        PLACEHOLDER.matcher(Repository.text(file)).results().map(found -> found.group(1)))
                .as("placeholders in %s", file)
                .isSubsetOf(known));
    }

    @Test
    void no_literal_host_stands_in_a_route_or_kamelet() {
        for (var folder : new String[] {"routes", "kamelets"}) {
            assertThat(Repository.files(Path.of(folder), ".yaml")).allSatisfy(file -> assertThat(Repository.text(file))
                    .as("%s", file)
                    .doesNotContainPattern("(https?|jdbc:[a-z]+)://[a-z0-9]"));
        }
    }

    private static String flow(Route route) {
        return route.file().getName(1).toString().replace("_", "");
    }
}
