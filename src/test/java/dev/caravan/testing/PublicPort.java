package dev.caravan.testing;

import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.settings.Settings;
import java.net.URI;
import java.util.Map;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** The public port as the runtime opens it, with nothing behind it but the routes of a test. */
public final class PublicPort implements AutoCloseable {
    private final Main main = new Main();
    private final int port = CaravanProcess.freePort();

    /**
     * Opens it.
     *
     * @param mostBytes largest body it takes
     */
    public PublicPort(int mostBytes, RouteBuilder routes) {
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
        main.configure().addRoutesBuilder(routes);
        main.start();
    }

    public int port() {
        return port;
    }

    /** The address of a path, query included. */
    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() {
        main.stop();
    }
}
