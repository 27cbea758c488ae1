package dev.caravan.cli;

import dev.caravan.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "health",
        description =
                "Whether the instance on this machine answers at its public port, for a container's health check. Exit code 1 when not.",
        mixinStandardHelpOptions = true)
final class HealthCommand implements Callable<Integer> {
    private static final int TIMEOUT_MILLISECONDS = 4_000;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        int port = Settings.ofProcess().integer("camel.server.port");
        return look(
                URI.create("http://127.0.0.1:" + port + "/health"),
                spec.commandLine().getErr());
    }

    /** The exit code; what is wrong is told. */
    static int look(URI address, PrintWriter err) {
        try {
            // Lighter than the newer client, for what is started every half minute.
            var connection = (HttpURLConnection) address.toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLISECONDS);
            connection.setReadTimeout(TIMEOUT_MILLISECONDS);
            int status = connection.getResponseCode();
            connection.disconnect();
            if (status == HttpURLConnection.HTTP_OK) return Caravan.OK;
            err.println(address + " answers " + status);
        } catch (IOException e) {
            err.println(address + ": " + e.getMessage());
        }
        return Caravan.FOUND;
    }
}
