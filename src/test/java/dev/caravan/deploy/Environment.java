package dev.caravan.deploy;

import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.Yaml;

/**
 * What the templates are deployed with.
 *
 * @param prefix     before every name
 * @param parameters by template, then by name
 */
record Environment(String name, String prefix, Map<String, Map<String, String>> parameters) {
    static final List<String> NAMES = List.of("dev", "staging", "prod");

    private static final String DIGEST = "@sha256:" + "0".repeat(64);

    private static final String PLATFORMS =
            "111122223333.dkr.ecr.eu-central-2.amazonaws.com/caravan-platforms" + DIGEST;

    /** What an owner of an account has to add: nobody else can know it. */
    static final Map<String, String> OWNERS = Map.of(
            "Image",
            "111122223333.dkr.ecr.eu-central-2.amazonaws.com/caravan" + DIGEST,
            "CollectorImage",
            "111122223333.dkr.ecr.eu-central-2.amazonaws.com/caravan-collector" + DIGEST,
            "MedusaImage",
            PLATFORMS,
            "PimcoreImage",
            PLATFORMS,
            "PimcoreWebImage",
            PLATFORMS,
            "PimcoreUrl",
            "https://pim.example.com/pimcore-graphql-webservices/products",
            "MedusaUrl",
            "https://shop.example.com");

    static List<Environment> all() {
        return NAMES.stream().map(Environment::named).toList();
    }

    static Environment named(String name) {
        try (var file = Files.newBufferedReader(Template.FOLDER.resolve(Path.of("environments", name + ".yaml")))) {
            var tree = Json.mapper().valueToTree(new Yaml().load(file));
            var parameters = new TreeMap<String, Map<String, String>>();
            ((com.fasterxml.jackson.databind.JsonNode) tree).properties().forEach(template -> {
                if (!template.getValue().isObject()) return;
                var given = parameters.computeIfAbsent(template.getKey(), key -> new TreeMap<>());
                template.getValue()
                        .properties()
                        .forEach(parameter -> given.put(
                                parameter.getKey(), parameter.getValue().asText()));
            });
            return new Environment(
                    name,
                    ((com.fasterxml.jackson.databind.JsonNode) tree)
                            .path("Prefix")
                            .asText(),
                    parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All values this template is deployed with. */
    Map<String, String> of(Template template) {
        var values = new TreeMap<>(parameters.getOrDefault(template.name(), Map.of()));
        values.put("Prefix", prefix);
        OWNERS.forEach((name, value) -> {
            if (template.tree().path("Parameters").has(name)) values.put(name, value);
        });
        return values;
    }

    /** The same with all that can be there: a public port, a bucket for images, Medusa and Pimcore with all their ways in. */
    Environment complete() {
        var changed = new TreeMap<>(parameters);
        var runtime = new TreeMap<>(changed.get("runtime"));
        runtime.put("Certificate", "arn:aws:acm:eu-central-2:111122223333:certificate/0");
        runtime.put("ImagesBucketArn", "arn:aws:s3:::images");
        changed.put("runtime", runtime);
        changed.put("platforms", Map.of("Endpoints", "yes", "OperatorAddresses", "10.40.0.0/16"));
        return new Environment(name, prefix, changed);
    }

    /** The same with another prefix. */
    Environment withPrefix(String other) {
        return new Environment(name, other, parameters);
    }
}
