package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A Kamelet knows one thing about one system, and declares what it uses. */
class KameletStyleTest {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-zA-Z]+)}}");

    @Test
    void file_name_and_label_agree() {
        assertThat(Yaml.kamelets()).isNotEmpty().allSatisfy(kamelet -> {
            var type = kamelet.definition()
                    .path("metadata")
                    .path("labels")
                    .path("camel.apache.org/kamelet.type")
                    .asText();
            assertThat(kamelet.file().getFileName()).hasToString(kamelet.name() + ".kamelet.yaml");
            assertThat(kamelet.name()).endsWith("-" + type);
        });
    }

    @Test
    void what_is_declared_is_used_and_what_is_used_is_declared() {
        assertThat(Yaml.kamelets()).allSatisfy(kamelet -> {
            var declared = new TreeSet<String>();
            kamelet.properties().fieldNames().forEachRemaining(declared::add);
            var used = PLACEHOLDER
                    .matcher(kamelet.definition().at("/spec/template").toString())
                    .results()
                    .map(found -> found.group(1))
                    .collect(Collectors.toSet());
            assertThat(used).as("%s", kamelet).containsExactlyInAnyOrderElementsOf(declared);
        });
    }

    @Test
    void each_property_is_described_and_has_a_default_or_is_required() {
        assertThat(Yaml.kamelets())
                .allSatisfy(kamelet -> kamelet.properties().properties().forEach(property -> {
                    var about = property.getValue();
                    assertThat(about.path("title").asText())
                            .as("title of %s in %s", property.getKey(), kamelet)
                            .isNotBlank();
                    assertThat(about.path("description").asText())
                            .as("description of %s in %s", property.getKey(), kamelet)
                            .endsWith(".");
                    assertThat(about.path("type").asText())
                            .as("type of %s in %s", property.getKey(), kamelet)
                            .isNotBlank();
                    assertThat(about.has("default") || kamelet.requires(property.getKey()))
                            .as("default of %s in %s", property.getKey(), kamelet)
                            .isTrue();
                    if (property.getKey().matches("(?i).*(key|secret|password|authorization).*")) {
                        assertThat(about.path("format").asText())
                                .as("format of %s in %s", property.getKey(), kamelet)
                                .isEqualTo("password");
                    }
                }));
    }

    @Test
    void a_route_gives_a_kamelet_what_it_requires_and_nothing_it_does_not_know() {
        for (var route : Yaml.routes()) {
            kamelets(route.definition(), call -> {
                var kamelet = Yaml.kamelets().stream()
                        .filter(known -> known.name().equals(call.path("name").asText()))
                        .findFirst();
                assertThat(kamelet)
                        .as("Kamelet %s of %s", call.path("name").asText(), route)
                        .isPresent();
                call.path("parameters").fieldNames().forEachRemaining(name -> assertThat(name.equals("noErrorHandler")
                                || kamelet.get().properties().has(name))
                        .as("%s of %s", name, route)
                        .isTrue());
                kamelet.get().definition().at("/spec/definition/required").forEach(name -> assertThat(
                                call.path("parameters").has(name.asText()))
                        .as("%s of %s", name.asText(), route)
                        .isTrue());
            });
        }
    }

    private static void kamelets(JsonNode tree, Consumer<JsonNode> call) {
        if (tree.path("kamelet").isObject()) call.accept(tree.path("kamelet"));
        tree.forEach(part -> kamelets(part, call));
    }
}
