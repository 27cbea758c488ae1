package dev.caravan.erasure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.caravan.erasure.Erasable.Erased;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Erases people: store by store, each in a transaction of its own with the note that it is done, round by round until one finds nothing and a scan of
 * all tables agrees. Whatever stops it, it goes on where it was. What is left is the certificate, which does not say who it was, and a salted hash by
 * which records of the same person are known when they come again.
 */
public final class Erasures {
    private static final Logger LOG = LoggerFactory.getLogger(Erasures.class);

    /** Any number, the same in all instances: who has this advisory lock works. */
    private static final long WORKING = 0x6572617365L;

    private static final String PREFIX = "erasures/";

    private final Database database;
    private final S3Client s3;
    private final String archive;
    private final List<Erasable> stores;
    private final Supplier<List<Elsewhere>> elsewhere;
    private final ErasedSessions sessions;
    private final ErasedPeople people;
    private final Audit audit;
    private final Duration settle;
    private final Clock clock;

    /**
     * @param archive   bucket
     * @param stores    in the order in which they are gone through
     * @param elsewhere asked when an erasure ends, for its certificate
     * @param settle    how long records that are being read while somebody is put on the list may take until they are stored
     */
    public Erasures(
            Database database,
            S3Client s3,
            String archive,
            List<Erasable> stores,
            Supplier<List<Elsewhere>> elsewhere,
            ErasedSessions sessions,
            ErasedPeople people,
            Audit audit,
            Duration settle,
            Clock clock) {
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
        this.stores = List.copyOf(stores);
        this.elsewhere = elsewhere;
        this.sessions = sessions;
        this.people = people;
        this.audit = audit;
        this.settle = settle;
        this.clock = clock;
    }

    /**
     * An erasure.
     *
     * @param subject     null once nothing is left of them
     * @param certificate null until then
     */
    private record Row(
            UUID id,
            String subject,
            String pseudonym,
            Mark mark,
            Instant askedAt,
            String askedBy,
            String why,
            int position,
            boolean news,
            List<String> rests,
            JsonNode leftOver,
            JsonNode certificate) {
        static Row of(ResultSet row) throws SQLException {
            return new Row(
                    row.getObject("id", UUID.class),
                    row.getString("subject"),
                    row.getString("pseudonym"),
                    new Mark(
                            row.getBytes("salt"),
                            row.getBytes("hash"),
                            row.getInt("fingerprint"),
                            row.getInt("lead"),
                            row.getInt("length")),
                    row.getObject("asked_at", OffsetDateTime.class).toInstant(),
                    row.getString("asked_by"),
                    row.getString("why"),
                    row.getInt("position"),
                    row.getBoolean("news"),
                    List.of((String[]) row.getArray("rests").getArray()),
                    json(row.getString("left_over")),
                    json(row.getString("certificate")));
        }

        private static JsonNode json(String text) {
            return text == null ? null : Json.read(text);
        }

        Person person() {
            return new Person(subject, pseudonym);
        }

        boolean done() {
            return certificate != null && subject == null;
        }
    }

    /**
     * Begins to erase somebody, in the caller's transaction. Who is being erased is not begun with again; for who was, everything is looked through
     * once more. Whether anybody is known by the id shows only then: to look through everything takes its time.
     *
     * @param by  who wants it
     * @param why the reason, without the person
     * @return the erasure
     * @throws BadMessage when it is no id
     */
    public UUID begin(Handle db, String id, String by, String why) {
        if (!Mark.isFit(id))
            throw new BadMessage(
                    "an id is a text of at most 200 characters with a letter or digit in it, without quotation marks, backslashes and blanks around it");
        db.execute("select pg_advisory_xact_lock(?)", WORKING + 1);
        var known = people.refresh().find(id);
        if (known.isPresent()) return again(db, known.get());
        var erasure = UuidCreator.getTimeOrderedEpoch(clock.instant());
        insert(db, erasure, sessions.pseudonym(id), Mark.of(id), clock.instant(), by, why);
        work(db, erasure, id);
        audit.add(db, by, "erase", erasure.toString(), why);
        return erasure;
    }

    /** Somebody who is on the list already. */
    private UUID again(Handle db, Person person) {
        var erasure = db.createQuery("select id from erasure.erasure where pseudonym = :pseudonym for update")
                .bind("pseudonym", person.pseudonym())
                .mapTo(UUID.class)
                .one();
        if (row(db, erasure).orElseThrow().done()) work(db, erasure, person.id());
        return erasure;
    }

    private static void insert(
            Handle db, UUID id, String pseudonym, Mark mark, Instant askedAt, String by, String why) {
        db.createUpdate("""
                insert into erasure.erasure (id, pseudonym, salt, hash, fingerprint, lead, length, asked_at, asked_by, why, state)
                values (:id, :pseudonym, :salt, :hash, :fingerprint, :lead, :length, :at, :by, :why, 'working')""")
                .bind("id", id)
                .bind("pseudonym", pseudonym)
                .bind("salt", mark.salt())
                .bind("hash", mark.hash())
                .bind("fingerprint", mark.fingerprint())
                .bind("lead", mark.lead())
                .bind("length", mark.length())
                .bind("at", askedAt)
                .bind("by", by)
                .bind("why", why)
                .execute();
    }

    /** From now on the worker goes through all stores, and through the bytes of all uploads and files of clicks that people may be in. */
    private void work(Handle db, UUID erasure, String id) {
        db.createUpdate("""
                update erasure.erasure set subject = :id, state = 'working', position = 0, news = true, rests = '{}', done_at = null, left_over = null
                where id = :erasure""").bind("id", id).bind("erasure", erasure).execute();
        look(db, List.of("orders", "customers", "clickstream"));
    }

    /** Of uploads that were not understood nobody knows whose they are. */
    private void look(Handle db, List<String> flows) {
        db.createUpdate("""
                insert into erasure.look (upload, since)
                select id, :now from ledger.upload u where flow in (<flows>)
                  or exists (select from quarantine.record q where q.upload = u.id and q.format = 'UPLOAD')
                on conflict (upload) do update set since = excluded.since""")
                .bind("now", clock.instant())
                .bindList("flows", flows)
                .execute();
        db.execute("""
                insert into erasure.click_file (day, first_page) select day, first_page from archive.clicks_part
                on conflict (day, first_page) do update set first_page = excluded.first_page""");
    }

    /** Goes on with all that is to be erased, as far as that is possible now. One instance works at a time. */
    public void work() {
        while (database.transaction(this::step)) {
            // Each step is safe before the next one.
        }
    }

    /** @return whether there may be more to do at once */
    private boolean step(Handle db) {
        if (!Database.tryLock(db, WORKING)) return false;
        var next = db.createQuery(
                        "select * from erasure.erasure where state = 'working' and subject is not null order by left_over is not null, asked_at limit 1")
                .map((row, context) -> Row.of(row))
                .findOne();
        if (next.isEmpty()) {
            people.refresh();
            var swept = stores.get(0).erase(db, new Person("", ""));
            return !swept.found().isEmpty();
        }
        var row = next.get();
        if (row.position() < stores.size()) {
            take(db, row, stores.get(row.position()));
            return true;
        }
        return !end(db, row);
    }

    private void take(Handle db, Row row, Erasable store) {
        people.refresh();
        var erased = store.erase(db, row.person().with(sessions(db, row)));
        // Of a round that finds nothing more there is nothing to tell.
        if (!erased.found().isEmpty() || !hasFound(db, row.id(), store)) note(db, row.id(), store, erased);
        db.createUpdate("""
                update erasure.erasure set position = position + 1, news = news or :news,
                  rests = case when cast(:rest as text) is null then rests else rests || cast(:rest as text) end where id = :id""")
                .bind("news", !erased.found().isEmpty())
                .bind("rest", erased.rest())
                .bind("id", row.id())
                .execute();
    }

    private static List<Person> sessions(Handle db, Row row) {
        return db.createQuery(
                        "select subject, pseudonym from erasure.session where erasure = :id and subject is not null order by pseudonym")
                .bind("id", row.id())
                .map((session, context) -> Person.session(session.getString(1), session.getString(2)))
                .list();
    }

    private static boolean hasFound(Handle db, UUID erasure, Erasable store) {
        return db.createQuery(
                                "select count(*) from erasure.step where erasure = :id and store = :store and found <> '{}'")
                        .bind("id", erasure)
                        .bind("store", store.store())
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    private void note(Handle db, UUID erasure, Erasable store, Erased erased) {
        var found = db.createQuery("select found from erasure.step where erasure = :id and store = :store")
                .bind("id", erasure)
                .bind("store", store.store())
                .mapTo(String.class)
                .findOne()
                .map(text -> (ObjectNode) Json.read(text))
                .orElseGet(Json::object);
        erased.found().forEach((kind, count) -> found.put(kind, found.path(kind).asLong() + count));
        db.createUpdate("""
                insert into erasure.step (erasure, store, found, did, at) values (:id, :store, cast(:found as jsonb), :did, :now)
                on conflict (erasure, store) do update set found = excluded.found, did = excluded.did, at = excluded.at""")
                .bind("id", erasure)
                .bind("store", store.store())
                .bind("found", found.toString())
                .bind("did", erased.did())
                .bind("now", clock.instant())
                .execute();
    }

    /** A round is over. @return whether nothing more can be done at once */
    private boolean end(Handle db, Row row) {
        var now = clock.instant();
        if (now.isBefore(row.askedAt().plus(settle))) return true;
        var adopted = adopted(db, row);
        if (adopted.isPresent() && now.isBefore(adopted.get().plus(settle))) return true;
        if (adopted.isPresent()) spread(db, row);
        if (adopted.isPresent() || row.news()) {
            round(db, row.id());
            return false;
        }
        // Reads all there is: not before nothing is waited for.
        var left = row.rests().isEmpty() ? left(db, row) : Map.<String, Long>of();
        if (left.isEmpty() && row.rests().isEmpty()) {
            finish(db, row, now);
            return false;
        }
        var said = Json.object();
        left.forEach(said::put);
        if (!row.rests().isEmpty()) row.rests().forEach(said.putArray("waitsFor")::add);
        db.createUpdate("update erasure.erasure set left_over = cast(:left as json) where id = :id")
                .bind("left", said.toString())
                .bind("id", row.id())
                .execute();
        round(db, row.id());
        return true;
    }

    private static Map<String, Long> left(Handle db, Row row) {
        var left = new TreeMap<>(ErasureScan.find(db, row.person()));
        for (var place : ErasureScan.places(db, sessions(db, row)))
            left.merge(place.table() + "." + place.column(), (long) place.ids().size(), Long::sum);
        return left;
    }

    /** When the last session was found in which the person was seen, that not everything has been looked through for; empty when it has for all. */
    private static Optional<Instant> adopted(Handle db, Row row) {
        return db.createQuery("select max(adopted_at) from erasure.session where erasure = :id and not spread")
                .bind("id", row.id())
                .mapTo(Instant.class)
                .findOne();
    }

    /** Clicks without a user may be in any file of clicks. */
    private void spread(Handle db, Row row) {
        db.execute("update erasure.session set spread = true where erasure = ?", row.id());
        look(db, List.of("clickstream"));
    }

    private static void round(Handle db, UUID erasure) {
        db.execute("update erasure.erasure set position = 0, news = false, rests = '{}' where id = ?", erasure);
    }

    /** The certificate is in the archive before it is in the database: a restored database learns from there. */
    private void finish(Handle db, Row row, Instant now) {
        var certificate = certificate(db, row, now);
        s3.putObject(
                request ->
                        request.bucket(archive).key(PREFIX + row.id() + ".json").contentType("application/json"),
                RequestBody.fromBytes(Json.bytes(certificate)));
        db.createUpdate("""
                update erasure.erasure set subject = null, state = 'done', done_at = :now, left_over = null, certificate = cast(:certificate as json)
                where id = :id""")
                .bind("now", now)
                .bind("certificate", certificate.toString())
                .bind("id", row.id())
                .execute();
        db.execute("update erasure.session set subject = null where erasure = ?", row.id());
        LOG.info("erasure {} is done", row.id());
    }

    private ObjectNode certificate(Handle db, Row row, Instant now) {
        var certificate = Json.object()
                .put("erasure", row.id().toString())
                .put("pseudonym", row.pseudonym())
                .put("askedAt", row.askedAt().toString())
                .put("askedBy", row.askedBy())
                .put("why", row.person().replaceIn(row.why()))
                .put("doneAt", now.toString());
        certificate.set("person", json(row.mark()));
        var seen = certificate.putArray("sessions");
        db.createQuery("""
                select salt, hash, fingerprint, lead, length, pseudonym from erasure.session where erasure = :id order by pseudonym""")
                .bind("id", row.id())
                .map((session, context) -> json(new Mark(
                                session.getBytes(1),
                                session.getBytes(2),
                                session.getInt(3),
                                session.getInt(4),
                                session.getInt(5)))
                        .put("pseudonym", session.getString(6)))
                .forEach(seen::add);
        var steps = steps(db, row.id());
        certificate.put("known", steps.valueStream().anyMatch(step -> !step.path("found")
                .isEmpty()));
        elsewhere.get().forEach(place -> steps.add(place.json()));
        certificate.set("stores", steps);
        var scan = certificate.putObject("scan").put("found", 0);
        scan.put(
                "looked",
                row.person().isTelling()
                        ? "every column of every table that holds text, JSON or bytes"
                        : "every column of every table that holds text, JSON or bytes, for the id as a whole value: it is too short to be told from other words");
        var rewritten = certificate.putObject("rewritten");
        db.createQuery("select old, new from erasure.rewritten where at >= :since order by old")
                .bind("since", row.askedAt())
                .map((bytes, context) -> Map.entry(bytes.getString(1), bytes.getString(2)))
                .forEach(bytes -> rewritten.put(bytes.getKey(), bytes.getValue()));
        return certificate;
    }

    private static ObjectNode json(Mark mark) {
        var hex = HexFormat.of();
        return Json.object()
                .put("sha256", hex.formatHex(mark.hash()))
                .put("salt", hex.formatHex(mark.salt()))
                .put("fingerprint", mark.fingerprint())
                .put("lead", mark.lead())
                .put("length", mark.length());
    }

    private static Mark mark(JsonNode json) {
        var hex = HexFormat.of();
        return new Mark(
                hex.parseHex(json.path("salt").asText()),
                hex.parseHex(json.path("sha256").asText()),
                json.path("fingerprint").asInt(),
                json.path("lead").asInt(),
                json.path("length").asInt());
    }

    private ArrayNode steps(Handle db, UUID erasure) {
        var steps = Json.array();
        for (var store : stores)
            db.createQuery("select found, did from erasure.step where erasure = :id and store = :store")
                    .bind("id", erasure)
                    .bind("store", store.store())
                    .map((row, context) -> {
                        var step = Json.object().put("store", store.store());
                        step.set("found", Json.read(row.getString(1)));
                        return step.put("did", row.getString(2));
                    })
                    .forEach(steps::add);
        return steps;
    }

    /** An erasure as the API shows it: how far it is, or its certificate. */
    public Optional<JsonNode> find(UUID id) {
        return database.transaction(db -> row(db, id).map(row -> json(db, row)));
    }

    /** All, the newest first. */
    public List<JsonNode> list(int limit) {
        return database.transaction(db -> db
                .createQuery("select * from erasure.erasure order by asked_at desc, id limit :limit")
                .bind("limit", limit)
                .map((row, context) -> Row.of(row))
                .list()
                .stream()
                .map(row -> json(db, row))
                .toList());
    }

    private static Optional<Row> row(Handle db, UUID id) {
        return db.createQuery("select * from erasure.erasure where id = :id")
                .bind("id", id)
                .map((row, context) -> Row.of(row))
                .findOne();
    }

    private JsonNode json(Handle db, Row row) {
        if (row.done()) {
            var json = Json.object().put("state", "done");
            json.setAll((ObjectNode) row.certificate());
            return json;
        }
        var json = Json.object()
                .put("state", "working")
                .put("erasure", row.id().toString())
                .put("pseudonym", row.pseudonym())
                .put("askedAt", row.askedAt().toString())
                .put("askedBy", row.askedBy());
        json.set("stores", steps(db, row.id()));
        json.set("left", row.leftOver() == null ? Json.object() : row.leftOver());
        return json;
    }

    /**
     * Applies the list again, as after a backup was restored: learns from the certificates in the archive whom the database has forgotten to have
     * erased, and erases whoever is back.
     *
     * @return the erasures that are under way now
     */
    public List<UUID> again(String by) {
        var certificates =
                s3.listObjectsV2Paginator(request -> request.bucket(archive).prefix(PREFIX)).contents().stream()
                        .map(S3Object::key)
                        .map(key -> Json.read(s3.getObjectAsBytes(
                                        request -> request.bucket(archive).key(key))
                                .asByteArray()))
                        .toList();
        database.write(db -> certificates.forEach(certificate -> learn(db, certificate)));
        people.refresh();
        return database.transaction(db -> {
            var returned = new HashSet<Person>();
            stores.forEach(store -> returned.addAll(store.returned(db, people)));
            returned.forEach(person -> {
                var erasure = again(db, person);
                audit.add(db, by, "erase again", erasure.toString(), null);
            });
            return db.createQuery("select id from erasure.erasure where state = 'working' order by asked_at")
                    .mapTo(UUID.class)
                    .list();
        });
    }

    /** Bytes that have come again since are gone through like any others. */
    private boolean isKept(String key) {
        try {
            s3.headObject(request -> request.bucket(archive).key(key));
            return true;
        } catch (NoSuchKeyException e) {
            return false;
        }
    }

    private void learn(Handle db, JsonNode certificate) {
        var id = UUID.fromString(certificate.path("erasure").asText());
        certificate.path("rewritten").properties().forEach(bytes -> {
            db.execute(
                    "insert into erasure.rewritten (old, new, at) values (?, ?, now()) on conflict do nothing",
                    bytes.getKey(),
                    bytes.getValue().asText());
            db.createQuery(
                            "select distinct ledger.original_key(object_key, sha256) from ledger.upload where sha256 = :old")
                    .bind("old", bytes.getKey())
                    .mapTo(String.class)
                    .filter(key -> !isKept(key))
                    .forEach(key -> db.execute(
                            "update ledger.upload set sha256 = ? where sha256 = ? and ledger.original_key(object_key, sha256) = ?",
                            bytes.getValue().asText(),
                            bytes.getKey(),
                            key));
        });
        if (row(db, id).isEmpty()) learn(db, id, certificate);
        certificate.path("sessions").forEach(session -> learnSession(db, id, session));
    }

    private static void learnSession(Handle db, UUID erasure, JsonNode session) {
        var mark = mark(session);
        db.createUpdate("""
                insert into erasure.session (pseudonym, erasure, salt, hash, fingerprint, lead, length, adopted_at, spread)
                values (:pseudonym, :erasure, :salt, :hash, :fingerprint, :lead, :length, now(), true) on conflict do nothing""")
                .bind("pseudonym", session.path("pseudonym").asText())
                .bind("erasure", erasure)
                .bind("salt", mark.salt())
                .bind("hash", mark.hash())
                .bind("fingerprint", mark.fingerprint())
                .bind("lead", mark.lead())
                .bind("length", mark.length())
                .execute();
    }

    private static void learn(Handle db, UUID id, JsonNode certificate) {
        insert(
                db,
                id,
                certificate.path("pseudonym").asText(),
                mark(certificate.path("person")),
                Instant.parse(certificate.path("askedAt").asText()),
                certificate.path("askedBy").asText(),
                certificate.path("why").asText());
        db.createUpdate(
                        "update erasure.erasure set state = 'done', certificate = cast(:certificate as json) where id = :id")
                .bind("certificate", certificate.toString())
                .bind("id", id)
                .execute();
    }
}
