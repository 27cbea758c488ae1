package dev.caravan.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Who is signed in, at the console or at Hawtio. Sessions lie in PostgreSQL, so every instance knows them and signing out ends them everywhere. One ends by itself when
 * nobody did anything for a while, after twelve hours, and when its key is taken out of the settings.
 */
public final class Sessions {
    /** How long one lasts at most. */
    public static final Duration LONGEST = Duration.ofHours(12);

    private static final Duration TRIES_WITHIN = Duration.ofMinutes(5);
    private static final int MOST_TRIES = 10;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database database;
    private final ApiKeys keys;
    private final Duration idle;
    private final Clock clock;

    /** @param idle how long one lasts without a request */
    public Sessions(Database database, ApiKeys keys, Duration idle, Clock clock) {
        this.database = database;
        this.keys = keys;
        this.idle = idle;
        this.clock = clock;
    }

    /**
     * Somebody at a browser.
     *
     * @param token what only that browser knows
     */
    public record Session(Caller caller, String token) {
        /** Whether more is allowed than to look. */
        public boolean operator() {
            return caller.role().covers(Role.OPERATOR);
        }

        /** What its forms carry. It follows from the token, and the token does not follow from it. */
        public String csrf() {
            return Json.sha256(("csrf " + token).getBytes(UTF_8));
        }

        /** Whether a form carried it. */
        public boolean sent(String csrf) {
            return MessageDigest.isEqual(csrf().getBytes(UTF_8), csrf.getBytes(UTF_8));
        }
    }

    /**
     * Signs in.
     *
     * @param address where the request comes from; wrong keys are counted by it
     * @return empty when the key is none, or one that may not look
     * @throws Problem 429 after too many wrong keys, whatever the key
     */
    public Optional<Session> open(String key, String address) {
        var now = clock.instant();
        int wrong = database.transaction(db -> {
            forget(db);
            return db.createQuery("select count(*) from console.wrong_try where address = :address")
                    .bind("address", address)
                    .mapTo(Integer.class)
                    .one();
        });
        if (wrong >= MOST_TRIES)
            throw new Problem(
                    429,
                    "Too many wrong keys",
                    "wait " + TRIES_WITHIN.toMinutes() + " minutes, then try again with the right one");
        var caller = keys.caller(key).filter(found -> found.role().covers(Role.VIEWER));
        if (caller.isEmpty()) {
            database.write(db -> db.createUpdate("insert into console.wrong_try (address, at) values (:address, :now)")
                    .bind("address", address)
                    .bind("now", now)
                    .execute());
            return Optional.empty();
        }
        var session = new Session(caller.get(), token());
        database.write(db -> db.createUpdate("""
                insert into console.session (token_hash, caller, role, signed_in_at, seen_at) values (:token, :caller, :role, :now, :now)""")
                .bind("token", hash(session.token()))
                .bind("caller", session.caller().name())
                .bind("role", session.caller().role().name())
                .bind("now", now)
                .execute());
        return Optional.of(session);
    }

    /**
     * The session a browser names.
     *
     * @param token  empty when it names none
     * @param active whether a person asks; a page that refreshes itself keeps no session alive
     */
    public Optional<Session> find(String token, boolean active) {
        if (token.isEmpty()) return Optional.empty();
        return database.transaction(db -> {
            var caller = db.createQuery("""
                    select caller, role from console.session
                    where token_hash = :token and seen_at > :idle and signed_in_at > :longest""")
                    .bind("token", hash(token))
                    .bind("idle", clock.instant().minus(idle))
                    .bind("longest", clock.instant().minus(LONGEST))
                    .map((row, context) -> new Caller(row.getString(1), Role.valueOf(row.getString(2))))
                    .findOne()
                    .filter(keys::has);
            if (active && caller.isPresent()) seen(db, token);
            return caller.map(found -> new Session(found, token));
        });
    }

    /** Signs out. */
    public void end(Session session) {
        database.write(db -> db.createUpdate("delete from console.session where token_hash = :token")
                .bind("token", hash(session.token()))
                .execute());
    }

    private void seen(Handle db, String token) {
        db.createUpdate("update console.session set seen_at = :now where token_hash = :token and seen_at < :recently")
                .bind("now", clock.instant())
                .bind("recently", clock.instant().minus(idle.dividedBy(30)))
                .bind("token", hash(token))
                .execute();
    }

    private void forget(Handle db) {
        db.createUpdate("delete from console.wrong_try where at <= :before")
                .bind("before", clock.instant().minus(TRIES_WITHIN))
                .execute();
        db.createUpdate("delete from console.session where signed_in_at <= :longest or seen_at <= :idle")
                .bind("longest", clock.instant().minus(LONGEST))
                .bind("idle", clock.instant().minus(idle))
                .execute();
    }

    private static String token() {
        var bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String hash(String token) {
        return Json.sha256(token.getBytes(UTF_8));
    }
}
