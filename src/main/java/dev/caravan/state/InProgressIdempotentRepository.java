package dev.caravan.state;

import dev.caravan.failure.TargetUnavailable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.apache.camel.support.service.ServiceSupport;
import org.infinispan.Cache;

/**
 * Knows what is done, and what is being worked on. A key is absent, claimed (by one worker, until its claim lapses), or done.
 *
 * <ul>
 *   <li>{@link #add} claims an absent key. For a key that is done it returns false: a duplicate, to be dropped. For a key that somebody
 *       works on it throws, so that the message returns to its queue: dropping it would lose it if that worker fails.
 *   <li>{@link #confirm} marks the key as done; call it when the effect is safe.
 *   <li>{@link #remove} releases the claim, so that the next delivery may try.
 *   <li>{@link #extend} renews the claim of work that takes long; do it whenever the message's visibility is extended.
 * </ul>
 *
 * <p>After a crash the claim lapses, and the key is absent again. If a claim lapses while its worker still works, another may claim the
 * key: then both have an effect, and sinks must bear that (they do). The late worker cannot release or extend the other's claim, but it can
 * confirm, because the effect did happen.
 *
 * <p>Works for Camel's idempotent consumer in its eager mode (the default), not with {@code eager: false}. One writer among several
 * instances needs a clustered cache.
 */
public final class InProgressIdempotentRepository extends ServiceSupport implements IdempotentRepository {
    /** {@link TargetUnavailable#target()} of what {@link #add} throws: nothing is broken, somebody is at it. */
    public static final String TARGET = "claim";

    private static final String DONE = "done";

    private final Cache<String, String> cache;
    private final String scope;
    private final String owner;
    private final Duration claimLifespan;
    private final Clock clock;
    private final Map<String, String> claims = new ConcurrentHashMap<>();

    /**
     * @param cache         where keys are kept; its own lifespan says how long a key is known to be done
     * @param scope         which keys are meant, such as {@code uploads}; repositories of different scopes share a cache
     * @param owner         this instance, for messages
     * @param claimLifespan how long a claim stands unless it is extended; about the visibility timeout of the queue
     */
    public InProgressIdempotentRepository(
            Cache<String, String> cache, String scope, String owner, Duration claimLifespan, Clock clock) {
        this.cache = cache;
        this.scope = scope;
        this.owner = owner;
        this.claimLifespan = claimLifespan;
        this.clock = clock;
    }

    /**
     * Claims a key.
     *
     * @return true when the caller has the claim now, false when the key is done
     * @throws TargetUnavailable when somebody works on it; says after which time the claim has lapsed or been extended
     */
    @Override
    public boolean add(String key) {
        var claim = newClaim();
        var standing = cache.putIfAbsent(entry(key), claim, claimLifespan.toMillis(), TimeUnit.MILLISECONDS);
        if (standing == null) {
            claims.put(key, claim);
            return true;
        }
        if (standing.equals(DONE)) return false;
        throw beingWorkedOn(key, standing);
    }

    /** Whether the key is done. */
    @Override
    public boolean contains(String key) {
        return DONE.equals(cache.get(entry(key)));
    }

    /**
     * Marks a key as done, whoever has claimed it.
     *
     * @return whether the claim was still ours
     */
    @Override
    public boolean confirm(String key) {
        var claim = claims.remove(key);
        var before = cache.put(entry(key), DONE);
        return claim != null && claim.equals(before);
    }

    /**
     * Releases our claim. A key that is done, or claimed by another, stays so.
     *
     * @return whether the claim was still ours
     */
    @Override
    public boolean remove(String key) {
        var claim = claims.remove(key);
        return claim != null && cache.remove(entry(key), claim);
    }

    /**
     * Makes our claim last from now on as long as a new one.
     *
     * @return false when it has lapsed: somebody else may be at work
     */
    public boolean extend(String key) {
        var claim = claims.get(key);
        if (claim == null) return false;
        var longer = newClaim();
        if (!cache.replace(entry(key), claim, longer, claimLifespan.toMillis(), TimeUnit.MILLISECONDS)) return false;
        claims.replace(key, claim, longer);
        return true;
    }

    /** Forgets every key of this scope, done or claimed. */
    @Override
    public void clear() {
        claims.clear();
        cache.keySet().removeIf(key -> key.startsWith(entry("")));
    }

    /** Knows what is done, and neither claims nor confirms: for a rehearsal. */
    public IdempotentRepository lookingOnly() {
        return new MemoryIdempotentRepository() {
            @Override
            public boolean add(String key) {
                return !InProgressIdempotentRepository.this.contains(key) && super.add(key);
            }
        };
    }

    private String entry(String key) {
        return scope + ":" + key;
    }

    private String newClaim() {
        return "claimed " + clock.instant().plus(claimLifespan) + " " + UUID.randomUUID() + " " + owner;
    }

    private TargetUnavailable beingWorkedOn(String key, String claim) {
        var parts = claim.split(" ", 4);
        var left = Duration.between(clock.instant(), Instant.parse(parts[1]));
        return new TargetUnavailable(
                TARGET,
                scope + " \"" + key + "\" is being worked on by " + parts[3],
                left.isNegative() ? Duration.ZERO : left,
                null);
    }
}
