package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tells a URL what changed, after the request that changed it, in the shape of the Datahub Webhooks bundle, signed by the rules of Standard
 * Webhooks. At most once: a message that is not answered with 2xx is lost.
 */
final class Webhooks implements AutoCloseable {
    /** What the message says of the object besides its system columns, as far as its class has them. */
    private static final List<String> FIELDS = List.of("externalId", "supplier", "sku", "sourceVersion", "contentHash");

    private static final int SENDERS = 4;

    private final Clock clock;
    private final Definitions definitions;
    private final Reader reader;
    private final CounterSet counters;
    private final byte[] secret;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS, job -> {
        var thread = new Thread(job, "pimcore-webhook");
        thread.setDaemon(true);
        return thread;
    });
    private volatile URI url;
    private volatile boolean on = true;

    Webhooks(Clock clock, Definitions definitions, ObjectTree tree, CounterSet counters, URI url, String secret) {
        this.clock = clock;
        this.definitions = definitions;
        this.reader = new Reader(definitions, tree);
        this.counters = counters;
        this.url = url;
        this.secret = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
    }

    /** Where messages go from now on; null for nowhere. */
    void url(URI url) {
        this.url = url;
    }

    URI url() {
        return url;
    }

    /** Off: messages are dropped, not kept. */
    void on(boolean on) {
        this.on = on;
    }

    boolean on() {
        return on;
    }

    /** Makes the messages and settles where they go, so that a setting changed later does not touch them; running it sends them. */
    Runnable about(Collection<Session.Change> changes) {
        var to = url;
        var products = changes.stream()
                .filter(change -> "Product".equals(change.object().className()))
                .toList();
        if (to == null || !on) {
            counters.webhooksDropped.add(products.size());
            return () -> {};
        }
        var bodies =
                products.stream().map(change -> Json.bytes(message(change))).toList();
        return () -> bodies.forEach(body -> senders.execute(() -> post(to, body)));
    }

    private ObjectNode message(Session.Change change) {
        var object = change.object();
        var message = Json.object();
        message.putObject("general")
                .put("eventName", change.event())
                .put("timestamp", clock.instant().getEpochSecond())
                .put("subjectType", "object")
                .put("versionOnly", false);
        var subject = message.putObject("subject")
                .put("id", object.id())
                .put("path", object.path())
                .put("fullpath", object.fullpath())
                .put("key", object.key())
                .put("published", object.published() && !change.event().endsWith("postDelete"))
                .put("type", object.className())
                .put("className", object.className())
                .put("objectType", object.type())
                .put("modificationDate", object.modificationDate())
                .put("userModification", object.userModification());
        var type = definitions.classes().get(object.className());
        FIELDS.stream()
                .flatMap(name -> type.field(name).stream())
                .forEach(field -> subject.set(
                        field.name(),
                        Json.mapper()
                                .<JsonNode>valueToTree(reader.read(
                                        object, field, definitions.languages().get(0)))));
        return message;
    }

    private void post(URI to, byte[] body) {
        var id = "msg_" + UUID.randomUUID().toString().replace("-", "");
        var timestamp = Long.toString(clock.instant().getEpochSecond());
        var request = HttpRequest.newBuilder(to)
                .timeout(Duration.ofSeconds(5))
                .header("Content-Type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", "v1," + signature(id, timestamp, body))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        try {
            var status = http.send(request, BodyHandlers.discarding()).statusCode();
            (status / 100 == 2 ? counters.webhooksSent : counters.webhooksFailed).increment();
        } catch (IOException e) {
            counters.webhooksFailed.increment();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String signature(String id, String timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        senders.shutdownNow();
    }
}
