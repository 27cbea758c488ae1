package dev.caravan.state;

import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.infinispan.Cache;

/** Ids of webhooks that were let in, kept as long as their signatures would be good for another time. */
public final class WebhookIds implements RememberedIds {
    private final Cache<String, String> cache;

    public WebhookIds(Cache<String, String> cache) {
        this.cache = cache;
    }

    @Override
    public boolean remember(String id, Duration atLeast) {
        return cache.putIfAbsent(entry(id), "", atLeast.toMillis(), TimeUnit.MILLISECONDS) == null;
    }

    @Override
    public void forget(String id) {
        cache.remove(entry(id));
    }

    private static String entry(String id) {
        return "webhook " + id;
    }
}
