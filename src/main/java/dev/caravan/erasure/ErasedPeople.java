package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.ledger.Upload;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The people who were erased, as whoever takes records in has to know them: what comes of one of them goes on without them. They are known by a
 * salted hash of their id; the ids themselves are not kept.
 */
public final class ErasedPeople {
    private final Database database;
    private final Redaction redaction;
    private final Duration age;
    private volatile long refreshedAt;
    private volatile Known known = new Known("", Map.of());

    /**
     * What is known of the list.
     *
     * @param version differs when another is or is not on it
     * @param entries marks and pseudonyms by fingerprint
     */
    private record Known(String version, Map<Integer, List<Entry>> entries) {}

    private record Entry(Mark mark, String pseudonym, boolean isSession) {
        Person person(String id) {
            return isSession ? Person.session(id, pseudonym) : new Person(id, pseudonym);
        }
    }

    /** @param age how old the list may be that records are compared with */
    public ErasedPeople(Database database, Redaction redaction, Duration age) {
        this.database = database;
        this.redaction = redaction;
        this.age = age;
        this.refreshedAt = System.nanoTime() - age.toNanos();
    }

    /** With {@code erasure.list-milliseconds} and what {@link Redaction#of(Settings)} reads. */
    public static ErasedPeople of(Database database, Settings settings) {
        return new ErasedPeople(database, Redaction.of(settings), settings.duration("erasure.list-milliseconds"));
    }

    /** How records are changed. */
    public Redaction redaction() {
        return redaction;
    }

    /**
     * Who of them is in some bytes, with the id as it stands there, sessions last; nobody in nearly all. The list is as it was when it was
     * {@linkplain #refresh looked at} last.
     */
    public Set<Person> in(byte[] bytes) {
        var entries = known.entries();
        if (entries.isEmpty()) return Set.of();
        Set<Person> found = null;
        int at = 0;
        while (at < bytes.length) {
            if (!Mark.isWord(bytes[at])) {
                at++;
                continue;
            }
            int start = at;
            while (at < bytes.length && Mark.isWord(bytes[at])) at++;
            found = find(entries, bytes, start, at, found);
            int behind = Mark.behindEscape(bytes, start);
            if (behind > start && behind < at) found = find(entries, bytes, behind, at, found);
        }
        return found == null ? Set.of() : found;
    }

    /** @param found so far; null when nobody is */
    private static Set<Person> find(
            Map<Integer, List<Entry>> entries, byte[] bytes, int start, int end, Set<Person> found) {
        int fingerprint = Mark.begin();
        for (int at = start; at < end; at++) fingerprint = Mark.next(fingerprint, bytes[at]);
        var all = found;
        for (var entry : entries.getOrDefault(fingerprint, List.of())) {
            int from = start - entry.mark().lead();
            if (!entry.mark().isAt(bytes, from)) continue;
            if (all == null) all = new TreeSet<>(Person.SESSIONS_LAST);
            all.add(entry.person(new String(bytes, from, entry.mark().length(), UTF_8)));
        }
        return all;
    }

    /** The person, when it is one of them. */
    public Optional<Person> find(String id) {
        return listed(id).filter(person -> !person.isSession());
    }

    /** Who has the id, of them and their sessions. */
    Optional<Person> listed(String id) {
        return in(id.getBytes(UTF_8)).stream()
                .filter(person -> person.id().equals(id))
                .findFirst();
    }

    /** Looks whether there are more by now. */
    public ErasedPeople refresh() {
        database.write(this::refresh);
        return this;
    }

    private void refreshIfOld() {
        if (System.nanoTime() - refreshedAt < age.toNanos()) return;
        refresh();
        refreshedAt = System.nanoTime();
    }

    private void refresh(Handle db) {
        var version = db.createQuery("""
                select count(*) || ' ' || coalesce(sum(hashtext(pseudonym)), 0)
                from (select pseudonym from erasure.erasure union all select pseudonym from erasure.session) listed""").mapTo(String.class).one();
        if (version.equals(known.version())) return;
        var entries = new HashMap<Integer, List<Entry>>();
        db.createQuery("""
                select salt, hash, fingerprint, lead, length, pseudonym, false from erasure.erasure
                union all select salt, hash, fingerprint, lead, length, pseudonym, true from erasure.session""")
                .map((row, context) -> new Entry(
                        new Mark(row.getBytes(1), row.getBytes(2), row.getInt(3), row.getInt(4), row.getInt(5)),
                        row.getString(6),
                        row.getBoolean(7)))
                .forEach(entry -> entries.computeIfAbsent(entry.mark().fingerprint(), any -> new ArrayList<>())
                        .add(entry));
        known = new Known(version, entries);
    }

    /**
     * Records as they may be taken in: those of somebody erased without them. The upload's bytes are noted to be gone through, too.
     *
     * @param records of a file, in index order
     */
    public List<SourceRecord> without(Upload upload, List<SourceRecord> records) {
        refreshIfOld();
        if (known.entries().isEmpty()) return records;
        var redacted = records.stream().map(this::without).toList();
        for (int i = 0; i < records.size(); i++)
            if (redacted.get(i) != records.get(i)) {
                note(upload.id());
                return redacted;
            }
        return records;
    }

    private SourceRecord without(SourceRecord record) {
        var people = in(record.bytes());
        return people.isEmpty() ? record : redaction.of(record, people);
    }

    private void note(UUID upload) {
        database.write(db -> db.execute(
                "insert into erasure.look (upload, since) values (?, now()) on conflict do nothing", upload));
    }

    /**
     * A body as it may be taken in.
     *
     * @return the same when nobody erased is in it
     */
    public byte[] without(byte[] body) {
        refreshIfOld();
        return known.entries().isEmpty()
                ? body
                : redaction.of(body, record -> in(record.bytes())).orElse(body);
    }
}
