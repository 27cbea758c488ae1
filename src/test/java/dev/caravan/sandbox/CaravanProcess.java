package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.App;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The packaged JAR, running as a process of its own, as it would in production. */
public final class CaravanProcess implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofSeconds(90);

    /** As the CLI's: a rehearsal of thousands answers when it is done. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Options options;
    private Process process;

    /**
     * How it is started.
     *
     * @param environment settings, those of the sandbox among them
     * @param publicPort  of the public API
     * @param managementPort health and metrics
     * @param apiKey      an operator's key
     * @param log         where its output goes
     * @param jvmArguments before the JAR
     * @param beside       classes beside those of the JAR; null for the JAR alone, as it ships
     */
    public record Options(
            Map<String, String> environment,
            int publicPort,
            int managementPort,
            String apiKey,
            Path log,
            List<String> jvmArguments,
            Path beside) {
        /** On free ports, with a key made for it, logging to {@code target/}. */
        public static Options of(Map<String, String> environment) {
            return new Options(
                    environment,
                    freePort(),
                    freePort(),
                    ApiKeys.generate(),
                    Path.of("target", "caravan.log"),
                    List.of(
                            "-Xmx512m",
                            // C1 alone would have a fifth of it, and a process that stays for long would run
                            // uncompiled.
                            "-XX:ReservedCodeCacheSize=240m",
                            System.getProperty("caravan.compiler", "-XX:+TieredCompilation")),
                    null);
        }

        public Options withPorts(int newPublicPort, int newManagementPort) {
            return new Options(environment, newPublicPort, newManagementPort, apiKey, log, jvmArguments, beside);
        }

        public Options with(String name, String value) {
            var changed = new TreeMap<>(environment);
            changed.put(name, value);
            return new Options(changed, publicPort, managementPort, apiKey, log, jvmArguments, beside);
        }

        /** With a further key. */
        public Options withKey(String name, Role role, String key) {
            return with(
                    "CARAVAN_API_KEYS",
                    environment.getOrDefault("CARAVAN_API_KEYS", "") + "," + ApiKeys.entry(name, role, key));
        }

        public Options withJvmArguments(List<String> arguments) {
            return new Options(environment, publicPort, managementPort, apiKey, log, arguments, beside);
        }

        public Options withBeside(Path classes) {
            return new Options(environment, publicPort, managementPort, apiKey, log, jvmArguments, classes);
        }

        public Options withLog(Path file) {
            return new Options(environment, publicPort, managementPort, apiKey, file, jvmArguments, beside);
        }
    }

    public CaravanProcess(Options options) {
        this.options = options;
    }

    /** Starts it; {@link #awaitReady()} waits for it. */
    public CaravanProcess start() {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options.jvmArguments());
        var agent = System.getProperty("caravan.jacoco", "");
        if (!agent.isBlank()) command.add(agent);
        command.addAll(
                options.beside() == null
                        ? List.of("-jar", jar().toString())
                        : List.of("-cp", jar() + File.pathSeparator + options.beside(), App.class.getName()));
        command.add("run");
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(options.environment());
        builder.environment().putAll(environment());
        builder.redirectErrorStream(true);
        try {
            Files.createDirectories(options.log().toAbsolutePath().getParent());
            builder.redirectOutput(
                    ProcessBuilder.Redirect.appendTo(options.log().toFile()));
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private Map<String, String> environment() {
        return Map.of(
                "CAMEL_SERVER_HOST",
                "127.0.0.1",
                "CAMEL_SERVER_PORT",
                String.valueOf(options.publicPort()),
                "CAMEL_MANAGEMENT_PORT",
                String.valueOf(options.managementPort()),
                "CARAVAN_API_KEYS",
                ApiKeys.entry("demo", Role.OPERATOR, options.apiKey())
                        + options.environment().getOrDefault("CARAVAN_API_KEYS", ""));
    }

    /** Waits until it takes work. */
    public CaravanProcess awaitReady() {
        return awaitReady(Duration.ofMillis(100));
    }

    /** As {@link #awaitReady()}, looking so often. */
    public CaravanProcess awaitReady(Duration every) {
        var giveUp = Instant.now().plus(READY_WITHIN);
        while (!ready()) {
            if (!process.isAlive())
                throw new IllegalStateException("caravan ended with " + process.exitValue() + "; see " + options.log());
            if (Instant.now().isAfter(giveUp))
                throw new IllegalStateException(
                        "caravan is not ready after " + READY_WITHIN + "; see " + options.log());
            pause(every.toMillis());
        }
        return this;
    }

    private boolean ready() {
        try {
            var request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + options.managementPort() + "/observe/health/ready"))
                    .timeout(Duration.ofSeconds(2))
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + options.publicPort());
    }

    public Options options() {
        return options;
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Processor time it has taken so far, of all cores together. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** {@code kill -9}. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** Waits for its end; its exit code. */
    public int awaitExit() {
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES)) throw new IllegalStateException("caravan does not end");
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Where health and metrics are. */
    public URI management() {
        return URI.create("http://127.0.0.1:" + options.managementPort());
    }

    /** GET with the operator's key. */
    public JsonNode get(String path) {
        return send(HttpRequest.newBuilder(url().resolve(path)).GET());
    }

    /** POST with the operator's key. */
    public JsonNode post(String path, JsonNode body) {
        return send(HttpRequest.newBuilder(url().resolve(path)).POST(BodyPublishers.ofByteArray(Json.bytes(body))));
    }

    /** DELETE with the operator's key. */
    public JsonNode delete(String path) {
        return send(HttpRequest.newBuilder(url().resolve(path)).DELETE());
    }

    private JsonNode send(HttpRequest.Builder request) {
        try {
            var answer = http.send(
                    request.timeout(PATIENCE)
                            .header("X-API-Key", options.apiKey())
                            .build(),
                    BodyHandlers.ofByteArray());
            if (answer.statusCode() >= 400)
                throw new IllegalStateException(answer.statusCode() + " " + new String(answer.body()));
            return Json.read(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, and {@code kill -9} when that does not help within half a minute. */
    @Override
    public void close() {
        if (!isAlive()) return;
        process.destroy();
        try {
            if (!process.waitFor(35, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The packaged JAR, built before. */
    public static Path jar() {
        var jar = Path.of("target", "caravan.jar").toAbsolutePath();
        if (!Files.isRegularFile(jar)) throw new IllegalStateException("build first: no " + jar);
        return jar;
    }

    /** A port nobody listens on now. */
    public static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
