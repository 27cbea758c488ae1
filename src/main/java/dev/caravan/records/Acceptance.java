package dev.caravan.records;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The quick answer for the usual case: a schema compiled into plain checks that only say whether a value is certainly valid. Most records
 * are, and asking the full validator, which can also say why not, takes about ten times as long. A keyword it does not know makes it
 * uncertain, never wrong.
 */
interface Acceptance {
    /** True when the value is certainly valid; false sends it to the full validator. */
    boolean accepts(JsonNode value);

    /** Compiles a schema; one that uses unknown keywords accepts nothing. */
    static Acceptance of(JsonNode schema) {
        return new Compiler(schema).compile(schema);
    }

    /** Compiles one schema document. */
    final class Compiler {
        private static final Set<String> SILENT = Set.of(
                "$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples", "then", "else");

        private final JsonNode root;
        private final Map<String, Acceptance> references = new HashMap<>();

        private Compiler(JsonNode root) {
            this.root = root;
        }

        private Acceptance compile(JsonNode schema) {
            if (schema.isBoolean()) return value -> schema.booleanValue();
            var checks = new ArrayList<Acceptance>();
            for (var keyword : schema.properties()) {
                var name = keyword.getKey();
                if (isSilent(name)) continue;
                var check = check(name, keyword.getValue(), schema);
                if (check == null) return value -> false;
                checks.add(check);
            }
            if (checks.isEmpty()) return value -> true;
            return checks.size() == 1 ? checks.get(0) : all(checks);
        }

        private static boolean isSilent(String keyword) {
            return SILENT.contains(keyword) || keyword.startsWith("x-") && !keyword.equals(UniqueKeyword.NAME);
        }

        /** A check that the keyword holds; null when the keyword is not known. */
        private Acceptance check(String name, JsonNode stated, JsonNode schema) {
            return switch (name) {
                case "type" -> type(stated);
                case "const" -> stated::equals;
                case "enum" -> oneOf(stated);
                case "pattern" -> {
                    var pattern = Pattern.compile(stated.asText());
                    yield value -> !value.isTextual()
                            || pattern.matcher(value.textValue()).find();
                }
                case "maxLength" ->
                    value -> !value.isTextual() || value.textValue().length() <= stated.intValue();
                case "minimum" ->
                    value -> !value.isNumber() || value.decimalValue().compareTo(stated.decimalValue()) >= 0;
                case "maximum" ->
                    value -> !value.isNumber() || value.decimalValue().compareTo(stated.decimalValue()) <= 0;
                case "exclusiveMinimum" ->
                    value -> !value.isNumber() || value.decimalValue().compareTo(stated.decimalValue()) > 0;
                case "required" -> required(stated);
                case "minProperties" -> value -> !value.isObject() || value.size() >= stated.intValue();
                case "maxProperties" -> value -> !value.isObject() || value.size() <= stated.intValue();
                case "properties" -> properties(stated);
                case "additionalProperties" -> additionalProperties(stated, schema);
                case "propertyNames" -> propertyNames(stated);
                case "items" -> items(stated);
                case "contains" -> contains(stated);
                case "minItems" -> value -> !value.isArray() || value.size() >= stated.intValue();
                case "maxItems" -> value -> !value.isArray() || value.size() <= stated.intValue();
                case "x-unique" -> unique(JsonPointer.compile(stated.asText()));
                case "allOf" -> all(each(stated));
                case "anyOf" -> any(each(stated));
                case "not" -> not(stated);
                case "if" -> conditional(schema);
                case "$ref" -> reference(stated.asText());
                default -> null;
            };
        }

        private static Acceptance type(JsonNode stated) {
            var types = new HashSet<String>();
            if (stated.isArray()) stated.forEach(type -> types.add(type.asText()));
            else types.add(stated.asText());
            boolean numbers = types.contains("number");
            boolean integers = numbers || types.contains("integer");
            boolean texts = types.contains("string");
            boolean objects = types.contains("object");
            boolean arrays = types.contains("array");
            boolean booleans = types.contains("boolean");
            boolean nulls = types.contains("null");
            return value -> switch (value.getNodeType()) {
                case STRING -> texts;
                case OBJECT -> objects;
                case ARRAY -> arrays;
                case NUMBER -> value.isIntegralNumber() ? integers : numbers;
                case BOOLEAN -> booleans;
                case NULL -> nulls;
                default -> false;
            };
        }

        private static Acceptance oneOf(JsonNode stated) {
            var values = new HashSet<JsonNode>();
            stated.forEach(values::add);
            return values::contains;
        }

        private static Acceptance required(JsonNode stated) {
            var names = new ArrayList<String>();
            stated.forEach(name -> names.add(name.asText()));
            return value -> {
                if (!value.isObject()) return true;
                for (var name : names) {
                    if (value.get(name) == null) return false;
                }
                return true;
            };
        }

        private Acceptance properties(JsonNode stated) {
            int count = stated.size();
            var names = new String[count];
            var schemas = new Acceptance[count];
            int i = 0;
            for (var property : stated.properties()) {
                names[i] = property.getKey();
                schemas[i++] = compile(property.getValue());
            }
            return value -> {
                if (!value.isObject()) return true;
                for (int at = 0; at < count; at++) {
                    var member = value.get(names[at]);
                    if (member != null && !schemas[at].accepts(member)) return false;
                }
                return true;
            };
        }

        private Acceptance additionalProperties(JsonNode stated, JsonNode schema) {
            if (schema.has("patternProperties")) return null;
            var named = new HashSet<String>();
            schema.path("properties").fieldNames().forEachRemaining(named::add);
            var others = compile(stated);
            return value -> {
                if (!value.isObject()) return true;
                for (var member : value.properties()) {
                    if (!named.contains(member.getKey()) && !others.accepts(member.getValue())) return false;
                }
                return true;
            };
        }

        /** Only a pattern for names is known. */
        private static Acceptance propertyNames(JsonNode stated) {
            if (stated.size() != 1 || !stated.has("pattern")) return null;
            var pattern = Pattern.compile(stated.get("pattern").asText());
            return value -> {
                if (!value.isObject()) return true;
                for (var member : value.properties()) {
                    if (!pattern.matcher(member.getKey()).find()) return false;
                }
                return true;
            };
        }

        private Acceptance items(JsonNode stated) {
            var schema = compile(stated);
            return value -> {
                if (!value.isArray()) return true;
                for (var item : value) {
                    if (!schema.accepts(item)) return false;
                }
                return true;
            };
        }

        private Acceptance contains(JsonNode stated) {
            var schema = compile(stated);
            return value -> {
                if (!value.isArray()) return true;
                for (var item : value) {
                    if (schema.accepts(item)) return true;
                }
                return false;
            };
        }

        private static Acceptance unique(JsonPointer pointer) {
            return value -> {
                if (!value.isArray() || value.size() < 2) return true;
                var seen = new HashSet<JsonNode>();
                for (var item : value) {
                    var found = item.at(pointer);
                    if (!found.isMissingNode() && !found.isNull() && !seen.add(found)) return false;
                }
                return true;
            };
        }

        /** Certainly invalid is not what "does not certainly hold" means, so below "not" only what is exact may stand. */
        private Acceptance not(JsonNode stated) {
            if (!isExact(stated)) return null;
            var schema = compile(stated);
            return value -> !schema.accepts(value);
        }

        /** Whether the compiled check says false only of what is invalid. */
        static boolean isExact(JsonNode schema) {
            for (var keyword : schema.properties()) {
                if (isSilent(keyword.getKey())) continue;
                switch (keyword.getKey()) {
                    case "const" -> {
                        if (keyword.getValue().isNumber()) return false;
                    }
                    case "pattern", "required", "minItems", "maxItems", "minProperties", "maxProperties" -> {}
                    case "enum" -> {
                        for (var value : keyword.getValue()) if (value.isNumber()) return false;
                    }
                    case "type" -> {
                        if (keyword.getValue().toString().contains("integer")) return false;
                    }
                    case "properties" -> {
                        for (var property : keyword.getValue()) if (!isExact(property)) return false;
                    }
                    case "not", "contains" -> {
                        if (!isExact(keyword.getValue())) return false;
                    }
                    case "anyOf" -> {
                        for (var part : keyword.getValue()) if (!isExact(part)) return false;
                    }
                    default -> {
                        return false;
                    }
                }
            }
            return true;
        }

        private Acceptance conditional(JsonNode schema) {
            if (!isExact(schema.get("if"))) return null;
            var condition = compile(schema.get("if"));
            var then = schema.has("then") ? compile(schema.get("then")) : (Acceptance) value -> true;
            var otherwise = schema.has("else") ? compile(schema.get("else")) : (Acceptance) value -> true;
            return value -> condition.accepts(value) ? then.accepts(value) : otherwise.accepts(value);
        }

        /** Only references into the same document; a schema may refer to itself. */
        private Acceptance reference(String to) {
            if (!to.startsWith("#/")) return null;
            var target = root.at(to.substring(1));
            if (target.isMissingNode()) return null;
            if (!references.containsKey(to)) {
                references.put(to, null);
                references.put(to, compile(target));
            }
            var known = references.get(to);
            return known != null ? known : value -> references.get(to).accepts(value);
        }

        private List<Acceptance> each(JsonNode schemas) {
            var compiled = new ArrayList<Acceptance>();
            schemas.forEach(schema -> compiled.add(compile(schema)));
            return compiled;
        }

        private static Acceptance all(List<Acceptance> checks) {
            var list = checks.toArray(Acceptance[]::new);
            return value -> {
                for (var check : list) {
                    if (!check.accepts(value)) return false;
                }
                return true;
            };
        }

        private static Acceptance any(List<Acceptance> checks) {
            var list = checks.toArray(Acceptance[]::new);
            return value -> {
                for (var check : list) {
                    if (check.accepts(value)) return true;
                }
                return false;
            };
        }
    }
}
