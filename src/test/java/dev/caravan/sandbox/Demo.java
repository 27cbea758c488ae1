package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.cli.DemoEnvironment;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./caravan demo}: the sandbox and the runtime, files on their way through both, and what became of them. */
@Command(
        name = "demo",
        description = "Starts sandbox and runtime, uploads FILEs, and shows what becomes of them.",
        mixinStandardHelpOptions = true)
public final class Demo implements java.util.concurrent.Callable<Integer> {
    private static final String DEFAULT_PREFIX = "products/shein/";
    private static final Duration QUIET = Duration.ofMinutes(1);

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @Option(
            names = "--once",
            description =
                    "End when every record has come to rest: 0 when the ledger balances, 1 when something is parked, stuck or missing.")
    private boolean once;

    @Parameters(
            paramLabel = "[PREFIX=]FILE",
            description =
                    "Uploaded in this order; a bare FILE goes under products/shein/. Default: samples/shein_products.json.")
    private List<String> files = List.of("samples/shein_products.json");

    /** One file and where it goes. */
    private record Input(String key, Path file) {}

    public static void main(String[] arguments) {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.exit(new CommandLine(new Demo()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        var inputs = new ArrayList<Input>();
        for (var file : files) {
            var input = input(file);
            if (!Files.isRegularFile(input.file())) {
                System.err.println("no file " + input.file());
                return 2;
            }
            inputs.add(input);
        }
        var started = Instant.now();
        out.println(
                "starting the sandbox (S3, SQS, EventBridge, PostgreSQL, Pimcore and Medusa stand-ins) and the runtime …");
        try (var sandbox = Sandbox.start();
                var caravan = new CaravanProcess(options(sandbox)).start()) {
            var end = new CountDownLatch(1);
            java.lang.Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                caravan.close();
                deleteEnvironment();
                end.countDown();
            }));
            sandbox.webhooksTo(caravan.url());
            caravan.awaitReady();
            DemoEnvironment.write(DemoEnvironment.FILE, environment(sandbox, caravan));
            out.printf("ready after %.1f s; uploading%n%n", seconds(started));
            var uploading = Instant.now();
            for (var input : inputs) upload(sandbox, input);
            var balances = atRest(caravan, inputs.size());
            var well = report(sandbox, caravan, balances);
            out.printf(
                    "%n%s came to rest in %.1f s%n",
                    inputs.size() == 1 ? "1 file" : inputs.size() + " files", seconds(uploading));
            if (once) return well ? 0 : 1;
            out.printf("%nCaravan's API      %s (key in %s)%n", caravan.url(), DemoEnvironment.FILE);
            out.printf(
                    "health and metrics http://127.0.0.1:%d/observe/health%n",
                    caravan.options().managementPort());
            out.printf(
                    "Medusa Store API   %sstore/products%n",
                    sandbox.medusa().url().resolve("/"));
            var first = caravan.get("/api/products?limit=1").path(0).path("id").asText("ID");
            out.printf(
                    "try in another terminal: ./caravan trace %s, ./caravan ledger, ./caravan quarantine list. Ctrl-C ends it.%n",
                    first);
            end.await();
            return 0;
        } finally {
            deleteEnvironment();
        }
    }

    private static CaravanProcess.Options options(Sandbox sandbox) {
        return CaravanProcess.Options.of(sandbox.environment())
                .withPorts(free(8080), free(9876))
                .withLog(Path.of("target", "demo-caravan.log"))
                .with("CARAVAN_LOG_FORMAT", "text");
    }

    private static Map<String, String> environment(Sandbox sandbox, CaravanProcess caravan) {
        var environment = new TreeMap<>(sandbox.environment());
        environment.put("CARAVAN_URL", caravan.url().toString());
        environment.put("CARAVAN_API_KEY", caravan.options().apiKey());
        environment.put("MEDUSA_PUBLISHABLE_KEY", sandbox.medusa().publishableKey());
        return environment;
    }

    private static void deleteEnvironment() {
        try {
            Files.deleteIfExists(DemoEnvironment.FILE);
        } catch (IOException e) {
            System.err.println("cannot delete " + DemoEnvironment.FILE + ": " + e.getMessage());
        }
    }

    private static Input input(String argument) {
        int equals = argument.indexOf('=');
        var prefix = equals < 0 ? DEFAULT_PREFIX : argument.substring(0, equals);
        var file = Path.of(equals < 0 ? argument : argument.substring(equals + 1));
        return new Input((prefix.endsWith("/") ? prefix : prefix + "/") + file.getFileName(), file);
    }

    private static void upload(Sandbox sandbox, Input input) {
        sandbox.aws()
                .clients()
                .s3()
                .putObject(
                        request -> request.bucket(sandbox.aws().resources().inbox())
                                .key(input.key()),
                        software.amazon.awssdk.core.sync.RequestBody.fromFile(input.file()));
    }

    /** Waits until nothing is in flight, or nothing moves any more. */
    private static JsonNode atRest(CaravanProcess caravan, int uploads) {
        var moved = Instant.now();
        JsonNode last = Json.object();
        while (true) {
            var ledger = caravan.get("/api/ledger").path("uploads");
            if (ledger.size() >= uploads && all(ledger, "atRest")) return ledger;
            if (!ledger.equals(last)) moved = Instant.now();
            if (Duration.between(moved, Instant.now()).compareTo(QUIET) > 0) return ledger;
            last = ledger;
            CaravanProcess.pause(100);
        }
    }

    private boolean report(Sandbox sandbox, CaravanProcess caravan, JsonNode ledger) {
        var products = caravan.get("/api/products?limit=200");
        for (var product : products) journey(caravan, product);
        table(sandbox, products);
        var well = true;
        out.println();
        for (var balance : ledger) {
            var states = new StringJoiner(" + ");
            balance.path("states")
                    .properties()
                    .forEach(state -> states.add(state.getValue().asText() + " " + state.getKey()));
            var fine = balance.path("atRest").asBoolean()
                    && !balance.path("states").has("parked");
            well &= fine;
            out.printf(
                    "ledger: %s: received %d = %s%s%n",
                    balance.path("key").asText(),
                    balance.path("received").asLong(),
                    states,
                    fine ? "" : "   <-- NOT FINE");
        }
        for (var record : caravan.get("/api/quarantine")) {
            for (var reason : record.path("reasons")) {
                out.printf(
                        "quarantined: %s record %d line %d: %s at \"%s\": %s%n",
                        record.path("key").asText(),
                        record.path("index").asLong(),
                        record.path("line").asLong(),
                        reason.path("rule").asText(),
                        reason.path("pointer").asText(),
                        reason.path("message").asText());
            }
        }
        for (var letter : caravan.get("/api/dead-letters"))
            out.printf(
                    "parked: %s: %s%n",
                    letter.path("lane").asText(), letter.path("error").asText());
        return well;
    }

    private void journey(CaravanProcess caravan, JsonNode product) {
        out.printf(
                "%s/%s%n", product.path("supplier").asText(), product.path("id").asText());
        for (var hop : caravan.get("/api/journeys?id=" + product.path("handle").asText())
                .path(0)
                .path("journey")) {
            out.printf(
                    "  %s  %-20s %s%n",
                    hop.path("at").asText(),
                    hop.path("step").asText(),
                    hop.path("what").asText());
        }
    }

    private void table(Sandbox sandbox, JsonNode products) {
        var sar = store(sandbox, "sar");
        var usd = store(sandbox, "usd");
        out.printf(
                "%n%-18s %-24s %-14s %-8s %-8s %5s  %-8s %-32s %s%n",
                "PRODUCT", "NAME", "SKU", "SAR", "USD", "STOCK", "PIMCORE", "MEDUSA", "STATE");
        for (var product : products) {
            var handle = product.path("handle").asText();
            var state = product.path("held").isTextual()
                    ? "held: " + product.path("held").asText()
                    : sar.containsKey(handle) ? "on sale" : "not on sale";
            var offer = sar.getOrDefault(handle, Json.object());
            if (offer.path("variants").isEmpty()) {
                out.printf(
                        "%-18s %-24s %-14s %-8s %-8s %5s  %-8s %-32s %s%n",
                        handle,
                        "",
                        "-",
                        "-",
                        "-",
                        "-",
                        product.path("pimcoreId").asText("-"),
                        product.path("medusaId").asText("-"),
                        state);
            }
            for (var variant : offer.path("variants")) {
                var sku = variant.path("sku").asText();
                out.printf(
                        "%-18s %-24.24s %-14s %-8s %-8s %5s  %-8s %-32s %s%n",
                        handle,
                        offer.path("title").asText(),
                        sku,
                        price(variant),
                        price(variant(usd.get(handle), sku)),
                        variant.path("inventory_quantity").asText(),
                        product.path("pimcoreId").asText("-"),
                        product.path("medusaId").asText("-"),
                        state);
            }
        }
    }

    private static String price(JsonNode variant) {
        var amount = variant.path("calculated_price").path("calculated_amount");
        return amount.isNumber()
                ? amount.decimalValue()
                        .setScale(Math.max(2, amount.decimalValue().scale()))
                        .toPlainString()
                : "-";
    }

    private static JsonNode variant(JsonNode product, String sku) {
        if (product != null) {
            for (var variant : product.path("variants")) {
                if (variant.path("sku").asText().equals(sku)) return variant;
            }
        }
        return Json.object();
    }

    /** What a customer sees, by handle: asked of the Store API, with a publishable key, in one currency. */
    private static Map<String, JsonNode> store(Sandbox sandbox, String currency) {
        var offers = new TreeMap<String, JsonNode>();
        var query =
                "/store/products?limit=200&fields=*variants.calculated_price,%2Bvariants.inventory_quantity&region_id="
                        + sandbox.medusa().regionId(currency);
        var request = HttpRequest.newBuilder(
                        URI.create(sandbox.medusa().url().resolve(query).toString()))
                .header("x-publishable-api-key", sandbox.medusa().publishableKey())
                .build();
        try {
            var answer = Json.read(HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofByteArray())
                    .body());
            for (var product : answer.path("products"))
                offers.put(product.path("handle").asText(), product);
            return offers;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static boolean all(JsonNode list, String flag) {
        for (var item : list) {
            if (!item.path(flag).asBoolean()) return false;
        }
        return true;
    }

    /** The port the documents name, or any other when somebody has it. */
    private static int free(int wanted) {
        try (var socket = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            return CaravanProcess.freePort();
        }
    }

    private static double seconds(Instant since) {
        return Duration.between(since, Instant.now()).toMillis() / 1000.0;
    }
}
