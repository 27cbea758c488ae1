package dev.caravan.state;

import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.infinispan.Cache;

/** Webhook ids in a cache; shared by all instances when the cache is clustered. */
public final class CachedIds implements RememberedIds {
    private final Cache<String, String> cache;
    private final String scope;

    /** @param scope whose webhooks, such as {@code pimcore}; ids of different senders may be the same */
    public CachedIds(Cache<String, String> cache, String scope) {
        this.cache = cache;
        this.scope = scope;
    }

    /** Those of another sender. */
    public CachedIds of(String sender) {
        return new CachedIds(cache, sender);
    }

    @Override
    public boolean remember(String id, Duration atLeast) {
        return cache.putIfAbsent(entry(id), "let in", atLeast.toMillis(), TimeUnit.MILLISECONDS) == null;
    }

    @Override
    public void forget(String id) {
        cache.remove(entry(id));
    }

    private String entry(String id) {
        return "webhook " + scope + ":" + id;
    }
}
