package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.StringJoiner;

/** A running instance, as the verbs that look into it see it. */
final class ApiClient {
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI url;
    private final String key;

    private ApiClient(URI url, String key) {
        this.url = url;
        this.key = key;
    }

    /** The instance that {@code CARAVAN_URL} and {@code CARAVAN_API_KEY} name, or the demo that is running. */
    static ApiClient ofProcess() {
        return of(DemoEnvironment.overlaid(System.getenv()));
    }

    /** @throws BadSettings when there is no key, or the address is none */
    static ApiClient of(Map<String, String> environment) {
        var key = environment.get("CARAVAN_API_KEY");
        if (key == null || key.isBlank()) {
            throw new BadSettings(
                    "set CARAVAN_API_KEY to a key of the instance (and CARAVAN_URL, default http://localhost:8080), or start ./caravan demo");
        }
        var address = environment.getOrDefault("CARAVAN_URL", "http://localhost:8080");
        if (!address.matches("https?://[^\\s/]+.*"))
            throw new BadSettings("CARAVAN_URL=" + address + " must start with http:// or https://");
        return new ApiClient(URI.create(address), key);
    }

    JsonNode get(String path, Map<String, String> query) {
        return send(request(path + parameters(query)).GET().build());
    }

    JsonNode delete(String path, Map<String, String> query) {
        return send(request(path + parameters(query)).DELETE().build());
    }

    /** @param query of which what is null is left out */
    private static String parameters(Map<String, String> query) {
        var parameters = new StringJoiner("&");
        query.forEach((name, value) -> {
            if (value != null) parameters.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
        });
        return parameters.length() == 0 ? "" : "?" + parameters;
    }

    /** A part of a path. */
    static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonNode post(String path, JsonNode body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Json.bytes(body)))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofMinutes(10))
                .header("Authorization", "Bearer " + key);
    }

    private String detail(HttpResponse<byte[]> answer) {
        var otherwise = url + " answered HTTP " + answer.statusCode();
        try {
            return Json.read(answer.body()).path("detail").asText(otherwise);
        } catch (BadMessage e) {
            return otherwise;
        }
    }

    private JsonNode send(HttpRequest request) {
        try {
            var answer = http.send(request, BodyHandlers.ofByteArray());
            if (answer.statusCode() == 401 || answer.statusCode() == 403) {
                throw new BadSettings("CARAVAN_API_KEY is not a key that may do this at " + url);
            }
            if (answer.statusCode() >= 500) throw new TargetUnavailable("caravan", detail(answer));
            if (answer.statusCode() >= 300) throw new BadSettings(detail(answer));
            return Json.read(answer.body());
        } catch (IOException e) {
            throw new TargetUnavailable("caravan", "no instance answers at " + url + " (set CARAVAN_URL)", null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TargetUnavailable("caravan", "interrupted", null, e);
        }
    }
}
