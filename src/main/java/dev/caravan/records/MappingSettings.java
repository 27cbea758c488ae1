package dev.caravan.records;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The YAML file beside a mapping: what cannot be said in the mapping itself. */
public final class MappingSettings {
    private final String path;
    private final String text;
    private final JsonNode values;

    /**
     * Reads the file; one that is not there says nothing.
     *
     * @param known names of the settings it may hold
     * @throws BadSettings when it is not YAML or holds another setting: file, line, what and what would be right
     */
    public MappingSettings(RouteFiles files, String path, List<String> known) {
        this.path = path;
        this.text = files.has(path) ? new String(files.bytes(path), StandardCharsets.UTF_8) : "";
        try {
            var read = new YAMLMapper().readTree(text);
            values = read.isMissingNode() || read.isNull() ? Json.object() : read;
        } catch (IOException e) {
            throw new BadSettings(path + ": not YAML: "
                    + e.getMessage().lines().findFirst().orElse("") + ": write one \"key: value\" a line");
        }
        if (!values.isObject())
            throw new BadSettings(path + ":1: not a list of settings: write one \"key: value\" a line");
        values.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key))
                throw wrong(key, "unknown setting \"" + key + "\"", "known are " + String.join(", ", known));
        });
    }

    public Optional<String> text(String key) {
        return values.hasNonNull(key) ? Optional.of(values.get(key).asText()) : Optional.empty();
    }

    /** What stands there as it is; missing when nothing does. */
    public JsonNode value(String key) {
        return values.path(key);
    }

    /** The table {@code sources}: where in a record the parts of what is made of it come from, one place or a list of alternatives each. */
    public Sources sources() {
        Map<String, List<String>> table = new LinkedHashMap<>();
        values.path("sources").properties().forEach(entry -> {
            checkPointer(entry.getKey(), entry.getKey());
            var places = new ArrayList<String>();
            if (entry.getValue().isArray()) entry.getValue().forEach(place -> places.add(place.asText()));
            else places.add(entry.getValue().asText());
            places.forEach(place -> checkPointer(entry.getKey(), place));
            if (places.isEmpty())
                throw wrong(entry.getKey(), "no source", "name where it stands in the record, such as /order_id");
            table.put(entry.getKey(), places);
        });
        return new Sources(table);
    }

    /** A list of pointers; empty when nothing is said. */
    public List<String> pointers(String key) {
        var pointers = new ArrayList<String>();
        values.path(key).forEach(pointer -> {
            checkPointer(key, pointer.asText());
            pointers.add(pointer.asText());
        });
        return pointers;
    }

    private void checkPointer(String key, String pointer) {
        try {
            JsonPointer.compile(pointer);
        } catch (IllegalArgumentException e) {
            throw wrong(
                    key,
                    "\"" + pointer + "\" is no JSON Pointer",
                    "start it with a slash, such as /info/productInfo/goods_id");
        }
    }

    /** Something wrong with a setting, by its line. */
    public BadSettings wrong(String key, String what, String advice) {
        int line = 1;
        int number = 0;
        for (var content : text.lines().toList()) {
            number++;
            if (content.strip().startsWith(key + ":")) line = number;
        }
        return new BadSettings(path + ":" + line + ": " + what + ": " + advice);
    }
}
