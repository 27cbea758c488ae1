package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.clickstream.ClickGenerator;
import dev.caravan.deploy.SdkRequests;
import dev.caravan.orders.OrderGenerator;
import dev.caravan.products.ProductGenerator;
import dev.caravan.settings.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the packaged JAR asks of AWS for products, orders and clicks, compared with {@code cloudformation/requests.yaml}, by which
 * {@code ./caravan cost} reckons. Written anew with {@code -Ddocs.write=true}.
 */
@Tag("operate")
class RequestsIT {
    private static final Path FILE = Path.of("cloudformation", "requests.yaml");
    private static final int PRODUCTS = 60;
    private static final int ORDERS = 1000;
    private static final int CLICKS = 5000;
    private static final int CLICKS_A_REQUEST = 500;

    /** Of what is in the file: pages are cut by time as well as by number, so two runs are never quite the same. */
    private static final double TOLERANCE = 0.25;

    /** The same of queues, whose messages come together or alone, as fast as the machine is. */
    private static final double TOLERANCE_OF_QUEUES = 0.75;

    /** Fewer requests than this, in the whole run, are not compared: one more would be past the tolerance. */
    private static final int FEW = 10;

    /** And fewer bytes: one more line of a log, or one more look at a queue. */
    private static final int FEW_BYTES = 10_000;

    private static final String HEAD = """
            # What one task of Caravan asks of AWS, as counted by RequestsIT, which fails when a run differs by more than a quarter, of queues by three;
            # ./mvnw verify -Poperate -Dit.test=RequestsIT -Ddocs.write=true writes it anew. ./caravan cost reckons with it.
            # requests: by operation, each 64 KB of a message or an event as one, as AWS bills it. A receive that brings nothing is in "idle".
            # Of things, all numbers are for a thousand.
            """;

    private final Path log = Path.of("target", "requests-it.log");
    private final Path written = Path.of("target", "requests-it.requests");
    private final String tracker = ApiKeys.generate();

    /** What happened until now. */
    private record Mark(List<String> lines, Map<String, Long> delivered, long logBytes) {}

    @Test
    void a_run_asks_of_aws_what_the_cost_model_says() throws Exception {
        for (var file : List.of(log, written)) Files.deleteIfExists(file);
        var writer = writer();
        var measured = new YAMLMapper().createObjectNode();
        try (var stack = Stack.start("requests-it", settings -> settings.withBeside(writer)
                .withJvmArguments(List.of("-Xmx512m", "-Dcaravan.requests=" + written.toAbsolutePath()))
                .with("CARAVAN_LOG_FORMAT", "json")
                .withKey("tracker", Role.PRODUCER, tracker))) {
            measured.put("as-of", LocalDate.now(Clock.systemUTC()).toString());
            stack.quiet();

            var before = mark(stack);
            var products = products();
            delivered(stack, "products/shein/requests.json", products);
            stack.quiet();
            measured.set(
                    "products",
                    thing(
                            before,
                            mark(stack),
                            PRODUCTS,
                            "new ones, %s in a file, published at once".formatted(PRODUCTS),
                            1,
                            products.length));

            before = mark(stack);
            var orders = orders();
            delivered(stack, "orders/requests.jsonl", orders);
            stack.quiet();
            measured.set(
                    "orders", thing(before, mark(stack), ORDERS, "%s in a file".formatted(ORDERS), 1, orders.length));

            before = mark(stack);
            var clicks = clicks();
            post(stack, clicks);
            stack.quiet();
            measured.set(
                    "clicks",
                    thing(
                            before,
                            mark(stack),
                            CLICKS,
                            "by POST /clicks, %s at a time".formatted(CLICKS_A_REQUEST),
                            0,
                            size(clicks)));
            ((ObjectNode) measured.path("clicks")).put("calls", ofThousand(CLICKS / CLICKS_A_REQUEST, CLICKS));
            measured.set("idle", idle(stack));
        }

        if (Boolean.getBoolean("docs.write"))
            Files.writeString(
                    FILE,
                    HEAD
                            + YAMLMapper.builder()
                                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                                    .build()
                                    .writeValueAsString(measured));
        var stated = (ObjectNode) new YAMLMapper().readTree(FILE.toFile());
        compare(stated, measured);
    }

    /** A folder with nothing but the class that writes requests down, and the file by which the SDK finds it. */
    private static Path writer() throws IOException {
        var folder = Path.of("target", "requests-it");
        var type = SdkRequests.class.getName().replace('.', '/') + ".class";
        var file = folder.resolve(type);
        Files.createDirectories(file.getParent());
        try (var content = SdkRequests.class.getClassLoader().getResourceAsStream(type)) {
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        }
        var list = folder.resolve("software/amazon/awssdk/global/handlers/execution.interceptors");
        Files.createDirectories(list.getParent());
        Files.writeString(list, SdkRequests.class.getName());
        return folder.toAbsolutePath();
    }

    private static void compare(ObjectNode stated, ObjectNode measured) {
        var counts = Map.of("products", PRODUCTS, "orders", ORDERS, "clicks", CLICKS);
        counts.forEach((thing, count) -> {
            var is = numbers((ObjectNode) measured.path(thing));
            var said = numbers((ObjectNode) stated.path(thing));
            var names = new TreeSet<>(is.keySet());
            names.addAll(said.keySet());
            for (var name : names) {
                double one = is.getOrDefault(name, 0.0);
                double other = said.getOrDefault(name, 0.0);
                if (Math.max(one, other) * count / 1000 >= (name.endsWith("-bytes") ? FEW_BYTES : FEW))
                    assertThat(one)
                            .as(thing + ": " + name)
                            .isCloseTo(
                                    other,
                                    within(other * (name.startsWith("sqs.") ? TOLERANCE_OF_QUEUES : TOLERANCE)));
            }
        });
        assertThat(numbers((ObjectNode) measured.path("idle"))).isEqualTo(numbers((ObjectNode) stated.path("idle")));
    }

    private static Map<String, Double> numbers(ObjectNode thing) {
        var numbers = new TreeMap<String, Double>();
        thing.properties().forEach(field -> {
            if (field.getValue().isNumber())
                numbers.put(field.getKey(), field.getValue().doubleValue());
        });
        thing.path("requests")
                .properties()
                .forEach(field -> numbers.put(field.getKey(), field.getValue().doubleValue()));
        return numbers;
    }

    private Mark mark(Stack stack) throws IOException {
        return new Mark(
                Files.readAllLines(written),
                new HashMap<>(stack.sandbox().aws().calls().messagesSent()),
                Files.size(log));
    }

    private static ObjectNode thing(Mark before, Mark after, int count, String how, long uploads, long bytes) {
        var requests = new TreeMap<String, Long>();
        long moved = 0;
        long events = 0;
        for (var line :
                after.lines().subList(before.lines().size(), after.lines().size())) {
            var words = line.split(" ");
            if (!words[0].equals("request")) continue;
            requests.merge(words[1], Long.parseLong(words[2]), Long::sum);
            if (!words[1].startsWith("s3.")) moved += Long.parseLong(words[3]);
            if (words[1].equals("eventbridge.PutEvents")) events += Long.parseLong(words[3]);
        }
        long delivered =
                after.delivered().values().stream().mapToLong(Long::longValue).sum()
                        - before.delivered().values().stream()
                                .mapToLong(Long::longValue)
                                .sum()
                        - requests.getOrDefault("sqs.SendMessage", 0L)
                        - requests.getOrDefault("sqs.SendMessageBatch", 0L);
        var thing = new YAMLMapper().createObjectNode().put("how", how);
        thing.put("uploads", ofThousand(uploads, count))
                .put("delivered-by-rules", ofThousand(delivered, count))
                .put("stored-bytes", 1000 * bytes / count)
                .put("moved-bytes", 1000 * moved / count)
                .put("event-bytes", 1000 * events / count)
                .put("log-bytes", 1000 * (after.logBytes() - before.logBytes()) / count);
        var counted = thing.putObject("requests");
        requests.forEach((operation, units) -> counted.put(operation, ofThousand(units, count)));
        return thing;
    }

    private static double ofThousand(long number, int count) {
        return Math.rint(10_000.0 * number / count) / 10;
    }

    /** An hour of a task to which nothing comes: each consumer's receives wait as long as they may, one after the other. */
    private ObjectNode idle(Stack stack) throws IOException {
        var waiting = new HashMap<String, Integer>();
        var consumers = new TreeMap<String, Integer>();
        var patience = new HashMap<String, Integer>();
        var looked = new TreeSet<String>();
        for (var line : mark(stack).lines()) {
            var words = line.split(" ");
            var queue = words[1];
            if (words[0].equals("look")) looked.add(queue);
            if (!words[0].equals("poll")) continue;
            int seconds = Integer.parseInt(words[3]);
            // What waits for less tops up a page, and only where a message came.
            if (seconds < patience.merge(queue, seconds, Math::max)) continue;
            int now = waiting.merge(queue + " " + seconds, Integer.parseInt(words[2]), Integer::sum);
            consumers.merge(queue, now, Math::max);
        }
        long hour = Duration.ofHours(1).toSeconds();
        return new YAMLMapper()
                .createObjectNode()
                .put(
                        "receives-an-hour",
                        consumers.entrySet().stream()
                                .mapToLong(queue -> queue.getValue() * hour / patience.get(queue.getKey()))
                                .sum())
                .put(
                        "measurements-an-hour",
                        looked.size() * hour / Settings.ofProcess().integer("metrics.period-seconds"));
    }

    private static void delivered(Stack stack, String key, byte[] content) {
        var version = stack.upload(key, content);
        Stack.patiently()
                .atMost(Duration.ofMinutes(3))
                .until(() -> stack.balance(key, version).path("atRest").asBoolean());
    }

    private static byte[] products() throws IOException {
        var out = new ByteArrayOutputStream();
        new ProductGenerator(ProductGenerator.Options.of("shein", PRODUCTS, 1)).write(out);
        return out.toByteArray();
    }

    private static byte[] orders() throws IOException {
        var out = new ByteArrayOutputStream();
        new OrderGenerator(OrderGenerator.Options.of(ORDERS, 1)).write(out);
        return out.toByteArray();
    }

    private static List<String> clicks() throws IOException {
        var out = new ByteArrayOutputStream();
        var options = ClickGenerator.Options.of(CLICKS, 1);
        new ClickGenerator(options.withStart(Instant.now().minus(Duration.ofMinutes(10)))).write(out);
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static long size(List<String> lines) {
        return lines.stream().mapToLong(line -> line.length() + 1L).sum();
    }

    private void post(Stack stack, List<String> clicks) throws IOException, InterruptedException {
        var http = HttpClient.newHttpClient();
        for (int from = 0; from < clicks.size(); from += CLICKS_A_REQUEST) {
            var page = clicks.subList(from, Math.min(clicks.size(), from + CLICKS_A_REQUEST));
            var answer = http.send(
                    HttpRequest.newBuilder(URI.create(stack.caravan().url() + "/clicks"))
                            .header("X-API-Key", tracker)
                            .header("Content-Type", "application/x-ndjson")
                            .POST(BodyPublishers.ofString(String.join("\n", page)))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        }
    }
}
