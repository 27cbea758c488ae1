package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.records.read.Csv;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.records.read.SourceRecord.Format;
import dev.caravan.settings.Settings;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Takes people out of records: the id becomes the pseudonym, and what the person alone is known by becomes {@value #ERASED}. All else stays, such as
 * amounts, dates, products and the country, so that sums do. Where a record cannot be read, nothing of it is left.
 */
public final class Redaction {
    /** What stands for what was told of a person. */
    public static final String ERASED = "erased";

    /** A record of this size is in memory; a larger one was refused when it came. */
    private static final ReaderLimits LIMITS = new ReaderLimits(64 << 20, 64 << 10, 64L << 30, 1100);

    private final Set<String> personal;
    private final Set<String> places;
    private final Set<String> goods;
    private final Set<String> users;
    private final Set<String> sessions;

    /**
     * @param personal names of members and columns that tell of a person, in any spelling: {@code ipAddress} is {@code ip_address}
     * @param places   names of those in an address, or whatever else is personal as a whole, that stay
     * @param goods    names of members that tell of things: nothing in them is personal
     * @param users    names of those that say who it was
     * @param sessions names of those that say in which session of the tracker
     */
    private Redaction(
            Set<String> personal, Set<String> places, Set<String> goods, Set<String> users, Set<String> sessions) {
        this.personal = personal;
        this.places = places;
        this.goods = goods;
        this.users = users;
        this.sessions = sessions;
    }

    /**
     * From {@code erasure.personal-fields}, {@code erasure.place-fields}, {@code erasure.goods-fields}, {@code erasure.user-fields} and
     * {@code erasure.session-fields}.
     */
    public static Redaction of(Settings settings) {
        return new Redaction(
                names(settings, "erasure.personal-fields"),
                names(settings, "erasure.place-fields"),
                names(settings, "erasure.goods-fields"),
                names(settings, "erasure.user-fields"),
                names(settings, "erasure.session-fields"));
    }

    private static Set<String> names(Settings settings, String setting) {
        return Arrays.stream(settings.text(setting).split(","))
                .map(Redaction::plain)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String plain(String name) {
        // Of a pointer, as extras are named by, what it points to.
        return name.substring(name.lastIndexOf('/') + 1)
                .replaceAll("[^\\p{L}\\p{N}]", "")
                .toLowerCase(Locale.ROOT);
    }

    /**
     * Whether a member or column of that name tells of a person, or is in one that does and is no place.
     *
     * @param name of it, or a pointer to it
     */
    public boolean isPersonal(String name) {
        var plain = plain(name);
        if (personal.contains(plain)) return true;
        if (places.contains(plain)) return false;
        int slash = name.lastIndexOf('/');
        return slash > 0 && isPersonal(name.substring(0, slash));
    }

    /** A record without them. @param people sessions last; the record is the same for none */
    public SourceRecord of(SourceRecord record, Set<Person> people) {
        if (people.isEmpty()) return record;
        return new SourceRecord(
                record.index(),
                record.line(),
                record.format() == Format.CSV ? rows(record, people) : json(record, people),
                record.defect(),
                record.format(),
                record.header());
    }

    private byte[] json(SourceRecord record, Set<Person> people) {
        try {
            if (record.defect() == null) {
                var whole = Json.read(record.bytes());
                var value = whole;
                for (var person : people) value = of(value, person);
                return value.equals(whole) ? record.bytes() : Json.bytes(value);
            }
        } catch (BadMessage e) {
            // What cannot be read cannot be redacted either.
        }
        return nothing(people).toString().getBytes(UTF_8);
    }

    private static ObjectNode nothing(Set<Person> people) {
        return Json.object()
                .put(ERASED, people.stream().map(Person::pseudonym).sorted().collect(Collectors.joining(" ")));
    }

    /**
     * A value without the person. Of an object in which a value is their id, all that is personal goes; where a text only mentions the id, the pseudonym
     * stands for it, and so it does where somebody else did something in a session of theirs. The parts of a list are each by themselves.
     */
    public JsonNode of(JsonNode value, Person person) {
        if (isAbout(value, person) && !(person.isSession() && isOfSomebodyElse(value))) return without(value, person);
        if (value instanceof ObjectNode object) {
            var redacted = Json.object();
            object.properties().forEach(member -> redacted.set(member.getKey(), of(member.getValue(), person)));
            return redacted;
        }
        if (value instanceof ArrayNode list) {
            var redacted = Json.array();
            list.forEach(item -> redacted.add(of(item, person)));
            return redacted;
        }
        return value.isTextual() ? TextNode.valueOf(person.replaceIn(value.textValue())) : value;
    }

    /**
     * Takes the person out of a reason for which a record was refused, or warned of: the value that broke a rule stands in the message, too.
     *
     * @param theirs whether the record is about the person
     */
    public void redact(ObjectNode reason, boolean theirs, Person person) {
        if (theirs && isPersonal(reason.path("pointer").asText())) {
            reason.put("message", ERASED).put("value", ERASED);
            return;
        }
        reason.put("message", person.replaceIn(reason.path("message").asText()));
        if (reason.has("value")) reason.set("value", of(reason.get("value"), person));
    }

    /** Whether a value in it is their id, other than in a list of objects. */
    public static boolean isAbout(JsonNode value, Person person) {
        if (value.isObject()) return value.valueStream().anyMatch(member -> isAbout(member, person));
        if (value.isArray()) return value.valueStream().anyMatch(item -> item.isValueNode() && isAbout(item, person));
        return (value.isNumber() || value.isTextual()) && value.asText().equals(person.id());
    }

    /** Whether it says who it was: whoever was erased is only a pseudonym by then. */
    private boolean isOfSomebodyElse(JsonNode value) {
        return value.properties().stream()
                .anyMatch(member -> users.contains(plain(member.getKey())) && isUser(member.getValue())
                        || member.getValue().isObject() && isOfSomebodyElse(member.getValue()));
    }

    private static boolean isUser(JsonNode value) {
        return value.isValueNode() && !value.isNull() && isUser(value.asText());
    }

    private static boolean isUser(String id) {
        return !id.isBlank() && !Person.isPseudonym(id);
    }

    /**
     * The sessions in which a record says that the person did something.
     *
     * @return ids as they stand there, in no order; empty when it says nothing of one
     */
    public Set<String> sessions(SourceRecord record, Person person) {
        var found = new HashSet<String>();
        if (record.defect() != null) return found;
        try {
            if (record.format() == Format.JSON) addSessions(Json.read(record.bytes()), person, found);
            else addSessions(Csv.cells(record.header()), record, person, found);
        } catch (BadMessage | IllegalArgumentException e) {
            // What cannot be read says nothing.
        }
        return found;
    }

    private void addSessions(JsonNode value, Person person, Set<String> to) {
        if (value.isArray()) value.forEach(item -> addSessions(item, person, to));
        if (!value.isObject() || !isAbout(value, person)) return;
        value.properties().forEach(member -> {
            if (sessions.contains(plain(member.getKey())) && member.getValue().isTextual())
                to.add(member.getValue().textValue());
            addSessions(member.getValue(), person, to);
        });
    }

    private void addSessions(List<String> names, SourceRecord row, Person person, Set<String> to) {
        var cells = Csv.cells(new String(row.bytes(), UTF_8));
        if (!cells.contains(person.id())) return;
        for (int i = 0; i < Math.min(names.size(), cells.size()); i++)
            if (sessions.contains(plain(names.get(i)))) to.add(cells.get(i));
    }

    private JsonNode without(JsonNode value, Person person) {
        if (value instanceof ObjectNode object) {
            var redacted = Json.object();
            for (var member : object.properties()) {
                var name = member.getKey();
                redacted.set(
                        name,
                        goods.contains(plain(name))
                                ? of(member.getValue(), person)
                                : isPersonal(name)
                                        ? blank(member.getValue(), person)
                                        : without(member.getValue(), person));
            }
            return redacted;
        }
        if (value.isArray()) {
            var redacted = Json.array();
            value.forEach(item -> redacted.add(without(item, person)));
            return redacted;
        }
        if (value.isNumber()) return value.asText().equals(person.id()) ? TextNode.valueOf(person.pseudonym()) : value;
        return value.isTextual() ? TextNode.valueOf(person.replaceIn(value.textValue())) : value;
    }

    /** Of an object under a personal name only places stay: of an address, the country. */
    private JsonNode blank(JsonNode value, Person person) {
        if (value instanceof ObjectNode object) {
            var redacted = Json.object();
            for (var member : object.properties())
                redacted.set(
                        member.getKey(),
                        places.contains(plain(member.getKey()))
                                ? without(member.getValue(), person)
                                : blank(member.getValue(), person));
            return redacted;
        }
        if (value.isNull() || value.isTextual() && value.textValue().isBlank()) return value;
        if (value.isTextual() && value.textValue().equals(person.id())) return TextNode.valueOf(person.pseudonym());
        return value.isTextual() ? TextNode.valueOf(ERASED) : NullNode.getInstance();
    }

    /** Rows of CSV, each by itself: those of others stay as they are. */
    private byte[] rows(SourceRecord record, Set<Person> people) {
        var rows = new ByteArrayOutputStream();
        var header = (record.header() + "\n").getBytes(UTF_8);
        var all = Arrays.copyOf(header, header.length + record.bytes().length);
        System.arraycopy(record.bytes(), 0, all, header.length, record.bytes().length);
        try (var reader = new RecordReader(new ByteArrayInputStream(all), LIMITS)) {
            while (reader.hasNext()) {
                if (rows.size() > 0) rows.write('\n');
                rows.writeBytes(row(reader.next(), people));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows.toByteArray();
    }

    private byte[] row(SourceRecord row, Set<Person> people) {
        var text = new String(row.bytes(), UTF_8);
        var names = Csv.cells(row.header());
        List<String> cells;
        try {
            cells = row.defect() == null ? new ArrayList<>(Csv.cells(text)) : List.of();
        } catch (IllegalArgumentException e) {
            cells = List.of();
        }
        if (cells.isEmpty())
            return (nothing(people).path(ERASED).asText() + ",".repeat(names.size() - 1)).getBytes(UTF_8);
        for (var person : people) {
            boolean theirs =
                    (cells.contains(person.id()) || cells.stream().anyMatch(cell -> isAbout(read(cell), person)))
                            && !(person.isSession() && isOfSomebodyElse(names, cells));
            for (int i = 0; i < cells.size(); i++)
                cells.set(
                        i,
                        theirs
                                ? cell(i < names.size() ? names.get(i) : "", cells.get(i), person)
                                : person.replaceIn(cells.get(i)));
        }
        return cells.stream().map(Csv::cell).collect(Collectors.joining(",")).getBytes(UTF_8);
    }

    private boolean isOfSomebodyElse(List<String> names, List<String> cells) {
        for (int i = 0; i < Math.min(names.size(), cells.size()); i++)
            if (users.contains(plain(names.get(i))) && isUser(cells.get(i))) return true;
        return false;
    }

    private String cell(String name, String cell, Person person) {
        var value = read(cell);
        if (value.isContainerNode()) {
            var redacted = goods.contains(plain(name)) ? of(value, person) : without(value, person);
            return redacted.equals(value) ? cell : redacted.toString();
        }
        if (!personal.contains(plain(name)) || cell.isBlank()) return person.replaceIn(cell);
        return cell.equals(person.id()) ? person.pseudonym() : ERASED;
    }

    /** What a cell holds when that is JSON, otherwise nothing. */
    private static JsonNode read(String cell) {
        if (!cell.startsWith("{") && !cell.startsWith("[")) return NullNode.getInstance();
        try {
            return Json.read(cell);
        } catch (BadMessage e) {
            return NullNode.getInstance();
        }
    }

    /**
     * A body without them: a record, an array, NDJSON or CSV, packed by gzip or not.
     *
     * @param people who of those to be taken out is in a record, sessions last
     * @return empty when nobody is in it
     */
    public Optional<byte[]> of(byte[] body, Function<SourceRecord, Set<Person>> people) {
        var redacted = new ByteArrayOutputStream(body.length);
        try {
            return of(new ByteArrayInputStream(body), redacted, people) > 0
                    ? Optional.of(redacted.toByteArray())
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A file without them. Its records keep their numbers, and those of others their bytes; what separates them may be written another way. One
     * record at a time is in memory.
     *
     * @param in     to its end; not closed
     * @param out    gets all of it, changed or not
     * @param people who of those to be taken out is in a record, sessions last
     * @return how many records were changed
     */
    public long of(InputStream in, OutputStream out, Function<SourceRecord, Set<Person>> people) throws IOException {
        var source = new BufferedInputStream(in);
        source.mark(2);
        boolean packed = source.read() == 0x1f && source.read() == 0x8b;
        source.reset();
        if (!packed) return plainly(source, out, people);
        try (var packing = new GZIPOutputStream(new Unclosed(out))) {
            return plainly(new BufferedInputStream(new GZIPInputStream(source)), packing, people);
        }
    }

    private long plainly(BufferedInputStream in, OutputStream out, Function<SourceRecord, Set<Person>> people)
            throws IOException {
        boolean array = isArray(in);
        long changed = 0;
        boolean first = true;
        var reader = new RecordReader(in, LIMITS);
        while (reader.hasNext()) {
            var record = reader.next();
            if (first && record.format() == Format.CSV) out.write((record.header() + "\n").getBytes(UTF_8));
            if (first && array) out.write("[\n".getBytes(UTF_8));
            if (!first && array) out.write(",\n".getBytes(UTF_8));
            first = false;
            var found = people.apply(record);
            var redacted = found.isEmpty() ? record : of(record, found);
            var bytes = record.defect() == null || !array && found.isEmpty()
                    ? redacted.bytes()
                    : nothing(found).toString().getBytes(UTF_8);
            if (!found.isEmpty() && !Arrays.equals(bytes, record.bytes())) changed++;
            out.write(bytes);
            if (!array) out.write('\n');
        }
        if (array) out.write((first ? "[]\n" : "\n]\n").getBytes(UTF_8));
        return changed;
    }

    /** Looks at the beginning and goes back. */
    private static boolean isArray(BufferedInputStream in) throws IOException {
        in.mark(1 << 16);
        var beginning = in.readNBytes(1 << 12);
        in.reset();
        for (byte letter : beginning) if (letter > ' ') return letter == '[';
        return false;
    }

    private static final class Unclosed extends java.io.FilterOutputStream {
        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
