package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The stacks of an environment, in the order in which they are deployed.
 *
 * @param prefix before the name of each stack
 */
public record Plan(String prefix, List<Stack> stacks) {
    /** Templates: each needs only what those before it export. */
    public static final List<String> ORDER =
            List.of("registry", "network", "storage", "messaging", "database", "observability", "platforms", "runtime");

    /** Of these, what an environment has only when its file has a section for it. */
    public static final Set<String> OPTIONAL = Set.of("platforms");

    private static final YAMLMapper YAML = new YAMLMapper();

    /**
     * A template and what it is given.
     *
     * @param name       of the stack
     * @param resources  how many it has at most
     * @param parameters by name; what is not among them has a default
     */
    public record Stack(String name, Path template, int resources, Map<String, String> parameters) {}

    /**
     * Reads {@code FOLDER/environments/ENVIRONMENT.yaml} and the templates beside it. An optional template comes in when the file, {@code
     * set} or {@code only} names it.
     *
     * @param set  {@code TEMPLATE.PARAMETER} to the value it has instead of the file's
     * @param only templates to be left with; all when empty
     * @throws BadSettings a sentence for each file that is not there, and for each parameter without a value or without a template
     */
    public static Plan read(Path folder, String environment, Map<String, String> set, List<String> only) {
        var values = tree(folder.resolve("environments").resolve(environment + ".yaml"));
        var prefix = values.path("Prefix").asText();
        var problems = new ArrayList<String>();
        var own = of(values);
        var names = ORDER.stream()
                .filter(name -> only.isEmpty()
                        ? own.contains(name) || set.keySet().stream().anyMatch(key -> key.startsWith(name + "."))
                        : only.contains(name))
                .toList();
        only.stream()
                .filter(name -> !ORDER.contains(name))
                .forEach(name -> problems.add("there is no template " + name + ": " + ORDER));
        set.keySet().stream()
                .filter(key -> !ORDER.contains(key.replaceFirst("\\..*", "")))
                .forEach(key -> problems.add("--set " + key + ": must be TEMPLATE.PARAMETER=VALUE"));
        var stacks = new ArrayList<Stack>();
        for (var name : names) {
            var file = folder.resolve(name + ".yaml");
            var template = tree(file);
            var given = new TreeMap<String, String>(Map.of("Prefix", prefix));
            values.path(name)
                    .properties()
                    .forEach(value -> given.put(value.getKey(), value.getValue().asText()));
            set.forEach((key, value) -> {
                if (key.startsWith(name + ".")) given.put(key.substring(name.length() + 1), value);
            });
            given.keySet().stream()
                    .filter(parameter -> !template.path("Parameters").has(parameter))
                    .forEach(parameter -> problems.add(file + " has no parameter " + parameter));
            template.path("Parameters").properties().forEach(parameter -> {
                if (!given.containsKey(parameter.getKey())
                        && !parameter.getValue().has("Default"))
                    problems.add("%s.%s is not set: %s Set it in %s, or with --set %s.%s=…"
                            .formatted(
                                    name,
                                    parameter.getKey(),
                                    parameter.getValue().path("Description").asText(),
                                    folder.resolve("environments").resolve(environment + ".yaml"),
                                    name,
                                    parameter.getKey()));
            });
            stacks.add(new Stack(
                    prefix + "-" + name,
                    file.toAbsolutePath(),
                    template.path("Resources").size(),
                    given));
        }
        if (!problems.isEmpty()) throw new BadSettings(String.join(System.lineSeparator(), problems));
        return new Plan(prefix, stacks);
    }

    /**
     * The templates an environment has, in their order.
     *
     * @param environment the content of its file
     */
    static List<String> of(JsonNode environment) {
        return ORDER.stream()
                .filter(name -> !OPTIONAL.contains(name) || environment.has(name))
                .toList();
    }

    /** @throws BadSettings when the file is not there, or not readable */
    static JsonNode tree(Path file) {
        if (!Files.isRegularFile(file)) throw new BadSettings(file + " is not there");
        try {
            // Its functions are read as plain values: what is asked for here has none.
            return Json.mapper().valueToTree(YAML.readTree(file.toFile()));
        } catch (IOException e) {
            throw new BadSettings(file + " is not readable: " + e.getMessage());
        }
    }
}
