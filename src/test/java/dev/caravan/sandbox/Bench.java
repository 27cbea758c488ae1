package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.outbound.HttpPort;
import dev.caravan.products.BareLoop;
import dev.caravan.products.NormaliseBench;
import dev.caravan.products.ProductGenerator;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.products.Suppliers;
import dev.caravan.products.medusa.BareShop;
import dev.caravan.products.medusa.ShopSetup;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.pimcore.PimcoreObject;
import dev.caravan.settings.Settings;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import software.amazon.awssdk.core.sync.RequestBody;

/** {@code ./caravan bench NAME}: how fast it is, and how near to the limit that is measured in the same run. Prints one JSON object. */
@Command(
        name = "bench",
        description = "Measures; prints one JSON object.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel =
                "normalise|products|medusa|resync|orders|memory|burst|clicks|erasure|tasks|start|trace")
public final class Bench {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Duration QUIET = Duration.ofMinutes(2);
    private static final List<String> HEAP = List.of("-Xmx512m");
    /** Of four hours of clicks all are in memory; with half of it the collector looks for room every ten seconds, and alerts wait for that. */
    private static final List<String> CLICKS_HEAP = List.of("-Xmx2g", "-XX:+UseTransparentHugePages");

    private Bench() {}

    public static void main(String[] arguments) {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Command(
            description = "Records to canonical products; the limit is Jackson reading the same bytes into a tree.",
            mixinStandardHelpOptions = true)
    int normalise(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "FILE",
                            description = "As SHEIN sends it. Default: 300 generated products.")
                    Path file,
            @Option(names = "--rounds", defaultValue = "9", description = "Default: ${DEFAULT-VALUE}.") int rounds)
            throws IOException {
        var input = file != null ? file : generated(300, 1);
        var records = new ArrayList<SourceRecord>();
        try (var reader = new RecordReader(Files.newInputStream(input), ReaderLimits.DEFAULT)) {
            reader.forEachRemaining(records::add);
        }
        var supplier =
                Suppliers.load(RouteFiles.at("classpath:routes")).find("shein").orElseThrow();
        return print(new NormaliseBench(supplier, records).run(rounds, 1_000, 10_000));
    }

    @Command(
            description =
                    "A file in S3 to the last product on sale in the Medusa stand-in; the limit is a bare loop that makes the same calls.",
            mixinStandardHelpOptions = true)
    int products(
            @Option(names = "--count", defaultValue = "2000", description = "Products. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(
                            names = "--warm-up",
                            defaultValue = "2000",
                            description = "Products before, not counted. Default: ${DEFAULT-VALUE}.")
                    int warmUp)
            throws Exception {
        var warming = generated(warmUp, 1);
        var file = generated(count, 2);
        var result = Json.object()
                .put("bench", "products")
                .put("products", count)
                .put("warmUp", warmUp)
                .put("bytes", Files.size(file));
        try (var sandbox = Sandbox.start();
                var caravan = runtime(sandbox)) {
            upload(sandbox, warming);
            atRest(caravan, 1);
            awaitEchoes(sandbox);
            var before = caravan.cpu();
            upload(sandbox, file);
            atRest(caravan, 2);
            double seconds = lastDelivery(sandbox, file);
            result.put("seconds", rounded(seconds))
                    .put("productsPerSecond", rounded(count / seconds))
                    .put("cpuSeconds", rounded(caravan.cpu().minus(before).toMillis() / 1000.0));
            result.put(
                    "publicationEvents",
                    sandbox.aws().calls().sentTo(sandbox.aws().resources().publications()));
            result.set("latencySeconds", latencies(sandbox, file));
            result.put("peakMemoryMB", peakMegabytes(caravan.pid()));
        }
        try (var sandbox = Sandbox.start()) {
            double seconds = bareLoop(sandbox, warming, file);
            result.put("bareSeconds", rounded(seconds)).put("barePerSecond", rounded(count / seconds));
            result.put("ratio", rounded(seconds / result.path("seconds").asDouble()));
        }
        return print(result);
    }

    @Command(
            description =
                    "A file in S3 to the last product on sale in a real Medusa from npm; the limit is a bare script that creates as many, 50 a call.",
            mixinStandardHelpOptions = true)
    int medusa(
            @Option(names = "--count", defaultValue = "300", description = "Products. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(
                            names = "--variants",
                            defaultValue = "10",
                            description = "Of each product. Default: ${DEFAULT-VALUE}.")
                    int variants,
            @Option(names = "--rounds", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.") int rounds,
            @Option(
                            names = "--warm-up",
                            defaultValue = "300",
                            description = "Products before, not counted. Default: ${DEFAULT-VALUE}.")
                    int warmUp)
            throws Exception {
        try (var sandbox = Sandbox.start();
                var medusa = MedusaServer.start(sandbox.postgres())) {
            ShopSetup.of(Settings.of(medusa.settings()), Clock.systemUTC()).make();
            var bare = new BareShop(medusa.url(), medusa.secretKey());
            var settings = options(sandbox);
            for (var setting : medusa.settings().entrySet())
                settings = settings.with(setting.getKey(), setting.getValue());
            try (var caravan = new CaravanProcess(settings).start()) {
                sandbox.webhooksTo(caravan.url());
                caravan.awaitReady();
                upload(sandbox, generated(Options.of("shein", warmUp, 5).withSkus(variants)));
                atRest(caravan, 1);
                double seconds = 0;
                double bareSeconds = 0;
                // By turns, so that a machine or a shop that grows slower does so for both.
                for (int round = 1; round <= rounds; round++) {
                    var before = paths(sandbox);
                    var file = generated(Options.of("shein", count, 5 + round).withSkus(variants));
                    upload(sandbox, file);
                    atRest(caravan, 1 + round);
                    seconds += lastDelivery(sandbox, file) / rounds;
                    var paths = paths(sandbox);
                    paths.removeAll(before);
                    bareSeconds += bare.create(shopProducts(sandbox, paths)) / rounds;
                }
                return print(Json.object()
                        .put("bench", "medusa")
                        .put("products", count)
                        .put("variants", variants)
                        .put("rounds", rounds)
                        .put("seconds", rounded(seconds))
                        .put("productsPerSecond", rounded(count / seconds))
                        .put("bareSeconds", rounded(bareSeconds))
                        .put("barePerSecond", rounded(count / bareSeconds))
                        .put("ratio", rounded(bareSeconds / seconds)));
            }
        }
    }

    /** Of the products in Pimcore. */
    private static Set<String> paths(Sandbox sandbox) {
        return sandbox.pimcore().objects("Product").stream()
                .filter(object -> !object.isVariant())
                .map(PimcoreObject::fullpath)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<ObjectNode> shopProducts(Sandbox sandbox, Set<String> paths) {
        var port = new HttpPort(
                "pimcore",
                sandbox.pimcore().endpoint(),
                Map.of("X-API-Key", sandbox.pimcore().apiKey()),
                Duration.ofMinutes(1));
        return new PimcoreReader(port, PimcoreReader.PRODUCTS_PER_REQUEST, Clock.systemUTC())
                .read(paths).values().stream().map(BareShop::shopProduct).toList();
    }

    @Command(
            description = "The same products once more, none of them changed: no target is written to.",
            mixinStandardHelpOptions = true)
    int resync(
            @Option(names = "--count", defaultValue = "10000", description = "Products. Default: ${DEFAULT-VALUE}.")
                    int count)
            throws Exception {
        var file = generated(count, 3);
        try (var sandbox = Sandbox.start();
                // A sweep now would list the objects just written, which is no part of a resync.
                var caravan = runtime(sandbox, Map.of("PUBLICATIONS_SWEEP_SECONDS", "3600"))) {
            upload(sandbox, file);
            atRest(caravan, 1);
            awaitEchoes(sandbox);
            sandbox.pimcore().resetCounters();
            sandbox.medusa().resetCounters();
            long start = upload(sandbox, file);
            atRest(caravan, 2);
            double seconds = (System.nanoTime() - start) / 1e9;
            long writes = sandbox.pimcore().counters().mutations()
                    + sandbox.medusa().counters().allWrites();
            return print(Json.object()
                    .put("bench", "resync")
                    .put("products", count)
                    .put("seconds", rounded(seconds))
                    .put("productsPerSecond", rounded(count / seconds))
                    .put("writes", writes)
                    .put("limitSeconds", 20)
                    .put("ratio", rounded(20 / seconds))
                    .put("peakMemoryMB", peakMegabytes(caravan.pid())));
        }
    }

    @Command(
            description =
                    "A file of orders in S3 to the last one committed and enriched, and reports over them; the limit is PostgreSQL's COPY of the same rows.",
            mixinStandardHelpOptions = true)
    int orders(
            @Option(names = "--count", defaultValue = "200000", description = "Orders. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(
                            names = "--warm-up",
                            defaultValue = "100000",
                            description = "Orders before, not counted. Default: ${DEFAULT-VALUE}.")
                    int warmUp)
            throws Exception {
        try (var sandbox = Sandbox.start();
                var caravan = runtime(sandbox)) {
            return print(OrdersBench.run(sandbox, caravan, count, warmUp, TARGET));
        }
    }

    @Command(
            description =
                    "Files of orders, one after the other: how much of the heap is in use while each is taken in, and after the collector.",
            mixinStandardHelpOptions = true)
    int memory(
            @Option(
                            names = "--counts",
                            split = ",",
                            defaultValue = "10000,100000,1000000,5000000",
                            description = "Orders of each file. Default: ${DEFAULT-VALUE}.")
                    int[] counts)
            throws Exception {
        var collections = TARGET.resolve("bench-gc.log");
        Files.deleteIfExists(collections);
        var heap = new ArrayList<>(HEAP);
        heap.add("-Xlog:gc:file=" + collections + "::filecount=0");
        try (var sandbox = Sandbox.start();
                var caravan = new CaravanProcess(options(sandbox).withJvmArguments(heap))
                        .start()
                        .awaitReady()) {
            return print(OrdersBench.memory(sandbox, caravan, counts, collections, TARGET));
        }
    }

    @Command(
            description =
                    "Orders by POST, one a request: for minutes at a hundred times the pace of 10,000 a day, then more than a key may ask; fails when one is lost.",
            mixinStandardHelpOptions = true)
    int burst(
            @Option(
                            names = "--per-second",
                            defaultValue = "12",
                            description = "Orders, at the pace. Default: ${DEFAULT-VALUE}.")
                    int perSecond,
            @Option(
                            names = "--seconds",
                            defaultValue = "300",
                            description = "How long that takes. Default: ${DEFAULT-VALUE}.")
                    int seconds)
            throws Exception {
        var key = ApiKeys.generate();
        try (var sandbox = Sandbox.start();
                var caravan = new CaravanProcess(options(sandbox).withKey("bench", Role.PRODUCER, key))
                        .start()
                        .awaitReady()) {
            return print(BurstBench.run(sandbox, caravan, key, perSecond, seconds));
        }
    }

    @Command(
            description =
                    "A file of clicks in S3 until all sessions, minutes and alerts are written, and at a pace from POST to alert; the limit is Jackson looking at the same bytes.",
            mixinStandardHelpOptions = true)
    int clicks(
            @Option(names = "--count", defaultValue = "2000000", description = "Clicks. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(
                            names = "--warm-up",
                            defaultValue = "500000",
                            description = "Clicks before, not counted. Default: ${DEFAULT-VALUE}.")
                    int warmUp,
            @Option(
                            names = "--rate",
                            defaultValue = "1000000",
                            description = "Clicks a minute for the second measurement. Default: ${DEFAULT-VALUE}.")
                    int rate,
            @Option(
                            names = "--alerts",
                            defaultValue = "400",
                            description =
                                    "Alerts a minute among them, each of which becomes a task. Default: ${DEFAULT-VALUE}.")
                    int alerts,
            @Option(
                            names = "--seconds",
                            defaultValue = "60",
                            description = "How long that takes. Default: ${DEFAULT-VALUE}.")
                    int seconds)
            throws Exception {
        var key = ApiKeys.generate();
        try (var sandbox = Sandbox.start();
                var caravan = new CaravanProcess(options(sandbox)
                                .withKey("bench", Role.PRODUCER, key)
                                .with("CLICKSTREAM_REQUESTS_PER_SECOND", "10000")
                                .with("CLICKSTREAM_REQUESTS_AT_ONCE", "10000")
                                .withJvmArguments(CLICKS_HEAP))
                        .start()
                        .awaitReady()) {
            return print(ClicksBench.run(
                    sandbox, caravan, key, count, warmUp, new ClicksBench.Pace(rate, alerts, seconds), TARGET));
        }
    }

    @Command(
            description =
                    "A customer among many, from the request to the certificate of their erasure; the limit is looking for them once in all that came.",
            mixinStandardHelpOptions = true)
    int erasure(
            @Option(
                            names = "--events",
                            defaultValue = "10000",
                            description = "Clicks of the customer. Default: ${DEFAULT-VALUE}.")
                    int events,
            @Option(
                            names = "--others",
                            defaultValue = "1000000",
                            description = "Clicks of others. Default: ${DEFAULT-VALUE}.")
                    int others)
            throws Exception {
        try (var sandbox = Sandbox.start();
                var caravan = new CaravanProcess(options(sandbox).withJvmArguments(CLICKS_HEAP))
                        .start()
                        .awaitReady()) {
            return print(ErasureBench.run(sandbox, caravan, events, others, TARGET));
        }
    }

    @Command(
            description =
                    "Tasks from POST to done on many lanes, as fast as it goes and at a pace; the limit is the queue alone, sending and receiving ten a call.",
            mixinStandardHelpOptions = true)
    int tasks(
            @Option(names = "--count", defaultValue = "5000", description = "Tasks. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(names = "--lanes", defaultValue = "500", description = "Default: ${DEFAULT-VALUE}.") int lanes,
            @Option(
                            names = "--warm-up",
                            defaultValue = "3000",
                            description = "Tasks before, not counted. Default: ${DEFAULT-VALUE}.")
                    int warmUp,
            @Option(
                            names = "--pace",
                            defaultValue = "100",
                            description = "Tasks a second for the second measurement. Default: ${DEFAULT-VALUE}.")
                    int pace)
            throws Exception {
        var key = ApiKeys.generate();
        try (var sandbox = Sandbox.start()) {
            TasksBench.bare(sandbox, warmUp, lanes);
            double before = TasksBench.bare(sandbox, count, lanes);
            var result = Json.object().put("bench", "tasks").put("lanes", lanes);
            var options = options(sandbox)
                    .withKey("bench", Role.PRODUCER, key)
                    .with("TASKS_REQUESTS_PER_SECOND", "100000")
                    .with("TASKS_REQUESTS_AT_ONCE", "100000");
            try (var caravan = new CaravanProcess(options).start().awaitReady()) {
                TasksBench.run(sandbox, caravan, key, "warming", warmUp, lanes, 0);
                var used = caravan.cpu();
                result.setAll(TasksBench.run(sandbox, caravan, key, "fast", count, lanes, 0));
                var cpu = caravan.cpu().minus(used).toMillis() / 1000.0;
                result.put("cpuSeconds", rounded(cpu)).put("peakMemoryMB", peakMegabytes(caravan.pid()));
                result.set("paced", TasksBench.run(sandbox, caravan, key, "paced", 20 * pace, lanes, pace));
            }
            // Before and after, because a machine is not equally busy all the time.
            double bare = (before + TasksBench.bare(sandbox, count, lanes)) / 2;
            return print(result.put("barePerSecond", rounded(bare))
                    .put("ratio", rounded(result.path("donePerSecond").asDouble() / bare)));
        }
    }

    @Command(
            description =
                    "From the start of the process until it takes work, with and without a class-data archive; idle memory. The limit is an empty Camel Main.",
            mixinStandardHelpOptions = true)
    int start(
            @Option(names = "--rounds", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.") int rounds,
            @Option(
                            names = "--idle-seconds",
                            defaultValue = "10",
                            description = "Before memory is read. Default: ${DEFAULT-VALUE}.")
                    int idle)
            throws Exception {
        var archive = TARGET.resolve("bench.jsa");
        try (var sandbox = Sandbox.start()) {
            archive(sandbox, archive);
            var plain = new double[rounds];
            var archived = new double[rounds];
            var empty = new double[rounds];
            long memory = 0;
            for (int round = 0; round < rounds; round++) {
                empty[round] = emptyCamel();
                plain[round] = ready(sandbox, HEAP, null);
                var resident = new long[1];
                archived[round] = ready(sandbox, List.of("-Xmx512m", archived() + archive), caravan -> {
                    CaravanProcess.pause(idle * 1000L);
                    resident[0] = megabytes(caravan.pid(), "VmRSS");
                });
                memory = Math.max(memory, resident[0]);
            }
            return print(Json.object()
                    .put("bench", "start")
                    .put("rounds", rounds)
                    .put("java", System.getProperty("java.version"))
                    .put("secondsToReady", rounded(median(plain)))
                    .put("slowest", rounded(Arrays.stream(plain).max().orElseThrow()))
                    .put("secondsToReadyWithArchive", rounded(median(archived)))
                    .put(
                            "slowestWithArchive",
                            rounded(Arrays.stream(archived).max().orElseThrow()))
                    .put("idleMemoryMB", memory)
                    .put("emptyCamelSeconds", rounded(median(empty)))
                    .put("ratio", rounded(median(empty) / median(plain))));
        } finally {
            Files.deleteIfExists(archive);
        }
    }

    @Command(
            description =
                    "One product's journey out of many, asked of the API; the limit is the same rows asked of PostgreSQL alone.",
            mixinStandardHelpOptions = true)
    int trace(
            @Option(names = "--count", defaultValue = "1000000", description = "Journeys. Default: ${DEFAULT-VALUE}.")
                    int count,
            @Option(names = "--questions", defaultValue = "1000", description = "Default: ${DEFAULT-VALUE}.")
                    int questions)
            throws SQLException {
        try (var sandbox = Sandbox.start();
                var caravan = runtime(sandbox)) {
            return print(TraceBench.run(sandbox, caravan, count, questions));
        }
    }

    @Command(
            description = "Makes a class-data archive from a run of the runtime against the sandbox.",
            mixinStandardHelpOptions = true)
    int archive(@Parameters(paramLabel = "FILE") Path file) throws Exception {
        try (var sandbox = Sandbox.start()) {
            archive(sandbox, file.toAbsolutePath());
        }
        return Files.isRegularFile(file) ? 0 : 1;
    }

    private static void archive(Sandbox sandbox, Path archive) throws IOException {
        Files.deleteIfExists(archive);
        var file = generated(20, 4);
        try (var caravan = new CaravanProcess(
                        options(sandbox).withJvmArguments(List.of("-Xmx512m", archiving() + archive)))
                .start()) {
            sandbox.webhooksTo(caravan.url());
            caravan.awaitReady();
            upload(sandbox, file);
            atRest(caravan, 1);
        }
    }

    private static String archiving() {
        return Runtime.version().feature() >= 25 ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=";
    }

    private static String archived() {
        return Runtime.version().feature() >= 25 ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=";
    }

    private interface WhenReady {
        void look(CaravanProcess caravan);
    }

    private static double ready(Sandbox sandbox, List<String> arguments, WhenReady look) {
        var options = options(sandbox).withJvmArguments(arguments);
        long start = System.nanoTime();
        try (var caravan = new CaravanProcess(options).start()) {
            caravan.awaitReady(Duration.ofMillis(10));
            double seconds = (System.nanoTime() - start) / 1e9;
            if (look != null) look.look(caravan);
            return seconds;
        }
    }

    private static double emptyCamel() throws Exception {
        long start = System.nanoTime();
        var process = new ProcessBuilder(
                        JAVA,
                        "-Xmx512m",
                        "-cp",
                        TARGET.resolve("caravan.jar") + File.pathSeparator + TARGET.resolve("test-classes"),
                        EmptyCamel.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var lines = process.inputReader()) {
            var line = "";
            while (!line.equals("started")) {
                line = lines.readLine();
                if (line == null) throw new IllegalStateException("an empty Camel Main does not start");
            }
            return (System.nanoTime() - start) / 1e9;
        } finally {
            process.waitFor();
        }
    }

    private static double bareLoop(Sandbox sandbox, Path warming, Path file) throws Exception {
        var classpath = TARGET.resolve("caravan.jar") + File.pathSeparator + TARGET.resolve("test-classes");
        var command = new ArrayList<>(List.of(JAVA));
        command.addAll(HEAP);
        command.addAll(List.of("-cp", classpath, BareLoop.class.getName(), warming.toString(), file.toString()));
        var builder = new ProcessBuilder(command)
                .redirectError(TARGET.resolve("bench-bare.log").toFile());
        builder.environment().putAll(sandbox.environment());
        builder.environment().put("CARAVAN_LOG_LEVEL", "WARN");
        var process = builder.start();
        try (var lines = process.inputReader()) {
            var said = lines.readLine();
            if (said == null) throw new IllegalStateException("the bare loop failed; see target/bench-bare.log");
            return Double.parseDouble(said);
        } finally {
            process.waitFor();
        }
    }

    private static CaravanProcess.Options options(Sandbox sandbox) {
        return CaravanProcess.Options.of(sandbox.environment())
                .withLog(TARGET.resolve("bench-caravan.log"))
                .withJvmArguments(HEAP);
    }

    private static CaravanProcess runtime(Sandbox sandbox) {
        return runtime(sandbox, Map.of());
    }

    private static CaravanProcess runtime(Sandbox sandbox, Map<String, String> settings) {
        var options = options(sandbox);
        for (var setting : settings.entrySet()) options = options.with(setting.getKey(), setting.getValue());
        var caravan = new CaravanProcess(options).start();
        sandbox.webhooksTo(caravan.url());
        return caravan.awaitReady();
    }

    private static Path generated(int count, long seed) throws IOException {
        return generated(Options.of("shein", count, seed));
    }

    private static Path generated(Options options) throws IOException {
        var file = TARGET.resolve("bench-" + options.count() + "-" + options.seed() + ".json");
        try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
            new ProductGenerator(options).write(out);
        }
        return file;
    }

    /** When it is in S3, in nanoseconds. */
    private static long upload(Sandbox sandbox, Path file) {
        upload(sandbox, "products/shein/" + file.getFileName(), file);
        return System.nanoTime();
    }

    /** Puts a file into the inbox. */
    static void upload(Sandbox sandbox, String key, Path file) {
        sandbox.aws()
                .clients()
                .s3()
                .putObject(
                        request -> request.bucket(sandbox.aws().resources().inbox())
                                .key(key),
                        RequestBody.fromFile(file));
    }

    /** The one number a query has; 0 for null. */
    static double number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getDouble(1);
        }
    }

    /** Seconds from an upload to the last change in what the ledger says of it. */
    static double secondsOf(Connection connection, String key) throws SQLException {
        return number(connection, """
                select max(extract(epoch from e.changed_at - u.event_time)) from ledger.entry e join ledger.upload u on u.id = e.upload
                where u.object_key = '%s'""".formatted(key));
    }

    /** The nearest rank of each percentile, of which 100 is the {@code max}. */
    static ObjectNode percentiles(double[] sorted, double... percentiles) {
        var ranks = Json.object();
        for (double percentile : percentiles) {
            var name = "p" + BigDecimal.valueOf(percentile).stripTrailingZeros().toPlainString();
            int rank = (int) Math.ceil(sorted.length * percentile / 100);
            ranks.put(percentile == 100 ? "max" : name, rounded(sorted[Math.min(sorted.length, rank) - 1]));
        }
        return ranks;
    }

    /** Waits until as many uploads have come to rest, all of their records delivered. */
    static void atRest(CaravanProcess caravan, long uploads) {
        long moved = System.nanoTime();
        var last = "";
        while (true) {
            var balances = caravan.get("/api/ledger").path("uploads");
            int resting = 0;
            for (var balance : balances) {
                var states = balance.path("states");
                if (states.has("held") || states.has("parked") || states.has("quarantined"))
                    throw new IllegalStateException("not all were delivered: " + balance);
                if (balance.path("atRest").asBoolean()) resting++;
            }
            if (resting == uploads) return;
            if (!balances.toString().equals(last)) moved = System.nanoTime();
            last = balances.toString();
            if (System.nanoTime() - moved > QUIET.toNanos()) throw new IllegalStateException("stuck: " + balances);
            CaravanProcess.pause(250);
        }
    }

    /** Until Pimcore has sent all its webhooks, and none of them makes Caravan look any more. */
    private static void awaitEchoes(Sandbox sandbox) {
        for (Object before = null, now = sandbox.pimcore().counters(); !now.equals(before); ) {
            before = now;
            CaravanProcess.pause(2_000);
            now = sandbox.pimcore().counters();
        }
    }

    private static double lastDelivery(Sandbox sandbox, Path file) throws SQLException {
        return query(sandbox, file, "max(extract(epoch from entry.changed_at - upload.event_time))")[0];
    }

    private static ObjectNode latencies(Sandbox sandbox, Path file) throws SQLException {
        var percentiles = Json.object();
        for (var percentile : List.of(50, 90, 99)) {
            var seconds = query(
                    sandbox,
                    file,
                    "percentile_cont(" + percentile / 100.0
                            + ") within group (order by extract(epoch from entry.changed_at - upload.event_time))")[0];
            percentiles.put("p" + percentile, rounded(seconds));
        }
        return percentiles;
    }

    private static double[] query(Sandbox sandbox, Path file, String what) throws SQLException {
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl());
                var select = connection.prepareStatement(
                        "select " + what
                                + " from ledger.entry entry join ledger.upload upload on upload.id = entry.upload where upload.object_key like ?")) {
            select.setString(1, "%/" + file.getFileName());
            var rows = select.executeQuery();
            rows.next();
            return new double[] {rows.getDouble(1)};
        }
    }

    static long peakMegabytes(long pid) {
        return megabytes(pid, "VmHWM");
    }

    /** From Linux's account of a process; -1 elsewhere. */
    private static long megabytes(long pid, String field) {
        try {
            for (var line : Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status"))) {
                if (line.startsWith(field + ":")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        } catch (IOException e) {
            return -1;
        }
        return -1;
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    private static int print(ObjectNode result) {
        System.out.println(result);
        return 0;
    }
}
