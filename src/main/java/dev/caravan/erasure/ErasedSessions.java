package dev.caravan.erasure;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.jdbi.v3.core.Handle;

/**
 * The sessions of the tracker in which people who are erased were seen. What came in one without saying who it was is the person's as well; it is
 * known by the id of the session, which therefore is on the list of those erased, too.
 */
public final class ErasedSessions {
    private static final int RANDOM_BYTES = 8;

    private final ErasedPeople people;
    private final BiPredicate<String, String> alike;
    private final Clock clock;

    /** @param alike whether a pseudonym may stand for an id where what is stored was laid out by it */
    public ErasedSessions(ErasedPeople people, BiPredicate<String, String> alike, Clock clock) {
        this.people = people;
        this.alike = alike;
        this.clock = clock;
    }

    /** A pseudonym for the id of somebody or of a session, drawn by lot. */
    String pseudonym(String id) {
        var random = new SecureRandom();
        var bytes = new byte[RANDOM_BYTES];
        while (true) {
            random.nextBytes(bytes);
            var pseudonym = Person.pseudonym(HexFormat.of().formatHex(bytes));
            if (alike.test(id, pseudonym)) return pseudonym;
        }
    }

    /**
     * Puts sessions in which somebody was seen on the list, in the caller's transaction, before what says so is changed. An id that cannot be told from
     * other words or numbers is left out, and so are all when the erasure is done.
     *
     * @param sessions ids, as the tracker gave them
     * @return those that are being erased only from now on
     */
    public List<Person> adopt(Handle db, Person person, Collection<String> sessions) {
        var adopted = new ArrayList<Person>();
        if (sessions.isEmpty()) return adopted;
        people.refresh();
        for (var id : new TreeSet<>(sessions)) {
            if (!isFit(id)) continue;
            var known = people.listed(id);
            if (known.isPresent() && !known.get().isSession()) continue;
            var session = known.orElseGet(() -> Person.session(id, pseudonym(id)));
            if (known.isEmpty() ? insert(db, person, session) : wake(db, person, session)) adopted.add(session);
        }
        return adopted;
    }

    private static boolean isFit(String id) {
        return Mark.isFit(id) && !Person.isPseudonym(id) && !Person.isNumber(id) && new Person(id, "").isTelling();
    }

    private boolean insert(Handle db, Person person, Person session) {
        var mark = Mark.of(session.id());
        return db.createUpdate("""
                insert into erasure.session (pseudonym, erasure, subject, salt, hash, fingerprint, lead, length, adopted_at)
                select :session, id, :subject, :salt, :hash, :fingerprint, :lead, :length, :now
                from erasure.erasure where pseudonym = :person and state = 'working'""")
                        .bind("session", session.pseudonym())
                        .bind("subject", session.id())
                        .bind("person", person.pseudonym())
                        .bind("salt", mark.salt())
                        .bind("hash", mark.hash())
                        .bind("fingerprint", mark.fingerprint())
                        .bind("lead", mark.lead())
                        .bind("length", mark.length())
                        .bind("now", clock.instant())
                        .execute()
                > 0;
    }

    /** One that was erased and is back. @return whether it was not noticed yet */
    private boolean wake(Handle db, Person person, Person session) {
        return db.createUpdate("""
                update erasure.session s set subject = :subject, spread = false, adopted_at = :now, erasure = e.id
                from erasure.erasure e
                where s.pseudonym = :session and s.subject is null and e.pseudonym = :person and e.state = 'working'""")
                        .bind("session", session.pseudonym())
                        .bind("subject", session.id())
                        .bind("person", person.pseudonym())
                        .bind("now", clock.instant())
                        .execute()
                > 0;
    }
}
