package dev.caravan.products.pimcore;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;

/** Sends calls over HTTP, with the API key. */
record HttpPort(HttpClient http, URI base, String apiKey, Duration timeout) implements Port {
    @Override
    public Reply send(Call call) {
        var request = HttpRequest.newBuilder(URI.create(base + call.path()))
                .header("Content-Type", "application/json")
                .header("X-API-Key", apiKey)
                .timeout(timeout)
                .method(call.method(), BodyPublishers.ofByteArray(call.body()))
                .build();
        try {
            var response = http.send(request, BodyHandlers.ofByteArray());
            var headers = new HashMap<String, String>();
            response.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
            return new Reply(response.statusCode(), headers, response.body());
        } catch (IOException e) {
            throw new TargetUnavailable("pimcore", "no answer to " + call + ": " + e, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
