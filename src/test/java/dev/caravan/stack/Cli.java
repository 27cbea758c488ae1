package dev.caravan.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.sandbox.CaravanProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** {@code java -jar target/caravan.jar VERB …}, as a person or a script runs it. */
final class Cli {
    private final Map<String, String> environment;

    /** @param environment what the verb gets beside the environment of the tests */
    Cli(Map<String, String> environment) {
        this.environment = environment;
    }

    /** With the address of a running instance, and a key of it. */
    static Cli of(CaravanProcess caravan, String key) {
        return new Cli(Map.of("CARAVAN_URL", caravan.url().toString(), "CARAVAN_API_KEY", key));
    }

    /** What a verb ended with and wrote. */
    record Ended(int code, String out, String err) {}

    Ended run(String... arguments) {
        var command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1"));
        var agent = System.getProperty("caravan.jacoco", "");
        if (!agent.isBlank()) command.add(agent);
        command.addAll(List.of("-jar", CaravanProcess.jar().toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        try {
            var process = Limited.start(builder);
            process.getOutputStream().close();
            var err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
            var out = read(process.getInputStream());
            return new Ended(process.waitFor(), out, err.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String read(java.io.InputStream in) {
        try (in) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
