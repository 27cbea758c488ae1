package dev.caravan.products.medusa;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** A port as in production, as far as the shop can tell, that remembers what went through it. */
final class HttpPort implements Port {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;
    private final String authorization;
    private final List<Call> calls = new ArrayList<>();

    HttpPort(URI base, String secretKey) {
        this.base = base;
        this.authorization =
                "Basic " + Base64.getEncoder().encodeToString((secretKey + ":").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Reply send(Call call) {
        calls.add(call);
        var request = HttpRequest.newBuilder(URI.create(base + call.path()));
        request.timeout(Duration.ofSeconds(60)).header("Authorization", authorization);
        if (call.body() == null) request.method(call.method(), HttpRequest.BodyPublishers.noBody());
        else
            request.header("Content-Type", "application/json")
                    .method(call.method(), HttpRequest.BodyPublishers.ofByteArray(call.body()));
        try {
            var response = client.send(request.build(), BodyHandlers.ofByteArray());
            var headers = response.headers().map().entrySet().stream()
                    .collect(Collectors.toMap(h -> h.getKey(), h -> h.getValue().get(0)));
            return new Reply(response.statusCode(), headers, response.body());
        } catch (IOException e) {
            throw new TargetUnavailable("medusa", call + ": " + e, null, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void forget() {
        calls.clear();
    }

    /** Method and path, without the query and with {@code :id} for ids. */
    List<String> calls() {
        return calls.stream().map(HttpPort::shape).toList();
    }

    List<String> writes() {
        return calls.stream().filter(call -> !call.reads()).map(HttpPort::shape).toList();
    }

    /** The bodies of the writes, in order. */
    List<String> bodies() {
        return calls.stream()
                .filter(call -> !call.reads())
                .map(call -> new String(call.body(), StandardCharsets.UTF_8))
                .toList();
    }

    private static String shape(Call call) {
        return call.method() + " "
                + call.path().replaceFirst("\\?.*", "").replaceAll("/(prod|variant|iitem|opt)_[^/]+", "/:id");
    }
}
