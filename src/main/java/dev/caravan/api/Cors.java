package dev.caravan.api;

import dev.caravan.failure.BadSettings;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.CorsHandler;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Which other sites' scripts may call the API, as browsers ask before they let them (CORS).
 *
 * @param origins such as {@code https://shop.example}; none when empty: then nothing is said, and browsers refuse by themselves
 * @param paths   that may be called; what lies below them, too
 */
public record Cors(List<String> origins, List<String> paths) {
    /** Nobody's. */
    public static final Cors NONE = new Cors(List.of(), List.of());

    private static final int REMEMBERED_SECONDS = 600;

    /** @throws BadSettings when something is no origin */
    public static Cors of(String commaSeparated, List<String> paths) {
        var origins = Arrays.stream(commaSeparated.split(","))
                .map(String::strip)
                .filter(origin -> !origin.isEmpty())
                .toList();
        for (var origin : origins)
            if (!origin.matches("https?://[^/?#*\\s]+"))
                throw new BadSettings(
                        "\"" + origin + "\" is no origin: write such as https://shop.example, without a path");
        return new Cors(origins, paths);
    }

    /** Before all that answers there. */
    void addTo(Router router) {
        if (origins.isEmpty()) return;
        for (var path : paths) {
            var handler = CorsHandler.create()
                    .addOrigins(origins)
                    .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST))
                    .allowedHeaders(Set.of("Authorization", "X-API-Key", "Content-Type", "Idempotency-Key"))
                    .exposedHeaders(Set.of("Location", "Retry-After"))
                    .maxAgeSeconds(REMEMBERED_SECONDS);
            router.route(path).order(Integer.MIN_VALUE).handler(handler);
            router.route(path + "/*").order(Integer.MIN_VALUE).handler(handler);
        }
    }
}
