package dev.caravan.outbound;

import dev.caravan.failure.TargetUnavailable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Sends calls over the JDK's HTTP client: for verbs that speak to a target and have no routes to do it through. */
public final class HttpPort implements Port {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build();
    private final String target;
    private final String base;
    private final Map<String, String> headers;
    private final Duration patience;

    /**
     * @param target        the system's name, for messages
     * @param base          what the paths of calls are below; a slash at its end is left out
     * @param headers       sent with every call: who we are
     * @param patience      how long an answer may take
     */
    public HttpPort(String target, URI base, Map<String, String> headers, Duration patience) {
        this.target = target;
        this.base = base.toString().replaceAll("/+$", "");
        this.headers = Map.copyOf(headers);
        this.patience = patience;
    }

    @Override
    public Reply send(Call call) {
        var request = HttpRequest.newBuilder(URI.create(base + call.path())).timeout(patience);
        headers.forEach(request::header);
        if (call.body() == null) request.method(call.method(), BodyPublishers.noBody());
        else
            request.header("Content-Type", "application/json")
                    .method(call.method(), BodyPublishers.ofByteArray(call.body()));
        try {
            var answer = http.send(request.build(), BodyHandlers.ofByteArray());
            var told = new HashMap<String, String>();
            answer.headers().map().forEach((name, values) -> told.put(name, values.get(0)));
            return new Reply(answer.statusCode(), told, answer.body());
        } catch (IOException e) {
            throw new TargetUnavailable(target, "no answer from " + base + " to " + call + ": " + e, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TargetUnavailable(target, call + " was not waited for", null, e);
        }
    }
}
