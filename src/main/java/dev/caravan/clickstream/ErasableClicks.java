package dev.caravan.clickstream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.clickstream.Ongoing.Folded;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.Person;
import dev.caravan.erasure.Redaction;
import dev.caravan.json.Json;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Clicks, sessions and what partitions keep of them stay, as those of the pseudonym. Whoever works on a partition loses it, and with it what was in
 * memory; the next one begins with what stands here afterwards. A pseudonym that is {@linkplain Partitioning#alike alike} is found where the id was.
 */
final class ErasableClicks implements Erasable {
    private static final int FETCHED = 1000;

    /** Operators' own words. */
    private static final ErasableTexts APPEALS =
            new ErasableTexts("appeals", Map.of("clicks.confirmed_appeal", List.of("by", "why")), Map.of());

    private final Redaction redaction;
    private final WithdrawnFiles files;

    ErasableClicks(Redaction redaction, WithdrawnFiles files) {
        this.redaction = redaction;
        this.files = files;
    }

    @Override
    public String store() {
        return "clickstream";
    }

    @Override
    public Erased erase(Handle db, Person person) {
        var found = new HashMap<String, Long>();
        noteFiles(db, person);
        if (!isThere(db, person)) return Erased.of(found, did());
        // In the order in which a worker locks them. Until this is committed, nobody writes for a partition or into the
        // log.
        db.execute("update clicks.lease set owner = null, until = '-infinity', epoch = epoch + 1");
        db.execute("select from clicks.head for update");
        count(found, "pages of the log", pages(db, person));
        count(found, "shelves", shelves(db, person));
        count(found, "open states", ongoing(db, person));
        count(found, "sessions", sessions(db, person));
        count(found, "late clicks", late(db, person));
        count(found, "silences", rename(db, "silence", "rule", person));
        count(found, "alerts", alerts(db, person));
        APPEALS.erase(db, person).found().forEach((kind, count) -> count(found, kind, count));
        return Erased.of(found, did());
    }

    private static String did() {
        return "clicks, sessions and open state stay as those of the pseudonym, without IP addresses and browsers; instances have read their state again; Parquet files of sessions are deleted with all their versions and written again";
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

    private static void count(Map<String, Long> found, String kind, long count) {
        if (count > 0) found.merge(kind, count, Long::sum);
    }

    /** Partitions are not taken from those who work on them for nothing. */
    private static boolean isThere(Handle db, Person person) {
        return db.createQuery("""
                select exists (select from clicks.session where visitor = :id and not anonymous)
                  or exists (select from clicks.page where position(convert_to(:id, 'UTF8') in content) > 0)
                  or exists (select from clicks.shelf where position(convert_to(:id, 'UTF8') in bytes) > 0)
                  or exists (select from clicks.lease where position(convert_to(:id, 'UTF8') in ongoing) > 0)
                  or exists (select from clicks.late where position(:id in cast(click as text)) > 0)
                  or exists (select from clicks.changed where :id = any(users))
                  or exists (select from clicks.silence where visitor = :id and not anonymous)
                  or exists (select from clicks.confirmed_appeal where position(:id in by) > 0 or position(:id in why) > 0)
                  or exists (select from alerts.alert where flow = :flow and subject = :subject)""")
                .bind("id", person.id())
                .bind("flow", ClickFlow.NAME)
                .bind("subject", "user " + person.id())
                .mapTo(Boolean.class)
                .one();
    }

    private record Stored(long position, byte[] bytes) {}

    private long pages(Handle db, Person person) {
        long changed = 0;
        var positions = db.createQuery(
                        "select position from clicks.page where position(convert_to(:id, 'UTF8') in content) > 0")
                .bind("id", person.id())
                .mapTo(Long.class)
                .list();
        for (long position : positions) {
            var content = PageContent.read(
                    db.createQuery("select content from clicks.page where position = :position")
                            .bind("position", position)
                            .mapTo(byte[].class)
                            .one(),
                    any -> true);
            if (!content.rename(person, click -> redacted(click, person))) continue;
            changed += db.createUpdate("update clicks.page set content = :content where position = :position")
                    .bind("content", content.bytes())
                    .bind("position", position)
                    .execute();
        }
        return changed;
    }

    private Click redacted(Click click, Person person) {
        return new Click(
                click.eventId(),
                person.pseudonym(),
                click.sessionId(),
                click.time(),
                click.type(),
                click.page(),
                blank(click.referrer()),
                blank(click.userAgent()),
                blank(click.ipAddress()),
                click.device(),
                click.country(),
                click.productId(),
                click.category(),
                click.quantity(),
                click.price(),
                click.cartValue(),
                click.extras() == null ? null : extras(click.extras(), person, redaction));
    }

    /** Those of a click that is the person's, whether they say so or not. */
    static String extras(String extras, Person person, Redaction redaction) {
        var whole = Json.object().put("user", person.id());
        whole.set("extra", Json.read(extras));
        return redaction.of(whole, person).path("extra").toString();
    }

    private static String blank(String text) {
        return text == null ? null : Redaction.ERASED;
    }

    private record Shelved(int partition, Shelf shelf, long position, int part, byte[] bytes) {}

    private static long shelves(Handle db, Person person) {
        var shelved = db.createQuery("""
                select partition, hour, number, position, part, bytes from clicks.shelf where position(convert_to(:id, 'UTF8') in bytes) > 0""")
                .bind("id", person.id())
                .setFetchSize(FETCHED)
                .map((row, context) -> new Shelved(
                        row.getInt(1),
                        new Shelf(row.getLong(2), row.getInt(3)),
                        row.getLong(4),
                        row.getInt(5),
                        row.getBytes(6)))
                .list();
        long changed = 0;
        for (var each : shelved) {
            var renamed = Parts.renamed(each.bytes(), person.id(), person.pseudonym());
            if (renamed == null) continue;
            changed += db.createUpdate("""
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
        return changed;
    }

    private static long ongoing(Handle db, Person person) {
        var user = Visitor.user(person.id());
        var other = Visitor.user(person.pseudonym());
        var leases = db.createQuery(
                        "select partition, ongoing from clicks.lease where position(convert_to(:id, 'UTF8') in ongoing) > 0")
                .bind("id", person.id())
                .map((row, context) -> new Stored(row.getLong(1), row.getBytes(2)))
                .list();
        long changed = 0;
        for (var lease : leases) {
            var ongoing = Ongoing.read(lease.bytes());
            if (ongoing.folded().stream().noneMatch(one -> one.visitor().equals(user))) continue;
            var renamed = new Ongoing(
                    ongoing.position(),
                    ongoing.evictedBy(),
                    ongoing.firstHour(),
                    ongoing.folded().stream()
                            .map(one -> one.visitor().equals(user) ? of(other, one) : one)
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
    private long sessions(Handle db, Person person) {
        var days = db.createQuery(
                        "select distinct cast(started at time zone 'UTC' as date) from clicks.session where visitor = :id and not anonymous")
                .bind("id", person.id())
                .mapTo(LocalDate.class)
                .list();
        long renamed = rename(db, "session", "started", person);
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
    private static long rename(Handle db, String table, String key, Person person) {
        long twice = db.createUpdate("""
                delete from clicks.<table> t where visitor = :id and not anonymous
                  and exists (select from clicks.<table> o where o.visitor = :pseudonym and not o.anonymous and o.<key> = t.<key>)""")
                .define("table", table)
                .define("key", key)
                .bind("id", person.id())
                .bind("pseudonym", person.pseudonym())
                .execute();
        return twice
                + db.createUpdate(
                                "update clicks.<table> set visitor = :pseudonym where visitor = :id and not anonymous")
                        .define("table", table)
                        .bind("id", person.id())
                        .bind("pseudonym", person.pseudonym())
                        .execute();
    }

    private long late(Handle db, Person person) {
        var clicks = db.createQuery(
                        "select event_id, cast(click as text) from clicks.late where position(:id in cast(click as text)) > 0")
                .bind("id", person.id())
                .map((row, context) -> Map.entry(row.getString(1), (ObjectNode) Json.read(row.getString(2))))
                .list();
        long changed = 0;
        for (var click : clicks) {
            var redacted = redaction.of(click.getValue(), person);
            if (redacted.equals(click.getValue())) continue;
            changed += db.createUpdate("update clicks.late set click = cast(:click as jsonb) where event_id = :event")
                    .bind("click", redacted.toString())
                    .bind("event", click.getKey())
                    .execute();
        }
        return changed;
    }

    private record Raised(UUID id, String rule, long episode) {}

    /** An alert's id is made of its visitor's: what goes on about the pseudonym has to find it. */
    private static long alerts(Handle db, Person person) {
        var raised = db.createQuery("""
                select id, rule, episode from alerts.alert where flow = :flow and subject = :subject and episode is not null""")
                .bind("flow", ClickFlow.NAME)
                .bind("subject", "user " + person.id())
                .map((row, context) -> new Raised(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getObject(3, OffsetDateTime.class).toInstant().toEpochMilli()))
                .list();
        for (var alert : raised) {
            var id = Watch.id(alert.rule(), Visitor.user(person.pseudonym()), alert.episode());
            db.createUpdate(
                            "delete from alerts.alert where id = :old and exists (select from alerts.alert where id = :id)")
                    .bind("id", id)
                    .bind("old", alert.id())
                    .execute();
            db.createUpdate("""
                    update alerts.alert set id = :id, subject = :subject, title = replace(title, :was, :subject) where id = :old""")
                    .bind("id", id)
                    .bind("subject", "user " + person.pseudonym())
                    .bind("was", "user " + person.id())
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
