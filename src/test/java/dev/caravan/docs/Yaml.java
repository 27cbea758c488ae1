package dev.caravan.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Routes and Kamelets as the files say them. */
final class Yaml {
    private static final YAMLMapper MAPPER = new YAMLMapper();

    /** One route and the file it stands in. */
    record Route(Path file, JsonNode definition) {
        String id() {
            return definition.path("id").asText();
        }

        @Override
        public String toString() {
            return id() + " in " + file;
        }
    }

    /** One Kamelet and the file it stands in. */
    record Kamelet(Path file, JsonNode definition) {
        String name() {
            return definition.at("/metadata/name").asText();
        }

        JsonNode properties() {
            return definition.at("/spec/definition/properties");
        }

        boolean requires(String property) {
            for (var required : definition.at("/spec/definition/required")) {
                if (required.asText().equals(property)) return true;
            }
            return false;
        }

        @Override
        public String toString() {
            return file.toString();
        }
    }

    private Yaml() {}

    static List<Route> routes() {
        var routes = new ArrayList<Route>();
        for (var file : Repository.files(Path.of("routes"), ".camel.yaml")) {
            for (var item : read(file)) {
                if (item.has("route")) routes.add(new Route(file, item.path("route")));
            }
        }
        return routes;
    }

    static List<Kamelet> kamelets() {
        return Repository.files(Path.of("kamelets"), ".kamelet.yaml").stream()
                .map(file -> new Kamelet(file, read(file)))
                .toList();
    }

    /** Hands over each object in the tree that has a {@code uri}. */
    static void endpoints(JsonNode tree, Consumer<JsonNode> endpoint) {
        if (tree.path("uri").isTextual()) endpoint.accept(tree);
        tree.forEach(part -> endpoints(part, endpoint));
    }

    static JsonNode read(Path file) {
        try {
            return MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
