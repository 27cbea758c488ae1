package dev.caravan.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A real Medusa on 127.0.0.1, as {@code src/it/medusa} describes it, with a database of its own in a {@link PostgresSandbox} and nothing
 * else: no Redis, no container. Needs Node 20.19 or newer; npm brings the rest once, into a folder below {@code target/} that is named
 * for the lock file; what we ship for Medusa is in it. Empty but for what Medusa makes itself; {@code setup medusa} makes a shop of it.
 */
public final class MedusaServer implements AutoCloseable {
    private static final Path DESCRIPTION = Path.of("src", "it", "medusa").toAbsolutePath();
    private static final Path SUBSCRIBER = Path.of("src", "subscribers", "caravan-orders.js");
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Path LOG = TARGET.resolve("medusa.log");
    private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

    private static final Duration INSTALL_WITHIN = Duration.ofMinutes(10);
    private static final Duration STEP_WITHIN = Duration.ofMinutes(3);
    private static final String EMAIL = "admin@example.com";

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path folder;
    private final PostgresSandbox.Database database;
    private final URI url;
    private final Map<String, String> environment;
    private Process process;
    private String secretKey;

    private MedusaServer(Path folder, PostgresSandbox.Database database) {
        this.folder = folder;
        this.database = database;
        int port = CaravanProcess.freePort();
        this.url = URI.create("http://127.0.0.1:" + port);
        this.environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                database.url(),
                "HOST",
                "127.0.0.1",
                "PORT",
                String.valueOf(port),
                "NODE_ENV",
                "production",
                "JWT_SECRET",
                UUID.randomUUID().toString(),
                "COOKIE_SECRET",
                UUID.randomUUID().toString(),
                "MEDUSA_FF_TRANSLATION",
                "true",
                "MEDUSA_DISABLE_TELEMETRY",
                "true"));
    }

    /** Installs it when it is not there yet (two minutes), makes its tables (half a minute), and starts it. */
    public static MedusaServer start(PostgresSandbox postgres) {
        var folder = installed();
        var server = new MedusaServer(folder, postgres.createDatabase());
        try {
            server.medusa(List.of("db:migrate"));
            var password = UUID.randomUUID().toString();
            server.medusa(List.of("user", "-e", EMAIL, "-p", password));
            Runtime.getRuntime().addShutdownHook(new Thread(server::kill));
            server.run();
            server.secretKey = server.makeSecretKey(password);
            return server;
        } catch (RuntimeException e) {
            server.kill();
            throw e;
        }
    }

    /** The one all tests of this JVM share: started with the first call, ended with the JVM. */
    public static MedusaServer shared() {
        return Shared.INSTANCE;
    }

    public URI url() {
        return url;
    }

    /** A key for the Admin API. */
    public String secretKey() {
        return secretKey;
    }

    /** The settings that make a runtime sell here. */
    public Map<String, String> settings() {
        return Map.of("MEDUSA_URL", url.toString(), "MEDUSA_API_KEY", secretKey);
    }

    /** What its customers see; once {@code setup medusa} has made a shop of it. */
    public Storefront storefront() {
        return new Storefront(
                url,
                get("/admin/api-keys?type=publishable&fields=token")
                        .at("/api_keys/0/token")
                        .asText());
    }

    /** Its database, to look into. */
    public PostgresSandbox.Database database() {
        return database;
    }

    /** An answer of the Admin API to GET. */
    public JsonNode get(String path) {
        return send(request(path).GET());
    }

    /** An answer of the Admin API to POST. */
    public JsonNode post(String path, JsonNode body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Json.bytes(body))));
    }

    /** {@code kill -9}: what it was doing stays half done. */
    public void kill() {
        if (process == null) return;
        process.destroyForcibly();
        awaitExit();
    }

    /** Starts it again on the same port and database, after {@link #kill}, and waits until it answers. */
    public void run() {
        try {
            process = builder(node("start"))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long giveUp = System.nanoTime() + STEP_WITHIN.toNanos();
        while (!answers()) {
            if (!process.isAlive()) throw new IllegalStateException("Medusa does not start; see " + LOG);
            if (System.nanoTime() > giveUp) throw new IllegalStateException("Medusa does not answer; see " + LOG);
            CaravanProcess.pause(200);
        }
    }

    /** Has it tell Caravan of its orders from now on, for which it starts anew. */
    public void tellsOfOrders(URI hook, String secret) {
        kill();
        environment.putAll(Map.of("CARAVAN_ORDERS_URL", hook.toString(), "CARAVAN_ORDERS_SECRET", secret));
        run();
    }

    /** Ends it and drops its database. */
    @Override
    public void close() {
        process.destroy();
        awaitExit();
        database.close();
    }

    private void awaitExit() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS))
                process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private boolean answers() {
        try {
            var health = HttpRequest.newBuilder(url.resolve("/health"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return http.send(health, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String makeSecretKey(String password) {
        var login = Json.object().put("email", EMAIL).put("password", password);
        var token = send(HttpRequest.newBuilder(url.resolve("/auth/user/emailpass"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(Json.bytes(login))))
                .path("token")
                .asText();
        var key = Json.object().put("title", "Caravan").put("type", "secret");
        return send(HttpRequest.newBuilder(url.resolve("/admin/api-keys"))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(Json.bytes(key))))
                .at("/api_key/token")
                .asText();
    }

    private HttpRequest.Builder request(String path) {
        var credentials = Base64.getEncoder().encodeToString((secretKey + ":").getBytes(UTF_8));
        return HttpRequest.newBuilder(url.resolve(path)).header("Authorization", "Basic " + credentials);
    }

    private JsonNode send(HttpRequest.Builder request) {
        try {
            var answer = http.send(request.timeout(Duration.ofMinutes(2)).build(), BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200)
                throw new IllegalStateException(
                        answer.request() + ": " + answer.statusCode() + " " + new String(answer.body(), UTF_8));
            return Json.read(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void medusa(List<String> arguments) {
        finish(builder(node(arguments.toArray(String[]::new))), STEP_WITHIN, "medusa " + arguments.get(0));
    }

    /** Started without npx, so that the process is the server and not its parent. */
    private static List<String> node(String... arguments) {
        var command = new ArrayList<>(List.of("node", "node_modules/@medusajs/cli/cli.js"));
        command.addAll(List.of(arguments));
        return command;
    }

    private ProcessBuilder builder(List<String> command) {
        var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder;
    }

    /** The folder with all of Medusa in it. Two builds at a time wait for each other. */
    private static Path installed() {
        var folder = TARGET.resolve("medusa-" + fingerprint());
        try {
            Files.createDirectories(folder);
            try (var channel = FileChannel.open(
                            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var lock = channel.lock()) {
                for (var file : List.of("package.json", "package-lock.json", "medusa-config.js"))
                    Files.copy(DESCRIPTION.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
                Files.createDirectories(folder.resolve(SUBSCRIBER).getParent());
                Files.copy(
                        Path.of("medusa").resolve(SUBSCRIBER),
                        folder.resolve(SUBSCRIBER),
                        StandardCopyOption.REPLACE_EXISTING);
                if (!Files.exists(folder.resolve(".installed"))) {
                    System.err.println("installing Medusa from npm into " + folder + ", once: two minutes, 700 MB …");
                    // Not "ci": npm 11 writes lock files that lack some packages for other platforms, and then refuses
                    // them itself.
                    var npm = new ProcessBuilder(
                                    WINDOWS ? "npm.cmd" : "npm",
                                    "install",
                                    "--ignore-scripts",
                                    "--no-audit",
                                    "--no-fund",
                                    "--loglevel=error")
                            .directory(folder.toFile())
                            .redirectErrorStream(true);
                    finish(npm, INSTALL_WITHIN, "npm install");
                    Files.createFile(folder.resolve(".installed"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    private static String fingerprint() {
        try {
            var digest = MessageDigest.getInstance("SHA-256")
                    .digest(Files.readAllBytes(DESCRIPTION.resolve("package-lock.json")));
            return HexFormat.of().formatHex(digest).substring(0, 12);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void finish(ProcessBuilder builder, Duration within, String what) {
        try {
            var process = builder.redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
                    .start();
            if (!process.waitFor(within.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(what + " is not done after " + within + "; see " + LOG);
            }
            if (process.exitValue() != 0)
                throw new IllegalStateException(what + " ended with " + process.exitValue() + "; see " + LOG);
        } catch (IOException e) {
            throw new UncheckedIOException(what + " (Node 20.19 or newer and npm are needed)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static final class Shared {
        static final MedusaServer INSTANCE = start(PostgresSandbox.start());
    }
}
