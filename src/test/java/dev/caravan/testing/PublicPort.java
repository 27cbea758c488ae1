package dev.caravan.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.api.PublicServer;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** The public port as the runtime opens it, with nothing behind it but the routes of a test. */
public final class PublicPort implements AutoCloseable {
    private final HttpClient http = HttpClient.newHttpClient();
    private final Main main = new Main();
    private final int port = CaravanProcess.freePort();

    /**
     * Opens it.
     *
     * @param mostBytes largest body it takes
     */
    public PublicPort(int mostBytes, RouteBuilder... routes) {
        var properties = Settings.of(Map.of(
                        "CAMEL_SERVER_HOST",
                        "127.0.0.1",
                        "CAMEL_SERVER_PORT",
                        String.valueOf(port),
                        "CAMEL_MANAGEMENT_ENABLED",
                        "false",
                        "HTTP_MAX_BODY_BYTES",
                        String.valueOf(mostBytes)))
                .forCamel();
        properties
                .keySet()
                .removeIf(key -> key.toString().startsWith("camel.component.")
                        || key.toString().startsWith("camel.metrics"));
        main.setDefaultPropertyPlaceholderLocation("false");
        main.setOverrideProperties(properties);
        main.bind("publicServerFactory", new PublicServer.Factory());
        for (var builder : routes) main.configure().addRoutesBuilder(builder);
        main.start();
    }

    public int port() {
        return port;
    }

    /** The address of a path, query included. */
    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /**
     * Calls it.
     *
     * @param key  of an API
     * @param type of the body; null or blank when none is told
     * @param body null for none
     */
    public HttpResponse<String> call(String method, String path, String key, String type, String body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(url(path))
                .header("X-API-Key", key)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body, UTF_8));
        if (type != null && !type.isBlank()) request.header("Content-Type", type);
        return http.send(request.build(), BodyHandlers.ofString(UTF_8));
    }

    @Override
    public void close() {
        main.stop();
    }
}
