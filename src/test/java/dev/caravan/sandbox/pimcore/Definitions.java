package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a user installs in Pimcore, read from the folder {@code pimcore/}: classes, field collections, Data Hub endpoints, languages. The
 * stand-in's schema is made of these files, so a field that is missing in them is missing in every test too.
 *
 * @param classes     by name, such as {@code Product}
 * @param collections field collections by name, such as {@code ProductImage}
 * @param endpoints   Data Hub configurations by name, such as {@code products}
 * @param languages   valid languages, the default one first
 * @param fallbacks   language to the language read instead when a text is empty
 */
record Definitions(
        Map<String, ObjectClass> classes,
        Map<String, Container> collections,
        Map<String, Endpoint> endpoints,
        List<String> languages,
        Map<String, String> fallbacks) {

    /** The data types the definitions use; another one stops the start of the stand-in. */
    enum Kind {
        INPUT,
        TEXTAREA,
        NUMERIC,
        EXTERNAL_IMAGE,
        MANY_TO_MANY_OBJECT_RELATION,
        FIELDCOLLECTIONS;

        private static Kind of(String fieldtype) {
            return switch (fieldtype) {
                case "input" -> INPUT;
                case "textarea" -> TEXTAREA;
                case "numeric" -> NUMERIC;
                case "externalImage" -> EXTERNAL_IMAGE;
                case "manyToManyObjectRelation" -> MANY_TO_MANY_OBJECT_RELATION;
                case "fieldcollections" -> FIELDCOLLECTIONS;
                default ->
                    throw new IllegalArgumentException("fieldtype \"" + fieldtype + "\" is not one the stand-in knows");
            };
        }
    }

    /**
     * @param columnLength longest text in characters, 0 for no limit
     * @param integer      whether a numeric is whole
     * @param allowed      the classes of a relation, or the collections of a field of collections
     */
    record Field(
            String name,
            Kind kind,
            boolean localized,
            boolean mandatory,
            boolean unique,
            int columnLength,
            boolean integer,
            List<String> allowed) {}

    /** Something that has fields: a class or a field collection. */
    record Container(String name, Map<String, Field> fields) {}

    record ObjectClass(String name, boolean inherits, Map<String, Field> fields) {
        Optional<Field> field(String name) {
            return Optional.ofNullable(fields.get(name));
        }
    }

    /**
     * A column of a Data Hub entity.
     *
     * @param system    {@code published}, {@code key} or {@code fullpath}
     * @param collector whether it takes a value for each language (operator LocaleCollector)
     */
    record Column(String name, boolean system, boolean collector) {}

    record Entity(String className, boolean create, boolean update, boolean delete, List<Column> columns) {}

    record FolderRights(boolean read, boolean create, boolean update, boolean delete) {}

    record Endpoint(String name, Map<String, Entity> queries, Map<String, Entity> mutations, FolderRights folders) {}

    /** @throws IllegalArgumentException when a file is not what Pimcore exports, or uses what the stand-in does not know */
    static Definitions read(Path folder) {
        var classes = new LinkedHashMap<String, ObjectClass>();
        for (var file : files(folder.resolve("classes"), ".json")) {
            var json = Json.read(bytes(file));
            var name = file.getFileName().toString().replaceAll("^class_|_export\\.json$", "");
            classes.put(name, new ObjectClass(name, json.path("allowInherit").asBoolean(), fields(json)));
        }
        var collections = new LinkedHashMap<String, Container>();
        for (var file : files(folder.resolve("fieldcollections"), ".json")) {
            var name = file.getFileName().toString().replaceAll("^fieldcollection_|_export\\.json$", "");
            collections.put(name, new Container(name, fields(Json.read(bytes(file)))));
        }
        var endpoints = new LinkedHashMap<String, Endpoint>();
        for (var file : files(folder.resolve("data-hub"), ".yaml")) {
            for (var configuration :
                    yaml(file).at("/pimcore_data_hub/configurations").properties()) {
                endpoints.put(
                        configuration.getKey(),
                        endpoint(
                                configuration.getKey(), configuration.getValue().path("schema")));
            }
        }
        var languages = new ArrayList<String>();
        var fallbacks = new LinkedHashMap<String, String>();
        for (var file : files(folder.resolve("config"), ".yaml")) {
            var general = yaml(file).at("/pimcore/general");
            general.path("valid_languages").forEach(language -> languages.add(language.asText()));
            general.path("fallback_languages")
                    .properties()
                    .forEach(entry ->
                            fallbacks.put(entry.getKey(), entry.getValue().asText()));
        }
        return new Definitions(classes, collections, endpoints, List.copyOf(languages), fallbacks);
    }

    private static Map<String, Field> fields(JsonNode exported) {
        var fields = new LinkedHashMap<String, Field>();
        collect(exported.path("layoutDefinitions"), false, fields);
        return fields;
    }

    private static void collect(JsonNode node, boolean localized, Map<String, Field> into) {
        for (var child : node.path("children")) {
            var fieldtype = child.path("fieldtype").asText();
            if (child.path("datatype").asText().equals("layout")) {
                collect(child, localized, into);
            } else if (fieldtype.equals("localizedfields")) {
                collect(child, true, into);
            } else {
                var field = field(child, Kind.of(fieldtype), localized);
                into.put(field.name(), field);
            }
        }
    }

    private static Field field(JsonNode json, Kind kind, boolean localized) {
        var allowed = new ArrayList<String>();
        json.path("classes").forEach(one -> allowed.add(one.path("classes").asText()));
        json.path("allowedTypes").forEach(one -> allowed.add(one.asText()));
        return new Field(
                json.path("name").asText(),
                kind,
                localized,
                json.path("mandatory").asBoolean(),
                json.path("unique").asBoolean(),
                json.path("columnLength").asInt(kind == Kind.INPUT ? 190 : 0),
                json.path("integer").asBoolean(),
                List.copyOf(allowed));
    }

    private static Endpoint endpoint(String name, JsonNode schema) {
        var folders = schema.at("/specialEntities/object_folder");
        return new Endpoint(
                name,
                entities(schema.path("queryEntities")),
                entities(schema.path("mutationEntities")),
                new FolderRights(
                        folders.path("read").asBoolean(),
                        folders.path("create").asBoolean(),
                        folders.path("update").asBoolean(),
                        folders.path("delete").asBoolean()));
    }

    private static Map<String, Entity> entities(JsonNode json) {
        var entities = new LinkedHashMap<String, Entity>();
        json.properties().forEach(entry -> {
            var columns = new ArrayList<Column>();
            for (var column : entry.getValue().at("/columnConfig/columns")) {
                columns.add(column(column));
            }
            var entity = entry.getValue();
            entities.put(
                    entry.getKey(),
                    new Entity(
                            entry.getKey(),
                            entity.path("create").asBoolean(),
                            entity.path("update").asBoolean(),
                            entity.path("delete").asBoolean(),
                            columns));
        });
        return entities;
    }

    private static Column column(JsonNode json) {
        var attributes = json.path("attributes");
        if (!json.path("isOperator").asBoolean()) {
            return new Column(
                    attributes.path("attribute").asText(),
                    attributes.path("dataType").asText().equals("system"),
                    false);
        }
        if (!attributes.path("class").asText().equals("LocaleCollector")) {
            throw new IllegalArgumentException(
                    "operator \"" + attributes.path("class").asText() + "\" is not one the stand-in knows");
        }
        return new Column(attributes.at("/children/0/attributes/attribute").asText(), false, true);
    }

    private static List<Path> files(Path folder, String ending) {
        try (var all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode yaml(Path file) {
        try {
            return new YAMLMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
