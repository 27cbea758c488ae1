package dev.caravan.deadletters;

import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.ErasedSessions;
import dev.caravan.erasure.IdSearch;
import dev.caravan.erasure.Person;
import dev.caravan.erasure.Redaction;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Dead letters stay without the person, and can be replayed as they are then; edited messages, too. */
public final class ErasableLetters implements Erasable {
    private static final int FETCHED = 500;
    private static final Map<String, String> BODIES = Map.of("letter", "uuid", "edit", "bigint");

    private final Redaction redaction;
    private final ErasedSessions sessions;
    private final ErasableTexts texts = new ErasableTexts(
            "dead letters",
            Map.of(
                    "dead_letters.letter",
                    List.of("lane", "correlation", "error", "why"),
                    "dead_letters.attempt",
                    List.of("error"),
                    "dead_letters.edit",
                    List.of("why"),
                    "dead_letters.replay",
                    List.of("selection", "why")),
            Map.of("dead_letters.letter", List.of("attributes")));

    public ErasableLetters(Redaction redaction, ErasedSessions sessions) {
        this.redaction = redaction;
        this.sessions = sessions;
    }

    @Override
    public String store() {
        return texts.store();
    }

    private record Body(String id, byte[] bytes) {}

    @Override
    public Erased erase(Handle db, Person person) {
        var found = new HashMap<>(texts.erase(db, person).found());
        var search = new IdSearch(person.ids());
        BODIES.forEach((table, type) -> {
            var mayBeTheirs = search.keys(
                    db.createQuery("select cast(id as text), body from dead_letters." + table), String.class);
            var bodies = db.createQuery("""
                    select cast(id as text), body from dead_letters.<table> where id = any(cast(:ids as <type>[])) for update""")
                    .define("table", table)
                    .define("type", type)
                    .bindArray("ids", String.class, mayBeTheirs)
                    .map((row, context) -> new Body(row.getString(1), row.getBytes(2)))
                    .list();
            var seen = new HashSet<String>();
            for (var body : bodies)
                redaction
                        .of(body.bytes(), record -> {
                            seen.addAll(redaction.sessions(record, person));
                            return person.allIn(record.bytes());
                        })
                        .ifPresent(redacted -> {
                            if (Arrays.equals(redacted, body.bytes())) return;
                            db.createUpdate(
                                            "update dead_letters.<table> set body = :body where id = cast(:id as <type>)")
                                    .define("table", table)
                                    .define("type", type)
                                    .bind("body", redacted)
                                    .bind("id", body.id())
                                    .execute();
                            found.merge(table + "s", 1L, Long::sum);
                        });
            sessions.adopt(db, person, seen);
        });
        return Erased.of(found, "messages stay without the person, and are replayed so; what cannot be read goes");
    }

    @Override
    public Set<Person> returned(Handle db, ErasedPeople erased) {
        var returned = new HashSet<Person>();
        db.createQuery("select body from dead_letters.letter")
                .setFetchSize(FETCHED)
                .mapTo(byte[].class)
                .forEach(body -> returned.addAll(erased.in(body)));
        return returned;
    }
}
