package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Copies the images of products into a bucket of ours, under the SHA-256 of their bytes, and lets the shop show the copies. An image is
 * fetched once, only from hosts on the list, never by way of a redirect, and only when type and size are allowed; otherwise the shop goes on
 * showing the supplier's, and the next change of the product tries again.
 */
final class ImageHosting implements UnaryOperator<ObjectNode> {
    private static final Logger LOG = LoggerFactory.getLogger(ImageHosting.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int ALREADY_THERE = 412;

    private final Rules rules;
    private final boolean copying;
    private final Database database;
    private final S3Client s3;
    private final Clock clock;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /**
     * What is copied where.
     *
     * @param publicUrl where browsers find the bucket's objects, without a slash at the end
     * @param origins   scheme, host and port, such as {@code https://img.example.com}
     * @param types     media types, such as {@code image/jpeg}
     * @param maxBytes  of one image
     */
    record Rules(String bucket, String publicUrl, Set<String> origins, Set<String> types, int maxBytes) {
        Rules {
            origins = Set.copyOf(origins);
            types = Set.copyOf(types);
        }

        /**
         * @return empty when {@code images.bucket} is, which leaves all images where they are
         * @throws BadSettings when the bucket is set and something else is missing
         */
        static Optional<Rules> of(Settings settings) {
            var bucket = settings.text("images.bucket");
            if (bucket.isBlank()) return Optional.empty();
            var publicUrl = settings.text("images.public-url").replaceAll("/+$", "");
            var hosts = words(settings.text("images.hosts"));
            if (publicUrl.isBlank() || hosts.isEmpty())
                throw new BadSettings(
                        "IMAGES_BUCKET is set: IMAGES_PUBLIC_URL must say where browsers find it, and IMAGES_HOSTS from which hosts images may be copied");
            var origins = hosts.stream()
                    .map(host -> host.contains("://") ? host : "https://" + host)
                    .collect(Collectors.toSet());
            return Optional.of(new Rules(
                    bucket,
                    publicUrl,
                    origins,
                    words(settings.text("images.types")),
                    settings.integer("images.max-bytes")));
        }

        private static Set<String> words(String list) {
            return Arrays.stream(list.split("[,\\s]+"))
                    .filter(word -> !word.isBlank())
                    .collect(Collectors.toSet());
        }

        boolean allows(String url) {
            try {
                var uri = URI.create(url);
                return origins.contains(uri.getScheme() + "://" + uri.getRawAuthority());
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    private record Copy(String sha256, String url) {}

    /** @param copying whether new images are copied; else the shop shows copies that are there, and the rest from where it is */
    ImageHosting(Rules rules, boolean copying, Database database, S3Client s3, Clock clock) {
        this.rules = rules;
        this.copying = copying;
        this.database = database;
        this.s3 = s3;
        this.clock = clock;
    }

    /**
     * @param product as the shop is to have it: {@code thumbnail}, {@code images} and each variant's {@code images} are URLs; changed in place
     * @throws TargetUnavailable when the bucket does not take an image
     */
    @Override
    public ObjectNode apply(ObjectNode product) {
        var urls = new LinkedHashSet<String>();
        replace(product, url -> {
            if (rules.allows(url)) urls.add(url);
            return url;
        });
        var copies = known(urls);
        urls.removeAll(copies.keySet());
        if (copying) {
            var made = copied(urls);
            remember(made);
            made.forEach((url, copy) -> copies.put(url, copy.url()));
        }
        replace(product, url -> copies.getOrDefault(url, url));
        return product;
    }

    private static void replace(ObjectNode product, UnaryOperator<String> with) {
        if (product.path("thumbnail").isTextual())
            product.put("thumbnail", with.apply(product.path("thumbnail").asText()));
        replace(product.path("images"), with);
        for (var variant : product.path("variants")) replace(variant.path("images"), with);
    }

    private static void replace(JsonNode images, UnaryOperator<String> with) {
        if (!(images instanceof ArrayNode list)) return;
        for (int i = 0; i < list.size(); i++)
            list.set(i, TextNode.valueOf(with.apply(list.get(i).asText())));
    }

    private Map<String, String> known(Collection<String> urls) {
        var known = new HashMap<String, String>();
        if (urls.isEmpty()) return known;
        database.write(db -> db.createQuery("select url, copy from products.image where url = any(:urls)")
                .bindArray("urls", String.class, urls.toArray())
                .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                .forEach(image -> known.put(image.getKey(), image.getValue())));
        return known;
    }

    private void remember(Map<String, Copy> copies) {
        if (copies.isEmpty()) return;
        database.write(db -> {
            var batch = db.prepareBatch(
                    "insert into products.image (url, sha256, copy, copied_at) values (:url, :sha256, :copy, :now) on conflict do nothing");
            copies.forEach((url, copy) -> batch.bind("url", url)
                    .bind("sha256", copy.sha256())
                    .bind("copy", copy.url())
                    .bind("now", clock.instant())
                    .add());
            batch.execute();
        });
    }

    /** All at once: a product has few images, and their server is far. */
    private Map<String, Copy> copied(Collection<String> urls) {
        var copying = new LinkedHashMap<String, CompletableFuture<Optional<Copy>>>();
        for (var url : urls) {
            var request =
                    HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
            copying.put(
                    url,
                    http.sendAsync(request, BodyHandlers.ofInputStream())
                            .handle((answer, failure) -> failure == null ? copy(url, answer) : left(url, failure)));
        }
        var copies = new LinkedHashMap<String, Copy>();
        try {
            copying.forEach((url, copy) -> copy.join().ifPresent(made -> copies.put(url, made)));
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        return copies;
    }

    private Optional<Copy> copy(String url, HttpResponse<java.io.InputStream> answer) {
        byte[] bytes;
        try (var body = answer.body()) {
            bytes = body.readNBytes(rules.maxBytes() + 1);
        } catch (IOException e) {
            return left(url, e);
        }
        var type = answer.headers()
                .firstValue("content-type")
                .orElse("")
                .replaceFirst(";.*", "")
                .strip();
        if (answer.statusCode() != 200) return left(url, "the server answered HTTP " + answer.statusCode());
        if (!rules.types().contains(type)) return left(url, "its type \"" + type + "\" is not allowed");
        if (bytes.length > rules.maxBytes()) return left(url, "it has more than " + rules.maxBytes() + " bytes");
        var sha256 = Json.sha256(bytes);
        var key = "images/" + sha256 + "." + type.replaceFirst(".*/", "");
        put(key, type, bytes);
        return Optional.of(new Copy(sha256, rules.publicUrl() + "/" + key));
    }

    private void put(String key, String type, byte[] bytes) {
        try {
            s3.putObject(
                    request -> request.bucket(rules.bucket())
                            .key(key)
                            .contentType(type)
                            .cacheControl("public, max-age=31536000, immutable")
                            .ifNoneMatch("*"),
                    RequestBody.fromBytes(bytes));
        } catch (SdkException e) {
            if (e instanceof S3Exception answered && answered.statusCode() == ALREADY_THERE) return;
            throw new TargetUnavailable(
                    "s3", "put s3://" + rules.bucket() + "/" + key + ": " + e.getMessage(), null, e);
        }
    }

    private static Optional<Copy> left(String url, Object why) {
        LOG.info("the shop shows {} from where it is: {}", url, String.valueOf(why));
        return Optional.empty();
    }
}
