package dev.caravan.clickstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.records.Extras;
import dev.caravan.records.Shown;
import dev.caravan.records.Texts;
import dev.caravan.records.Utf8;
import dev.caravan.records.Variant;
import dev.caravan.records.read.SourceRecord;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads clicks that are as most are, without a tree, a mapping and a schema: those of a {@linkplain Variant#plain plain} variant that use its
 * first names and break no rule. It gives what those would give, or nothing; then they are to be asked, which also say why not. Not
 * thread-safe.
 */
final class ClickReader {
    private static final int LONGEST_ID = 200;
    private static final int MOST_WHOLE_DIGITS = 12;
    private static final int MOST_FRACTION_DIGITS = 6;
    private static final long DAY = 86_400_000;
    private static final long UNKNOWN = Long.MIN_VALUE;

    /** As strict as {@link Json} but for members that come twice, which are looked at here. */
    private static final JsonFactory TOKENS =
            Json.mapper().getFactory().copy().disable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    /** What a member of a record is to a click. */
    private enum Part {
        ID,
        USER,
        SESSION,
        AT,
        TYPE,
        PAGE,
        USER_AGENT("userAgent"),
        IP,
        REFERRER,
        DEVICE,
        COUNTRY,
        PRODUCT,
        CATEGORY,
        PRICE,
        QUANTITY,
        CART_VALUE("cartValue");

        private static final Part[] ALL = values();
        private final String pointer;

        Part() {
            this.pointer = "/" + name().toLowerCase(Locale.ROOT);
        }

        Part(String name) {
            this.pointer = "/" + name;
        }
    }

    /** The members of an object: what each is, those that are passed over, those that make a record unusual, and objects within it. */
    private static final class Names {
        private final Map<String, Part> parts = new HashMap<>();
        private final Map<String, Names> objects = new HashMap<>();
        private final Set<String> ignored = new HashSet<>();
        private final Set<String> unusual = new HashSet<>();
    }

    private final Names names;
    private final String variant;
    private final Set<String> types;
    private final Clock clock;
    private final KnownTexts known = new KnownTexts(ClickReader::clean);
    private final String[] texts = new String[Part.ALL.length];
    private final double[] numbers = new double[Part.ALL.length];
    private final TreeMap<String, JsonNode> extras = new TreeMap<>();
    private final Set<String> others = new HashSet<>();
    private final Map<String, Long> extrasRead = new TreeMap<>();
    private int seen;
    private long time = UNKNOWN;
    private int lastDay;
    private long lastDayStart;

    /** What is not read here. One for all: where it was thrown nobody asks. */
    private static final class Unusual extends Exception {
        private static final Unusual ONE = new Unusual();

        private Unusual() {
            super("unusual", null, false, false);
        }
    }

    /**
     * @param variants all, in the order in which they are asked; the plain one among them is read here
     * @param types    known ones
     */
    ClickReader(List<Variant> variants, Set<String> types, Clock clock) {
        this.names = names(variants);
        this.variant = variants.stream()
                .filter(Variant::plain)
                .map(Variant::name)
                .findFirst()
                .orElse(null);
        this.types = Set.copyOf(types);
        this.clock = clock;
        Arrays.fill(numbers, Double.NaN);
    }

    /** Null when no variant is plain. */
    private static Names names(List<Variant> variants) {
        var plain = variants.stream().filter(Variant::plain).findFirst().orElse(null);
        if (plain == null) return null;
        var names = new Names();
        for (var part : Part.ALL) {
            var places = plain.sources().table().getOrDefault(part.pointer, List.of());
            if (places.isEmpty()) continue;
            if (!add(names, places.get(0), part)) return null;
            places.subList(1, places.size()).forEach(place -> addUnusual(names, place));
        }
        for (var place : plain.ignored()) {
            var segments = place.substring(1).split("/");
            if (segments.length > 1) return null;
            names.ignored.add(segments[0]);
        }
        for (var variant : variants) {
            if (variant == plain) continue;
            for (var places : variant.sources().table().values()) places.forEach(place -> addUnusual(names, place));
        }
        return names;
    }

    private static boolean add(Names names, String place, Part part) {
        var segments = place.substring(1).split("/");
        if (place.contains("*") || place.contains("~") || segments.length > 2) return false;
        var owner = segments.length == 1 ? names : names.objects.computeIfAbsent(segments[0], any -> new Names());
        owner.parts.put(segments[segments.length - 1], part);
        return true;
    }

    /** A name by which a record may belong to another spelling; those of the usual one are looked at first. */
    private static void addUnusual(Names names, String place) {
        var segments = place.substring(1).split("/");
        var owner = segments.length == 1 ? names : names.objects.getOrDefault(segments[0], names);
        owner.unusual.add(owner == names ? segments[0] : segments[1]);
    }

    /** The variant that is read here; null when none is plain. */
    String variant() {
        return variant;
    }

    /** How many of the clicks read since the last time have a field that is not read, by its pointer. */
    Map<String, Long> takeExtras() {
        var taken = Map.copyOf(extrasRead);
        extrasRead.clear();
        return taken;
    }

    /** The click; null when the record is not as most are. */
    Click read(SourceRecord record) {
        if (names == null || record.defect() != null || record.format() != SourceRecord.Format.JSON) return null;
        var bytes = record.bytes();
        if (bytes.length < 2 || bytes[0] != '{' || bytes[1] == 0 || Utf8.firstBadByte(bytes) >= 0) return null;
        try (var parser = TOKENS.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) return null;
            object(parser, names, "");
            return parser.nextToken() == null ? click() : null;
        } catch (Unusual | IOException e) {
            return null;
        } finally {
            Arrays.fill(texts, null);
            Arrays.fill(numbers, Double.NaN);
            if (!others.isEmpty()) others.clear();
            extras.clear();
            seen = 0;
            time = UNKNOWN;
        }
    }

    private void object(JsonParser parser, Names members, String pointer) throws IOException, Unusual {
        for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            var token = parser.nextToken();
            var part = members.parts.get(name);
            if (part != null) {
                once(part);
                value(parser, token, part);
            } else if (members.objects.containsKey(name)) {
                if (!others.add(name)) throw Unusual.ONE;
                if (token == JsonToken.START_OBJECT) object(parser, members.objects.get(name), pointer + "/" + name);
                else if (token != JsonToken.VALUE_NULL) throw Unusual.ONE;
            } else if (members.unusual.contains(name) || !others.add(pointer + "/" + name)) {
                throw Unusual.ONE;
            } else {
                var value = scalar(parser, token);
                if (!members.ignored.contains(name)) Extras.note(pointer, name, value, extras);
            }
        }
    }

    private void once(Part part) throws Unusual {
        int bit = 1 << part.ordinal();
        if ((seen & bit) != 0) throw Unusual.ONE;
        seen |= bit;
    }

    private void value(JsonParser parser, JsonToken token, Part part) throws IOException, Unusual {
        if (token == JsonToken.VALUE_NULL) return;
        switch (part) {
            case PRICE, QUANTITY, CART_VALUE -> numbers[part.ordinal()] = number(parser, token, part);
            case AT -> time = moment(parser, token);
            case ID, USER, SESSION -> {
                if (token != JsonToken.VALUE_STRING) throw Unusual.ONE;
                var id = clean(parser.getText());
                if (id.length() > LONGEST_ID) throw Unusual.ONE;
                texts[part.ordinal()] = id.isEmpty() ? null : id;
            }
            default -> {
                if (token != JsonToken.VALUE_STRING) throw Unusual.ONE;
                var text = known.of(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
                texts[part.ordinal()] = text.isEmpty() ? null : text;
            }
        }
    }

    private static String clean(String text) {
        return Texts.isPlain(text) ? text : Texts.clean(Shown.storable(text));
    }

    /** Digits with a point at most: what is surely within what the schema takes. */
    private static double number(JsonParser parser, JsonToken token, Part part) throws IOException, Unusual {
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) throw Unusual.ONE;
        var digits = parser.getTextCharacters();
        int from = parser.getTextOffset();
        int length = parser.getTextLength();
        int point = length;
        for (int i = 0; i < length; i++) {
            char c = digits[from + i];
            if (c == '.') point = i;
            else if (c < '0' || c > '9') throw Unusual.ONE;
        }
        boolean whole = point == length;
        if (point > (part == Part.QUANTITY ? 9 : MOST_WHOLE_DIGITS)
                || !whole && (part == Part.QUANTITY || length - point - 1 > MOST_FRACTION_DIGITS)) throw Unusual.ONE;
        return whole ? parser.getLongValue() : parser.getDoubleValue();
    }

    /** UTC with milliseconds, not too far in the future. */
    private long moment(JsonParser parser, JsonToken token) throws IOException, Unusual {
        var text = parser.getTextCharacters();
        int from = parser.getTextOffset();
        if (token != JsonToken.VALUE_STRING
                || parser.getTextLength() != 24
                || text[from] != '2'
                || text[from + 4] != '-'
                || text[from + 7] != '-'
                || text[from + 10] != 'T'
                || text[from + 13] != ':'
                || text[from + 16] != ':'
                || text[from + 19] != '.'
                || text[from + 23] != 'Z') throw Unusual.ONE;
        int day = (digits(text, from, 4) * 100 + digits(text, from + 5, 2)) * 100 + digits(text, from + 8, 2);
        int hours = digits(text, from + 11, 2);
        int minutes = digits(text, from + 14, 2);
        int seconds = digits(text, from + 17, 2);
        if (hours > 23 || minutes > 59 || seconds > 59) throw Unusual.ONE;
        long moment = start(day) + ((hours * 60L + minutes) * 60 + seconds) * 1000 + digits(text, from + 20, 3);
        if (moment - clock.millis() > ClickForm.FUTURE.toMillis()) throw Unusual.ONE;
        return moment;
    }

    private static int digits(char[] text, int from, int count) throws Unusual {
        int number = 0;
        for (int i = from; i < from + count; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) throw Unusual.ONE;
            number = number * 10 + digit;
        }
        return number;
    }

    /** When a day begins, given as the number of its eight digits; it is mostly that of the last click. */
    private long start(int day) throws Unusual {
        if (day != lastDay) {
            try {
                lastDayStart =
                        LocalDate.of(day / 10_000, day / 100 % 100, day % 100).toEpochDay() * DAY;
            } catch (DateTimeException e) {
                throw Unusual.ONE;
            }
            lastDay = day;
        }
        return lastDayStart;
    }

    private static JsonNode scalar(JsonParser parser, JsonToken token) throws IOException, Unusual {
        return switch (token) {
            case VALUE_STRING -> TextNode.valueOf(parser.getText());
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> IntNode.valueOf(parser.getIntValue());
                    case LONG -> LongNode.valueOf(parser.getLongValue());
                    default -> throw Unusual.ONE;
                };
            case VALUE_NUMBER_FLOAT -> DecimalNode.valueOf(parser.getDecimalValue());
            case VALUE_TRUE -> BooleanNode.TRUE;
            case VALUE_FALSE -> BooleanNode.FALSE;
            case VALUE_NULL -> NullNode.instance;
            default -> throw Unusual.ONE;
        };
    }

    private Click click() throws Unusual {
        var type = text(Part.TYPE);
        if (text(Part.ID) == null
                || text(Part.USER) == null && text(Part.SESSION) == null
                || time == UNKNOWN
                || type == null
                || !types.contains(type)) throw Unusual.ONE;
        if (!extras.isEmpty()) extras.keySet().forEach(pointer -> extrasRead.merge(pointer, 1L, Long::sum));
        return new Click(
                text(Part.ID),
                text(Part.USER),
                text(Part.SESSION),
                time,
                type,
                text(Part.PAGE),
                text(Part.REFERRER),
                text(Part.USER_AGENT),
                text(Part.IP),
                lowerCase(text(Part.DEVICE)),
                upperCase(text(Part.COUNTRY)),
                text(Part.PRODUCT),
                text(Part.CATEGORY),
                numbers[Part.QUANTITY.ordinal()],
                numbers[Part.PRICE.ordinal()],
                numbers[Part.CART_VALUE.ordinal()],
                extras.isEmpty() ? null : Json.object().setAll(extras).toString());
    }

    private String text(Part part) {
        return texts[part.ordinal()];
    }

    private static String lowerCase(String text) {
        return text == null ? null : text.toLowerCase(Locale.ROOT);
    }

    private static String upperCase(String text) {
        return text == null ? null : text.toUpperCase(Locale.ROOT);
    }
}
