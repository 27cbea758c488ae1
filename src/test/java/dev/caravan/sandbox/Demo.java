package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.cli.DemoEnvironment;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.ShopSetup;
import dev.caravan.products.medusa.ShopSetup.State;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
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
    private static final String RELOAD = "CARAVAN_ROUTES_RELOAD_SECONDS";
    private static final Duration QUIET = Duration.ofMinutes(1);

    private final String producer = ApiKeys.generate();
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @Option(
            names = "--once",
            description =
                    "End when every record has come to rest: 0 when the ledger balances, 1 when something is parked, stuck or missing.")
    private boolean once;

    @Option(
            names = "--medusa",
            description =
                    "A real Medusa from npm instead of the stand-in. Needs Node 20.19 or newer; the first time it takes two minutes longer.")
    private boolean real;

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
        out.println("starting the sandbox (S3, SQS, EventBridge, PostgreSQL, "
                + (real ? "a Pimcore stand-in and a real Medusa" : "Pimcore and Medusa stand-ins")
                + ") and the runtime …");
        try (var sandbox = Sandbox.start();
                var medusa = real ? MedusaServer.start(sandbox.postgres()) : null) {
            if (medusa != null) setUp(medusa);
            return run(sandbox, medusa, inputs, started);
        } finally {
            deleteEnvironment();
        }
    }

    /** What {@code setup medusa} does. */
    private void setUp(MedusaServer medusa) {
        for (var part :
                ShopSetup.of(Settings.of(medusa.settings()), Clock.systemUTC()).make())
            if (part.state() == State.MADE) out.println("  setup medusa: made " + part.what());
    }

    private int run(Sandbox sandbox, MedusaServer medusa, List<Input> inputs, Instant started) throws Exception {
        var store = medusa != null
                ? medusa.storefront()
                : new Storefront(sandbox.medusa().url(), sandbox.medusa().publishableKey());
        var settings = new TreeMap<>(sandbox.environment());
        if (medusa != null) settings.putAll(medusa.settings());
        try (var caravan = new CaravanProcess(options(settings)).start()) {
            var end = new CountDownLatch(1);
            java.lang.Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                caravan.close();
                deleteEnvironment();
                end.countDown();
            }));
            sandbox.webhooksTo(caravan.url());
            caravan.awaitReady();
            DemoEnvironment.write(DemoEnvironment.FILE, environment(settings, store, caravan));
            out.printf("ready after %.1f s; uploading%n%n", seconds(started));
            var uploading = Instant.now();
            for (var input : inputs) upload(sandbox, input);
            var balances = atRest(caravan, inputs.size());
            var well = report(store, caravan, balances);
            out.printf(
                    "%n%s came to rest in %.1f s%n",
                    inputs.size() == 1 ? "1 file" : inputs.size() + " files", seconds(uploading));
            if (once) return well ? 0 : 1;
            out.printf("%nconsole            %s%n", caravan.url().resolve("/console"));
            out.printf("Caravan's API      %s (key in %s)%n", caravan.url(), DemoEnvironment.FILE);
            out.printf(
                    "health and metrics http://127.0.0.1:%s/observe/health%n",
                    caravan.options().managementPort());
            out.printf("Medusa Store API   %s%n", store.url().resolve("/store/products"));
            var first = caravan.get("/api/products?limit=1").path(0).path("id").asText("ID");
            out.printf(
                    "try in another terminal: ./caravan trace %s, ./caravan ledger, ./caravan quarantine list. Ctrl-C ends it.%n",
                    first);
            end.await();
            return 0;
        }
    }

    private CaravanProcess.Options options(Map<String, String> settings) {
        var options = CaravanProcess.Options.of(settings)
                .withPorts(free(8080), free(9876))
                .withLog(Path.of("target", "demo-caravan.log"))
                .with("CARAVAN_LOG_FORMAT", "text")
                .withKey("producer", Role.PRODUCER, producer);
        // What lies in folders is there to be edited: it takes effect when it is saved. In the JAR there is nothing to
        // watch.
        return System.getenv(RELOAD) == null ? options.with(RELOAD, "1") : options;
    }

    private Map<String, String> environment(Map<String, String> settings, Storefront store, CaravanProcess caravan) {
        var environment = new TreeMap<>(settings);
        environment.put("CARAVAN_URL", caravan.url().toString());
        environment.put("CARAVAN_API_KEY", caravan.options().apiKey());
        environment.put("CARAVAN_PRODUCER_KEY", producer);
        environment.put("MEDUSA_PUBLISHABLE_KEY", store.publishableKey());
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

    private boolean report(Storefront store, CaravanProcess caravan, JsonNode ledger) {
        var products = caravan.get("/api/products?limit=200");
        for (var product : products) journey(caravan, product);
        table(store, products);
        var well = true;
        out.println();
        for (var balance : ledger) {
            var states = new StringJoiner(" + ");
            balance.path("states")
                    .properties()
                    .forEach(state -> states.add(state.getValue().asText() + " " + state.getKey()));
            var fine = balance.path("atRest").asBoolean()
                    && balance.path("state").asText().equals("complete")
                    && !balance.path("states").has("parked");
            well &= fine;
            out.printf(
                    "ledger: %s: received %s = %s%s%n",
                    balance.path("key").asText(),
                    balance.path("received").asLong(),
                    states,
                    fine ? "" : "   <-- NOT FINE");
        }
        for (var record : caravan.get("/api/quarantine")) {
            for (var reason : record.path("reasons")) {
                out.printf(
                        "quarantined: %s record %s line %s: %s at \"%s\": %s%n",
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

    private void table(Storefront store, JsonNode products) {
        var sar = store.onSale("sar");
        var usd = store.onSale("usd");
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
