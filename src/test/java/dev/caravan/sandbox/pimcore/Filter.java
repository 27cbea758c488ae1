package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The {@code filter} argument of a listing: {@code {"column": value}}, {@code {"column": {"$gte": value}}}, {@code $and}, {@code $or}, or a
 * list of such. As in Data Hub, several columns in one object are joined by the operator around them: by AND, but by OR within {@code $or}.
 */
sealed interface Filter {
    record All(List<Filter> parts) implements Filter {}

    record Any(List<Filter> parts) implements Filter {}

    /** @param value null asks for columns that have none */
    record Compare(String column, String operator, JsonNode value) implements Filter {}

    Set<String> OPERATORS = Set.of("=", "$gt", "$gte", "$lt", "$lte", "$like", "$notlike", "$notnull", "$not");

    /** Reads the value of a column. */
    interface Columns {
        /** @throws IllegalStateException when there is no such column, an error in the database */
        Object get(PimcoreObject object, String column);
    }

    /** @throws Refused when the text is not a filter */
    static Filter parse(String text) {
        JsonNode json;
        try {
            json = Json.read(text);
        } catch (BadMessage e) {
            throw new Refused("unable to decode filter");
        }
        if (!json.isContainerNode() || json.isArray() && json.isEmpty()) throw new Refused("unable to decode filter");
        return json.isArray() ? list(json, false) : columns(json, false);
    }

    private static Filter list(JsonNode items, boolean any) {
        var parts = new ArrayList<Filter>();
        items.forEach(item -> parts.add(columns(item, any)));
        return any ? new Any(parts) : new All(parts);
    }

    private static Filter columns(JsonNode object, boolean any) {
        var parts = new ArrayList<Filter>();
        object.properties().forEach(entry -> {
            var value = entry.getValue();
            switch (entry.getKey().toLowerCase(Locale.ROOT)) {
                case "$and" -> parts.add(value.isArray() ? list(value, false) : columns(value, false));
                case "$or" -> parts.add(value.isArray() ? list(value, true) : columns(value, true));
                default -> parts.addAll(comparisons(entry.getKey(), value));
            }
        });
        return any ? new Any(parts) : new All(parts);
    }

    private static List<Filter> comparisons(String column, JsonNode value) {
        if (!value.isObject()) return List.of(new Compare(column, "=", value.isNull() ? null : value));
        var parts = new ArrayList<Filter>();
        value.properties().forEach(entry -> {
            var operator = entry.getKey().toLowerCase(Locale.ROOT);
            if (!OPERATORS.contains(operator)) throw new IllegalStateException("no operator " + operator);
            parts.add(new Compare(column, operator, entry.getValue().isNull() ? null : entry.getValue()));
        });
        return parts;
    }

    /** Whether the object passes. */
    default boolean matches(PimcoreObject object, Columns columns) {
        if (this instanceof All all) return all.parts().stream().allMatch(part -> part.matches(object, columns));
        if (this instanceof Any any) return any.parts().stream().anyMatch(part -> part.matches(object, columns));
        var compare = (Compare) this;
        return passes(columns.get(object, compare.column()), compare.operator(), compare.value());
    }

    private static boolean passes(Object actual, String operator, JsonNode wanted) {
        if (operator.equals("$notnull")) return actual != null;
        if (wanted == null) return operator.equals("$not") == (actual != null);
        if (actual == null) return false;
        return switch (operator) {
            case "=" -> order(actual, wanted) == 0;
            case "$not" -> order(actual, wanted) != 0;
            case "$gt" -> order(actual, wanted) > 0;
            case "$gte" -> order(actual, wanted) >= 0;
            case "$lt" -> order(actual, wanted) < 0;
            case "$lte" -> order(actual, wanted) <= 0;
            case "$like" -> like(actual, wanted);
            default -> !like(actual, wanted);
        };
    }

    private static int order(Object actual, JsonNode wanted) {
        if (actual instanceof Long number && wanted.isIntegralNumber() && wanted.canConvertToLong())
            return number.compareTo(wanted.longValue());
        if (actual instanceof Number || actual instanceof Boolean)
            return number(actual).compareTo(number(wanted.asText()));
        return ObjectTree.folded(actual.toString()).compareTo(ObjectTree.folded(wanted.asText()));
    }

    private static BigDecimal number(Object value) {
        var text = value.toString();
        if (text.equals("true")) return BigDecimal.ONE;
        return text.matches("-?\\d+(\\.\\d+)?") ? new BigDecimal(text) : BigDecimal.ZERO;
    }

    private static boolean like(Object actual, JsonNode wanted) {
        var pattern = new StringBuilder();
        wanted.asText()
                .codePoints()
                .forEach(c -> pattern.append(c == '%' ? ".*" : c == '_' ? "." : Pattern.quote(Character.toString(c))));
        return Pattern.compile(pattern.toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL)
                .matcher(actual.toString())
                .matches();
    }

    /** The lowest modification date that can pass, empty when the filter does not say. */
    default Optional<Long> modifiedSince() {
        if (this instanceof All all)
            return all.parts().stream()
                    .flatMap(part -> part.modifiedSince().stream())
                    .max(Long::compare);
        return this instanceof Compare compare
                        && compare.column().equals("modificationDate")
                        && Set.of("$gt", "$gte", "=").contains(compare.operator())
                        && compare.value() != null
                ? Optional.of(number(compare.value().asText()).longValue())
                : Optional.empty();
    }

    /** The texts one of which this column must equal for the filter to pass, empty when the filter does not say. */
    default Optional<List<String>> mustEqual(String column) {
        if (this instanceof Compare compare) {
            return compare.column().equals(column) && compare.operator().equals("=") && compare.value() != null
                    ? Optional.of(List.of(compare.value().asText()))
                    : Optional.empty();
        }
        if (this instanceof All all)
            return all.parts().stream()
                    .flatMap(part -> part.mustEqual(column).stream())
                    .findFirst();
        var texts = new ArrayList<String>();
        for (var part : ((Any) this).parts()) {
            var one = part.mustEqual(column);
            if (one.isEmpty()) return Optional.empty();
            texts.addAll(one.get());
        }
        return Optional.of(texts);
    }
}
