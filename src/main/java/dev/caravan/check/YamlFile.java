package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A YAML file as JSON, that still knows where every value stands. */
final class YamlFile {
    private final String path;
    private final JsonNode content;
    private final Map<String, Place> places;

    private YamlFile(String path, JsonNode content, Map<String, Place> places) {
        this.path = path;
        this.content = content;
        this.places = places;
    }

    /** Where a name, or a value without one, begins; both from 1. */
    private record Place(int line, int column) {
        static Place of(Mark mark) {
            return new Place(mark.getLine() + 1, mark.getColumn() + 1);
        }
    }

    /** It is not YAML. */
    static final class Unreadable extends Exception {
        private final transient Problem problem;

        private Unreadable(Problem problem) {
            super(problem.toString());
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }

    /** @throws Unreadable with the line at which it stops being YAML */
    static YamlFile parse(String path, String text) throws Unreadable {
        var options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        var places = new HashMap<String, Place>();
        try {
            var root = new Yaml(options).compose(new StringReader(text));
            return new YamlFile(path, root == null ? NullNode.instance : json(path, root, "", places), places);
        } catch (MarkedYAMLException e) {
            var place = e.getProblemMark() == null ? new Place(1, 0) : Place.of(e.getProblemMark());
            throw new Unreadable(new Problem(
                    path,
                    place.line(),
                    place.column(),
                    "not YAML: " + e.getProblem()
                            + ": check indentation, colons and quotes here and in the line before"));
        }
    }

    String path() {
        return path;
    }

    JsonNode content() {
        return content;
    }

    /** A problem with the value to which a JSON Pointer leads, or with what holds it when there is none. */
    Problem problem(String pointer, String what) {
        var at = pointer;
        while (!places.containsKey(at) && !at.isEmpty()) at = at.substring(0, at.lastIndexOf('/'));
        var place = places.getOrDefault(at, new Place(1, 0));
        return new Problem(path, place.line(), place.column(), what);
    }

    /** Every value, with the pointer to it, those that hold others first. */
    void walk(BiConsumer<String, JsonNode> visitor) {
        walk("", content, visitor);
    }

    private static void walk(String pointer, JsonNode value, BiConsumer<String, JsonNode> visitor) {
        visitor.accept(pointer, value);
        value.properties()
                .forEach(member -> walk(pointer + "/" + escaped(member.getKey()), member.getValue(), visitor));
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) walk(pointer + "/" + i, value.get(i), visitor);
        }
    }

    /** All texts, with the pointers to them. */
    List<Map.Entry<String, String>> texts() {
        var texts = new ArrayList<Map.Entry<String, String>>();
        walk((pointer, value) -> {
            if (value.isTextual()) texts.add(Map.entry(pointer, value.textValue()));
        });
        return texts;
    }

    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode json(String path, Node node, String pointer, Map<String, Place> places) throws Unreadable {
        places.putIfAbsent(pointer, Place.of(node.getStartMark()));
        if (node instanceof MappingNode mapping) {
            var object = Json.object();
            for (var tuple : mapping.getValue()) {
                var name = tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?";
                var at = pointer + "/" + escaped(name);
                var place = Place.of(tuple.getKeyNode().getStartMark());
                if (object.has(name))
                    throw new Unreadable(new Problem(
                            path,
                            place.line(),
                            place.column(),
                            "\"" + name + "\" stands here twice: keep one of them"));
                places.put(at, place);
                object.set(name, json(path, tuple.getValueNode(), at, places));
            }
            return object;
        }
        if (node instanceof SequenceNode sequence) {
            var array = Json.array();
            for (var item : sequence.getValue()) array.add(json(path, item, pointer + "/" + array.size(), places));
            return array;
        }
        return scalar((ScalarNode) node);
    }

    private static JsonNode scalar(ScalarNode scalar) {
        var text = scalar.getValue();
        if (Tag.NULL.equals(scalar.getTag())) return NullNode.instance;
        if (Tag.BOOL.equals(scalar.getTag())) return BooleanNode.valueOf(text.matches("(?i)true|yes|on"));
        try {
            if (Tag.INT.equals(scalar.getTag()))
                return Json.mapper().getNodeFactory().numberNode(new BigInteger(text.replace("_", "")));
            if (Tag.FLOAT.equals(scalar.getTag()))
                return Json.mapper().getNodeFactory().numberNode(new BigDecimal(text));
        } catch (NumberFormatException e) {
            return TextNode.valueOf(text);
        }
        return TextNode.valueOf(text);
    }
}
