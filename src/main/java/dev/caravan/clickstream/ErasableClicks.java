package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.clickstream.Ongoing.Folded;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.ErasedSessions;
import dev.caravan.erasure.IdSearch;
import dev.caravan.erasure.Person;
import dev.caravan.erasure.Redaction;
import dev.caravan.json.Json;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Clicks, sessions and what partitions keep of them stay, as those of the pseudonym. Whoever works on a partition loses it, and with it what was in
 * memory; the next one begins with what stands here afterwards. A pseudonym that is {@linkplain Partitioning#alike alike} is found where the id was.
 */
final class ErasableClicks implements Erasable {
    private static final int FETCHED = 100;

    /** For bytes and texts that may have an id in them. */
    private static final List<String> STORED = List.of(
            "select content from clicks.page",
            "select bytes from clicks.shelf",
            "select ongoing from clicks.lease where ongoing is not null",
            "select convert_to(cast(click as text), 'UTF8') from clicks.late");

    /** Operators' own words. */
    private static final ErasableTexts APPEALS = new ErasableTexts(
            "appeals",
            Map.of(
                    "clicks.confirmed_appeal", List.of("by", "why"),
                    "clicks.declined_appeal", List.of("by", "why")),
            Map.of());

    private final Redaction redaction;
    private final ErasedSessions sessions;
    private final WithdrawnFiles files;

    ErasableClicks(Redaction redaction, ErasedSessions sessions, WithdrawnFiles files) {
        this.redaction = redaction;
        this.sessions = sessions;
        this.files = files;
    }

    /** Whoever is erased, and what stands for them and their sessions. */
    private record Names(Person person, Map<String, String> users, Map<String, String> sessions) {
        static Names of(Person person) {
            return new Names(
                    person,
                    Map.of(person.id(), person.pseudonym()),
                    person.sessions().stream().collect(Collectors.toMap(Person::id, Person::pseudonym)));
        }

        boolean hasUser(String user) {
            return person.id().equals(user);
        }

        boolean hasSession(String session) {
            return session != null && sessions.containsKey(session);
        }

        String user(String user) {
            return hasUser(user) ? person.pseudonym() : user;
        }

        String session(String session) {
            return hasSession(session) ? sessions.get(session) : session;
        }

        Visitor visitor(Visitor visitor) {
            return new Visitor(visitor.anonymous(), visitor.anonymous() ? session(visitor.id()) : user(visitor.id()));
        }

        /** Them, as alerts call them. */
        List<Visitor> visitors() {
            var visitors = new ArrayList<>(List.of(Visitor.user(person.id())));
            sessions.keySet().forEach(session -> visitors.add(Visitor.anonymous(session)));
            return visitors;
        }
    }

    @Override
    public String store() {
        return "clickstream";
    }

    @Override
    public Erased erase(Handle db, Person person) {
        var found = new HashMap<String, Long>();
        noteFiles(db, person);
        if (!isNamed(db, person) && !isHidden(db, person)) return Erased.of(found, did());
        // In the order in which a worker locks them. Until this is committed, nobody writes for a partition or into the
        // log.
        db.execute("update clicks.lease set owner = null, until = '-infinity', epoch = epoch + 1");
        db.execute("select from clicks.head for update");
        var names = Names.of(person.with(sessions.adopt(db, person, seen(db, person))));
        Erasable.count(found, "pages of the log", pages(db, names));
        Erasable.count(found, "shelves", shelves(db, names));
        Erasable.count(found, "open states", ongoing(db, names));
        Erasable.count(found, "sessions", sessions(db, names));
        Erasable.count(found, "late clicks", late(db, names));
        Erasable.count(found, "silences", rename(db, "silence", "rule", names));
        Erasable.count(found, "alerts", alerts(db, names));
        APPEALS.erase(db, person).found().forEach((kind, count) -> Erasable.count(found, kind, count));
        return Erased.of(found, did());
    }

    private static String did() {
        return "clicks, sessions and open state stay as those of the pseudonym, and of pseudonyms for sessions, without IP addresses and browsers; instances have read their state again; Parquet files of sessions are deleted with all their versions and written again";
    }

    /** Whoever is writing clicks to the archive is waited for: what was written since the person was put on the list was written of pages that had them. */
    private static void noteFiles(Handle db, Person person) {
        db.execute("select from archive.clicks_written for update");
        db.createUpdate("""
                insert into erasure.click_file (day, first_page)
                select day, first_page from archive.clicks_part
                where written_at >= (select asked_at from erasure.erasure where pseudonym = :pseudonym)
                on conflict do nothing""").bind("pseudonym", person.pseudonym()).execute();
    }

    /** Partitions are not taken from those who work on them for nothing. */
    private static boolean isNamed(Handle db, Person person) {
        return db.createQuery("""
                with one as (select unnest(cast(:ids as text[])) as id)
                select exists (select from clicks.session s join one on s.visitor = one.id and s.anonymous = (one.id <> :id))
                  or exists (select from clicks.changed where :id = any(users))
                  or exists (select from clicks.silence s join one on s.visitor = one.id and s.anonymous = (one.id <> :id))
                  or exists (select from clicks.confirmed_appeal where position(:id in by) > 0 or position(:id in why) > 0)
                  or exists (select from clicks.declined_appeal where position(:id in by) > 0 or position(:id in why) > 0)
                  or exists (select from alerts.alert where flow = :flow and subject = any(:subjects))""")
                .bind("id", person.id())
                .bindArray("ids", String.class, person.ids())
                .bind("flow", ClickFlow.NAME)
                .bindArray("subjects", String.class, subjects(Names.of(person)))
                .mapTo(Boolean.class)
                .one();
    }

    /** As bytes somewhere: of those there are too many for each to be compared with each id in turn. */
    private static boolean isHidden(Handle db, Person person) {
        var ids = new IdSearch(person.ids());
        return STORED.stream().anyMatch(stored -> {
            try (var rows = db.createQuery(stored).setFetchSize(FETCHED).mapTo(byte[].class).stream()) {
                return rows.anyMatch(ids::isIn);
            }
        });
    }

    private static List<String> subjects(Names names) {
        return names.visitors().stream().map(ClickAlerts::subject).toList();
    }

    /** The tracker's sessions in which they were seen, as far as the log and the shelves tell. */
    private static Set<String> seen(Handle db, Person person) {
        var seen = new HashSet<String>();
        for (long position : positions(db, List.of(person.id())))
            seen.addAll(page(db, position).sessionsOf(person.id()));
        db.createQuery("select bytes from clicks.shelf where position(convert_to(:id, 'UTF8') in bytes) > 0")
                .bind("id", person.id())
                .setFetchSize(FETCHED)
                .mapTo(byte[].class)
                .forEach(part -> seen.addAll(Parts.sessionsOf(part, person.id())));
        return seen;
    }

    private record Stored(long position, byte[] bytes) {}

    /** Of pages that may have one of the ids in them. */
    private static List<Long> positions(Handle db, List<String> ids) {
        return new IdSearch(ids).keys(db.createQuery("select position, content from clicks.page"), Long.class);
    }

    private static PageContent page(Handle db, long position) {
        return PageContent.read(
                db.createQuery("select content from clicks.page where position = :position")
                        .bind("position", position)
                        .mapTo(byte[].class)
                        .one(),
                any -> true);
    }

    private long pages(Handle db, Names names) {
        long changed = 0;
        for (long position : positions(db, names.person().ids())) {
            var content = page(db, position);
            if (!content.replace(
                    click -> redacted(click, names),
                    sighting -> new Sighting(
                            names.session(sighting.sessionId()), names.user(sighting.userId()), sighting.time()),
                    move -> redacted(move, names))) continue;
            changed += db.createUpdate("update clicks.page set content = :content where position = :position")
                    .bind("content", content.bytes())
                    .bind("position", position)
                    .execute();
        }
        return changed;
    }

    /** One of somebody else in a session of theirs stays as it was, but for the session. */
    private Click redacted(Click click, Names names) {
        if (!names.hasUser(click.userId()) && !names.hasSession(click.sessionId())) return click;
        boolean theirs = click.userId() == null || names.hasUser(click.userId()) || Person.isPseudonym(click.userId());
        return new Click(
                click.eventId(),
                names.user(click.userId()),
                names.session(click.sessionId()),
                click.time(),
                click.type(),
                click.page(),
                theirs ? blank(click.referrer()) : click.referrer(),
                theirs ? blank(click.userAgent()) : click.userAgent(),
                theirs ? blank(click.ipAddress()) : click.ipAddress(),
                click.device(),
                click.country(),
                click.productId(),
                click.category(),
                click.quantity(),
                click.price(),
                click.cartValue(),
                click.extras() == null || !theirs ? click.extras() : extras(click.extras(), names.person(), redaction));
    }

    private static Move redacted(Move move, Names names) {
        if (!names.hasUser(move.userId()) && !names.hasSession(move.sessionId())) return move;
        var click = move.click();
        return new Move(
                move.given(),
                names.user(move.userId()),
                names.session(move.sessionId()),
                new Footprint(
                        click.eventId(),
                        click.time(),
                        click.source(),
                        click.type(),
                        click.device(),
                        click.country(),
                        0,
                        click.cartValue(),
                        click.matches()));
    }

    /** Those of a click that is the person's, whether they say so or not. */
    static String extras(String extras, Person person, Redaction redaction) {
        var whole = Json.object().put("whose", person.id());
        whole.set("extra", Json.read(extras));
        return redaction.of(whole, person).path("extra").toString();
    }

    private static String blank(String text) {
        return text == null ? null : Redaction.ERASED;
    }

    private record Shelved(int partition, Shelf shelf, long position, int part, byte[] bytes) {}

    private static long shelves(Handle db, Names names) {
        var search = new IdSearch(names.person().ids());
        long[] changed = {0};
        try (var shelved = db
                .createQuery("select partition, hour, number, position, part, bytes from clicks.shelf")
                .setFetchSize(FETCHED)
                .map((row, context) -> new Shelved(
                        row.getInt(1),
                        new Shelf(row.getLong(2), row.getInt(3)),
                        row.getLong(4),
                        row.getInt(5),
                        row.getBytes(6)))
                .stream()) {
            shelved.filter(each -> search.isIn(each.bytes())).forEach(each -> changed[0] += renamed(db, each, names));
        }
        return changed[0];
    }

    private static int renamed(Handle db, Shelved each, Names names) {
        var renamed = Parts.renamed(each.bytes(), names.users(), names.sessions());
        if (renamed == null) return 0;
        return db.createUpdate("""
                update clicks.shelf set bytes = :bytes
                where partition = :partition and hour = :hour and number = :number and position = :position and part = :part""")
                .bind("bytes", renamed)
                .bind("partition", each.partition())
                .bind("hour", each.shelf().hour())
                .bind("number", each.shelf().number())
                .bind("position", each.position())
                .bind("part", each.part())
                .execute();
    }

    private static long ongoing(Handle db, Names names) {
        var leases = db.createQuery("select partition, ongoing from clicks.lease where ongoing is not null")
                .map((row, context) -> new Stored(row.getLong(1), row.getBytes(2)))
                .list();
        long changed = 0;
        for (var lease : leases) {
            var ongoing = Ongoing.read(lease.bytes());
            if (ongoing.folded().stream()
                    .allMatch(one -> names.visitor(one.visitor()).equals(one.visitor()))) continue;
            var renamed = new Ongoing(
                    ongoing.position(),
                    ongoing.evictedBy(),
                    ongoing.firstHour(),
                    ongoing.folded().stream()
                            .map(one -> of(names.visitor(one.visitor()), one))
                            .toList());
            changed += db.createUpdate("update clicks.lease set ongoing = :ongoing where partition = :partition")
                    .bind("ongoing", renamed.write())
                    .bind("partition", lease.position())
                    .execute();
        }
        return changed;
    }

    private static Folded of(Visitor visitor, Folded folded) {
        var session = folded.session();
        return new Folded(
                visitor,
                folded.before(),
                session == null
                        ? null
                        : new Session(
                                visitor,
                                session.start(),
                                session.end(),
                                session.clicks(),
                                session.types(),
                                session.devices(),
                                session.countries(),
                                session.sources(),
                                session.cartValue()),
                folded.episodes());
    }

    /** Profiles learn of them as of any others that were written. */
    private long sessions(Handle db, Names names) {
        var person = names.person();
        var days = db.createQuery("""
                select distinct cast(started at time zone 'UTC' as date) from clicks.session
                where visitor = any(:ids) and anonymous = (visitor <> :id)""")
                .bindArray("ids", String.class, person.ids())
                .bind("id", person.id())
                .mapTo(LocalDate.class)
                .list();
        long renamed = rename(db, "session", "started", names);
        if (renamed > 0) files.withdraw(db, Datasets.SESSIONS, days);
        db.createUpdate("""
                update clicks.changed set users = array(select distinct unnest(array_replace(users, :id, :pseudonym))) where :id = any(users)""")
                .bind("id", person.id())
                .bind("pseudonym", person.pseudonym())
                .execute();
        if (renamed > 0)
            db.createUpdate("""
                    insert into clicks.changed (users, days)
                    select array[visitor], array_agg(distinct cast(started at time zone 'UTC' as date)) from clicks.session
                    where visitor = :pseudonym and not anonymous group by visitor""").bind("pseudonym", person.pseudonym()).execute();
        return renamed;
    }

    /** What an instance has still written of the person beside what is the pseudonym's already is the same once more. */
    private static long rename(Handle db, String table, String key, Names names) {
        long renamed = 0;
        for (var one : names.person().all()) {
            renamed += db.createUpdate("""
                    delete from clicks.<table> t where visitor = :id and anonymous = :session
                      and exists (select from clicks.<table> o where o.visitor = :pseudonym and o.anonymous = :session and o.<key> = t.<key>)""")
                    .define("table", table)
                    .define("key", key)
                    .bindMethods(one)
                    .bind("session", one.isSession())
                    .execute();
            renamed += db.createUpdate(
                            "update clicks.<table> set visitor = :pseudonym where visitor = :id and anonymous = :session")
                    .define("table", table)
                    .bindMethods(one)
                    .bind("session", one.isSession())
                    .execute();
        }
        return renamed;
    }

    private long late(Handle db, Names names) {
        var search = new IdSearch(names.person().ids());
        List<Map.Entry<String, ObjectNode>> clicks;
        try (var late = db
                .createQuery("select event_id, cast(click as text) from clicks.late")
                .setFetchSize(FETCHED)
                .map((row, context) -> Map.entry(row.getString(1), row.getBytes(2)))
                .stream()) {
            clicks = late.filter(click -> search.isIn(click.getValue()))
                    .map(click -> Map.entry(click.getKey(), (ObjectNode) Json.read(click.getValue())))
                    .toList();
        }
        long changed = 0;
        for (var click : clicks) {
            JsonNode redacted = click.getValue();
            for (var one : names.person().all()) redacted = redaction.of(redacted, one);
            if (redacted.equals(click.getValue())) continue;
            changed += db.createUpdate("update clicks.late set click = cast(:click as jsonb) where event_id = :event")
                    .bind("click", redacted.toString())
                    .bind("event", click.getKey())
                    .execute();
        }
        return changed;
    }

    private record Raised(UUID id, String subject, String rule, long episode) {}

    /** An alert's id is made of its visitor's: what goes on about the pseudonym has to find it. */
    private static long alerts(Handle db, Names names) {
        var others = names.visitors().stream().collect(Collectors.toMap(ClickAlerts::subject, names::visitor));
        var raised = db.createQuery("""
                select id, subject, rule, episode from alerts.alert where flow = :flow and subject = any(:subjects) and episode is not null""")
                .bind("flow", ClickFlow.NAME)
                .bindArray("subjects", String.class, others.keySet())
                .map((row, context) -> new Raised(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getString(3),
                        row.getObject(4, OffsetDateTime.class).toInstant().toEpochMilli()))
                .list();
        for (var alert : raised) {
            var visitor = others.get(alert.subject());
            var id = Watch.id(alert.rule(), visitor, alert.episode());
            db.createUpdate(
                            "delete from alerts.alert where id = :old and exists (select from alerts.alert where id = :id)")
                    .bind("id", id)
                    .bind("old", alert.id())
                    .execute();
            db.createUpdate("""
                    update alerts.alert set id = :id, subject = :subject, title = replace(title, :was, :subject) where id = :old""")
                    .bind("id", id)
                    .bind("subject", ClickAlerts.subject(visitor))
                    .bind("was", alert.subject())
                    .bind("old", alert.id())
                    .execute();
            db.createUpdate("""
                    update clicks.confirmed_appeal set alert = :id
                    where alert = :old and not exists (select from clicks.confirmed_appeal where alert = :id)""").bind("id", id).bind("old", alert.id()).execute();
        }
        return raised.size();
    }

    @Override
    public Set<Person> returned(Handle db, ErasedPeople erased) {
        var returned = new HashSet<Person>();
        db.createQuery("select distinct visitor from clicks.session where not anonymous")
                .setFetchSize(FETCHED)
                .mapTo(String.class)
                .forEach(user -> erased.find(user).ifPresent(returned::add));
        db.createQuery("select content from clicks.page")
                .setFetchSize(FETCHED)
                .mapTo(byte[].class)
                .forEach(content -> PageContent.read(content, any -> true)
                        .users()
                        .forEach(user -> erased.find(user).ifPresent(returned::add)));
        return returned;
    }
}
