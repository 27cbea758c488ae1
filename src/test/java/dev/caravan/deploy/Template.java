package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A CloudFormation template: what it says, and in which line; and what becomes of it for given parameters.
 *
 * @param name without folder and {@code .yaml}
 * @param text as in the file
 * @param tree functions in their long form ({@code {"Ref": …}}, {@code {"Fn::GetAtt": [RESOURCE, ATTRIBUTE]}})
 * @param lines by JSON pointer into the tree, from 1
 */
record Template(String name, String text, ObjectNode tree, Map<String, Integer> lines) {
    static final Path FOLDER = Path.of("cloudformation");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z0-9.:]+)}");
    private static final String NO_VALUE = "AWS::NoValue";

    static List<Template> all() {
        return Plan.ORDER.stream().map(Template::named).toList();
    }

    static Template named(String name) {
        try {
            return of(name, Files.readString(FOLDER.resolve(name + ".yaml")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Template of(String name, String text) {
        var lines = new HashMap<String, Integer>();
        var tree = tree(new Yaml().compose(new StringReader(text)), "", lines);
        return new Template(name, text, (ObjectNode) tree, lines);
    }

    /** This template with another content, which has no lines of its own. */
    Template changed(ObjectNode changed) {
        return new Template(name, changed.toString(), changed, Map.of());
    }

    /** {@code cloudformation/NAME.yaml:LINE}, of what the pointer leads to, or of the nearest around it. */
    String place(String pointer) {
        for (var nearest = pointer; ; nearest = nearest.substring(0, nearest.lastIndexOf('/'))) {
            var line = lines.get(nearest);
            if (line != null) return FOLDER + "/" + name + ".yaml:" + line;
            if (nearest.isEmpty()) return FOLDER + "/" + name + ".yaml";
        }
    }

    /** Resources by logical id. */
    Map<String, JsonNode> resources() {
        return members(tree.path("Resources"));
    }

    static Map<String, JsonNode> members(JsonNode object) {
        var members = new TreeMap<String, JsonNode>();
        object.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
        return members;
    }

    private static JsonNode tree(Node node, String pointer, Map<String, Integer> lines) {
        lines.putIfAbsent(pointer, node.getStartMark().getLine() + 1);
        var tag = node.getTag().getValue();
        if (!tag.startsWith("!")) return plain(node, pointer, lines);
        var function = tag.substring(1);
        var key = function.equals("Ref") || function.equals("Condition") ? function : "Fn::" + function;
        var value = plain(node, pointer + "/" + key, lines);
        if (function.equals("GetAtt") && value.isTextual()) {
            var dot = value.asText().indexOf('.');
            value = Json.array()
                    .add(value.asText().substring(0, dot))
                    .add(value.asText().substring(dot + 1));
        }
        return Json.object().set(key, value);
    }

    private static JsonNode plain(Node node, String pointer, Map<String, Integer> lines) {
        if (node instanceof MappingNode mapping) {
            var object = Json.object();
            for (var member : mapping.getValue()) {
                var key = ((ScalarNode) member.getKeyNode()).getValue();
                var at = pointer + "/" + key;
                lines.put(at, member.getKeyNode().getStartMark().getLine() + 1);
                object.set(key, tree(member.getValueNode(), at, lines));
            }
            return object;
        }
        if (node instanceof SequenceNode sequence) {
            var array = Json.array();
            for (var element : sequence.getValue()) array.add(tree(element, pointer + "/" + array.size(), lines));
            return array;
        }
        var scalar = (ScalarNode) node;
        var text = scalar.getValue();
        if (scalar.getTag().equals(Tag.INT)) return LongNode.valueOf(Long.decode(text));
        if (scalar.getTag().equals(Tag.BOOL))
            return Json.object().booleanNode(text.equalsIgnoreCase("true") || text.equalsIgnoreCase("yes"));
        return TextNode.valueOf(text);
    }

    /**
     * What is deployed with these parameters: conditions decided, parameters put in, what is not there left out. References to resources
     * stay, imports name their export.
     *
     * @param parameters by name; those without a value have their default
     * @throws IllegalArgumentException when one has neither
     */
    ObjectNode with(Map<String, String> parameters) {
        return new Evaluation(this, parameters).template();
    }

    private static final class Evaluation {
        private final Template template;
        private final Map<String, JsonNode> values = new TreeMap<>();

        Evaluation(Template template, Map<String, String> given) {
            this.template = template;
            members(template.tree.path("Parameters"))
                    .forEach((name, parameter) -> values.put(
                            name,
                            value(
                                    parameter.path("Type").asText(),
                                    Optional.ofNullable(given.get(name))
                                            .or(() -> Optional.ofNullable(parameter.get("Default"))
                                                    .map(JsonNode::asText))
                                            .orElseThrow(() -> new IllegalArgumentException(
                                                    template.name + ": no value for the parameter " + name)))));
            values.put("AWS::AccountId", TextNode.valueOf("111122223333"));
            values.put("AWS::Region", TextNode.valueOf("eu-central-2"));
            values.put("AWS::Partition", TextNode.valueOf("aws"));
        }

        private static JsonNode value(String type, String text) {
            if (type.equals("Number")) return IntNode.valueOf(Integer.parseInt(text));
            if (!type.equals("CommaDelimitedList")) return TextNode.valueOf(text);
            var list = Json.array();
            for (var part : text.split(",", -1)) list.add(part);
            return list;
        }

        ObjectNode template() {
            var result = Json.object();
            for (var section : List.of("AWSTemplateFormatVersion", "Description"))
                if (template.tree.has(section)) result.set(section, template.tree.get(section));
            for (var section : List.of("Resources", "Outputs")) {
                var kept = result.putObject(section);
                template.tree.path(section).properties().forEach(member -> {
                    var condition = member.getValue().path("Condition");
                    if (condition.isTextual() && !condition(condition.asText())) return;
                    var value = (ObjectNode) evaluated(member.getValue());
                    value.remove("Condition");
                    kept.set(member.getKey(), value);
                });
            }
            return result;
        }

        private boolean condition(String name) {
            return decided(template.tree.path("Conditions").path(name));
        }

        private boolean decided(JsonNode condition) {
            var function = condition.fieldNames().next();
            var argument = condition.get(function);
            return switch (function) {
                case "Condition" -> condition(argument.asText());
                case "Fn::Not" -> !decided(argument.get(0));
                case "Fn::And" -> stream(argument).allMatch(this::decided);
                case "Fn::Or" -> stream(argument).anyMatch(this::decided);
                case "Fn::Equals" -> evaluated(argument.get(0)).equals(evaluated(argument.get(1)));
                default -> throw new IllegalArgumentException("condition of " + function);
            };
        }

        private static java.util.stream.Stream<JsonNode> stream(JsonNode array) {
            return java.util.stream.StreamSupport.stream(array.spliterator(), false);
        }

        /** @return null for what is to be left out */
        private JsonNode evaluated(JsonNode node) {
            if (node.isArray()) {
                var array = Json.array();
                for (var element : node) Optional.ofNullable(evaluated(element)).ifPresent(array::add);
                return array;
            }
            if (!node.isObject()) return node;
            if (node.size() == 1) {
                var function = node.fieldNames().next();
                var argument = node.get(function);
                switch (function) {
                    case "Ref" -> {
                        if (argument.asText().equals(NO_VALUE)) return null;
                        return values.getOrDefault(argument.asText(), node);
                    }
                    case "Fn::If" -> {
                        return evaluated(argument.get(condition(argument.get(0).asText()) ? 1 : 2));
                    }
                    case "Fn::Sub" -> {
                        return substituted(argument);
                    }
                    case "Fn::Join" -> {
                        var parts = evaluated(argument.get(1));
                        if (parts.isArray() && stream(parts).allMatch(JsonNode::isTextual))
                            return TextNode.valueOf(String.join(
                                    argument.get(0).asText(),
                                    stream(parts).map(JsonNode::asText).toList()));
                    }
                    default -> {}
                }
            }
            var object = Json.object();
            node.properties().forEach(member -> Optional.ofNullable(evaluated(member.getValue()))
                    .ifPresent(value -> object.set(member.getKey(), value)));
            return object;
        }

        private JsonNode substituted(JsonNode argument) {
            var text = argument.isArray() ? argument.get(0).asText() : argument.asText();
            var own = Json.object();
            if (argument.isArray())
                argument.get(1).properties().forEach(member -> own.set(member.getKey(), evaluated(member.getValue())));
            var result = VARIABLE.matcher(text).replaceAll(found -> {
                var value = own.has(found.group(1)) ? own.get(found.group(1)) : values.get(found.group(1));
                if (value == null || !value.isValueNode()) return Matcher.quoteReplacement(found.group());
                own.remove(found.group(1));
                return Matcher.quoteReplacement(value.asText());
            });
            if (!VARIABLE.matcher(result).find()) return TextNode.valueOf(result);
            if (own.isEmpty()) return Json.object().put("Fn::Sub", result);
            ArrayNode both = Json.array().add(result).add(own);
            return Json.object().set("Fn::Sub", both);
        }
    }
}
