package dev.caravan.state;

import dev.caravan.products.ProductKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.infinispan.Cache;

/**
 * The fast way to ask: was exactly this content the last one a target was to have, and has it confirmed it? PostgreSQL holds the truth;
 * this may not know ("a miss", then ask there), but what it says is right.
 *
 * <p>The protocol that makes it so, per target and product:
 *
 * <ol>
 *   <li>{@link #expect} (or {@link #forget}) <em>before</em> the transaction that accepts a new version. From here on there is no answer.
 *   <li>The version is accepted: commit. It is sent, and confirmed by the target: commit.
 *   <li>{@link #confirmed} <em>after</em> that commit. From here on the answer is the new content's hash.
 * </ol>
 *
 * A crash anywhere in between leaves a miss. A worker that is late with an older version's {@code confirmed} changes nothing: an entry that
 * expects another hash refuses it. Were the entry only removed in step 1, that worker would bring back the older hash, and a third version
 * with the older content would be skipped although the second is on its way.
 *
 * <p>One case is left: a worker so late with {@code confirmed} that meanwhile two versions were accepted, the second with the content it
 * confirms. The answer then comes before that second version has arrived; it is on its way, with the very content asked about.
 *
 * <p>With several instances the cache must be clustered (see {@link Caches}); while the network between them is split, an answer can be
 * stale.
 */
public final class LastSent {
    private static final String CONFIRMED = "=";
    private static final String EXPECTED = "?";

    private final Cache<String, String> cache;
    private final boolean lookingOnly;

    public LastSent(Cache<String, String> cache) {
        this(cache, false);
    }

    private LastSent(Cache<String, String> cache, boolean lookingOnly) {
        this.cache = cache;
        this.lookingOnly = lookingOnly;
    }

    /** The same answers, and nothing told to it is believed: for a rehearsal. */
    public LastSent lookingOnly() {
        return new LastSent(cache, true);
    }

    /** The hash of the content that the target confirmed, if it is also the last that was accepted for it; empty when not known. */
    public Optional<String> hash(String target, ProductKey key) {
        return hash(cache.get(entry(target, key)));
    }

    /** As {@link #hash} for many; products not known are left out. */
    public Map<ProductKey, String> hashes(String target, Collection<ProductKey> keys) {
        var entries = new HashMap<String, ProductKey>();
        keys.forEach(key -> entries.put(entry(target, key), key));
        var hashes = new HashMap<ProductKey, String>();
        cache.getAdvancedCache().getAll(new HashSet<>(entries.keySet())).forEach((entry, value) -> hash(value)
                .ifPresent(hash -> hashes.put(entries.get(entry), hash)));
        return hashes;
    }

    /** Before new versions are accepted: from now on only these contents can be confirmed. */
    public void expect(String target, Map<ProductKey, String> hashes) {
        if (lookingOnly) return;
        cache.putAll(hashes.entrySet().stream()
                .collect(Collectors.toMap(next -> entry(target, next.getKey()), next -> EXPECTED + next.getValue())));
    }

    /**
     * Before something is accepted whose content is not known here, such as the removal of a product, or after the target was changed
     * behind our back. Nothing can be confirmed until the next {@link #expect}.
     */
    public void forget(String target, Collection<ProductKey> keys) {
        if (lookingOnly) return;
        cache.putAll(keys.stream().distinct().collect(Collectors.toMap(key -> entry(target, key), key -> EXPECTED)));
    }

    /**
     * After the commit of the target's confirmation, or after a miss, with what PostgreSQL then said.
     *
     * @return false when another version is expected by now, so that there is no answer
     */
    public boolean confirmed(String target, ProductKey key, String hash) {
        if (lookingOnly) return false;
        var entry = entry(target, key);
        if (cache.replace(entry, EXPECTED + hash, CONFIRMED + hash)) return true;
        var standing = cache.putIfAbsent(entry, CONFIRMED + hash);
        return standing == null || standing.equals(CONFIRMED + hash);
    }

    private static Optional<String> hash(String value) {
        return value != null && value.startsWith(CONFIRMED)
                ? Optional.of(value.substring(CONFIRMED.length()))
                : Optional.empty();
    }

    private static String entry(String target, ProductKey key) {
        return target + " " + key;
    }
}
