package dev.caravan.records;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.json.Json;
import dev.caravan.records.read.Csv;
import dev.caravan.records.read.SourceRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a record's bytes into a tree, strictly: UTF-8, one value, no key twice, no deeper than {@link Json#MAX_DEPTH}. */
public final class RecordParser {
    private static final int MOST_COMPARED = 64;
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    /** The record is unreadable; the reason says why. */
    public static final class Unreadable extends Exception {
        private final transient Reason reason;

        Unreadable(Reason reason) {
            super(reason.message(), null, false, false);
            this.reason = reason;
        }

        /** Why. */
        public Reason reason() {
            return reason;
        }
    }

    private final JsonParser parser;
    private String[] names = new String[256];
    private int nameCount;

    /** The keys of objects with many, by where those begin in {@link #names}. */
    private final Map<Integer, Set<String>> large = new HashMap<>();

    /** @param parser without its own detection of duplicate keys, which costs a set per object */
    private RecordParser(JsonParser parser) {
        this.parser = parser.disable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    }

    /**
     * The record as a tree; a CSV row as an object by column.
     *
     * @param projection which parts of a JSON record are kept
     * @throws Unreadable when it breaks a {@link CoreRule}
     */
    public static JsonNode parse(SourceRecord record, Projection projection) throws Unreadable {
        var bytes = record.bytes();
        int bad = Utf8.firstBadByte(bytes);
        if (bad >= 0) {
            throw new Unreadable(CoreRule.RECORD_NOT_UTF8.reason(
                    "byte " + bad + " of the record, 0x" + Integer.toHexString(bytes[bad] & 0xff) + ", is not UTF-8",
                    bytes));
        }
        return record.format() == SourceRecord.Format.CSV ? row(record) : json(bytes, projection);
    }

    private static JsonNode row(SourceRecord record) throws Unreadable {
        var text = new String(record.bytes(), StandardCharsets.UTF_8);
        List<String> cells;
        try {
            cells = Csv.cells(text);
        } catch (IllegalArgumentException e) {
            throw new Unreadable(CoreRule.CSV_QUOTES.reason("", e.getMessage(), text));
        }
        var columns = Csv.cells(record.header());
        if (cells.size() != columns.size()) {
            throw new Unreadable(CoreRule.CSV_COLUMNS.reason(
                    "", "the row has " + cells.size() + " cells, the header row " + columns.size(), text));
        }
        var row = NODES.objectNode();
        for (int i = 0; i < cells.size(); i++) row.put(columns.get(i).strip(), cells.get(i));
        return row;
    }

    private static JsonNode json(byte[] bytes, Projection projection) throws Unreadable {
        // Jackson would take zero bytes for UTF-16 or UTF-32.
        if (bytes.length > 0 && (bytes[0] == 0 || bytes.length > 1 && bytes[1] == 0)) {
            throw new Unreadable(CoreRule.RECORD_MALFORMED.reason("the record starts with zero bytes", bytes));
        }
        try (var parser = Json.mapper().createParser(bytes)) {
            try {
                if (parser.nextToken() == null)
                    throw new Unreadable(CoreRule.RECORD_MALFORMED.reason("the record is empty"));
                var value = new RecordParser(parser).value(projection);
                if (parser.nextToken() != null) {
                    throw new Unreadable(
                            CoreRule.RECORD_MALFORMED.reason("there is something behind the record's value", bytes));
                }
                return value;
            } catch (JsonProcessingException e) {
                throw new Unreadable(reason(e, parser, bytes));
            } catch (IllegalStateException e) {
                // Jackson's guard against keys made to collide.
                throw new Unreadable(CoreRule.RECORD_MALFORMED.reason(
                        "the record's keys cannot be told apart: " + e.getMessage(), bytes));
            }
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    /** The value at the parser's token; the parser is then on its last one. */
    private JsonNode value(Projection projection) throws IOException, Unreadable {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(projection);
            case START_ARRAY -> {
                var array = NODES.arrayNode();
                var item = projection.item();
                while (parser.nextToken() != JsonToken.END_ARRAY) array.add(value(item));
                yield array;
            }
            case VALUE_STRING -> NODES.textNode(parser.getText());
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> NODES.numberNode(parser.getIntValue());
                    case LONG -> NODES.numberNode(parser.getLongValue());
                    default -> NODES.numberNode(parser.getBigIntegerValue());
                };
            case VALUE_NUMBER_FLOAT -> DecimalNode.valueOf(parser.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private JsonNode object(Projection projection) throws IOException, Unreadable {
        var object = NODES.objectNode();
        int first = nameCount;
        for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            add(name, first);
            parser.nextToken();
            var member = projection.member(name);
            if (member == null) {
                skip();
            } else {
                object.set(name, value(member));
            }
        }
        forget(first);
        return object;
    }

    /** Passes over the value at the parser's token, as strictly as if it were kept. */
    private void skip() throws IOException, Unreadable {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                int first = nameCount;
                for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    add(name, first);
                    parser.nextToken();
                    skip();
                }
                forget(first);
            }
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) skip();
            }
            default -> {}
        }
    }

    /** Notes a key of the current object, whose keys are those from {@code first} on. */
    private void add(String name, int first) throws Unreadable {
        if (isRepeated(name, first)) {
            var pointer = parser.getParsingContext().pathAsPointer().toString();
            var message = "the key \"" + Shown.text(name).textValue() + "\" is there twice";
            throw new Unreadable(CoreRule.RECORD_DUPLICATE_KEY.reason(Shown.storable(pointer), message, name));
        }
        if (nameCount == names.length) names = Arrays.copyOf(names, 2 * nameCount);
        names[nameCount++] = name;
    }

    /** Comparing is cheaper than a set as long as an object is small: Jackson gives the same key as the same string, hashed already. */
    private boolean isRepeated(String name, int first) {
        if (nameCount - first >= MOST_COMPARED) {
            return !large.computeIfAbsent(
                            first, any -> new HashSet<>(Arrays.asList(names).subList(first, nameCount)))
                    .add(name);
        }
        int hash = name.hashCode();
        for (int i = first; i < nameCount; i++) {
            if (names[i].hashCode() == hash && names[i].equals(name)) return true;
        }
        return false;
    }

    private void forget(int first) {
        if (nameCount - first > MOST_COMPARED) large.remove(first);
        nameCount = first;
    }

    private static Reason reason(JsonProcessingException failure, JsonParser parser, byte[] bytes) {
        var message = failure.getOriginalMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getOriginalMessage().lines().findFirst().orElse("");
        var rule = CoreRule.RECORD_MALFORMED;
        if (failure instanceof StreamConstraintsException && message.contains("nesting depth")) {
            rule = CoreRule.RECORD_TOO_DEEP;
            message = "the record nests deeper than " + Json.MAX_DEPTH + " levels";
        }
        var at = failure.getLocation();
        var pointer = parser.getParsingContext().pathAsPointer().toString();
        var where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + " of the record)";
        return rule.reason(Shown.storable(pointer), Shown.text(message).textValue() + where, Shown.bytes(bytes));
    }
}
