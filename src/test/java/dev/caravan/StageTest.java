package dev.caravan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.Assembly.Edges;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Rehearsals.Rehearsed;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Port;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Caches;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.state.LastSent;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

class StageTest {
    private static final String QUEUE = "caravan-products";

    private static TestState state;
    private static Caches caches;

    @TempDir
    Path folder;

    private final DeadLetters letters = new DeadLetters(state.clock());
    private final List<String> left = new ArrayList<>();

    @BeforeAll
    static void start() {
        state = new TestState();
        caches = Caches.start(state.database().dataSource(), Caches.Settings.alone());
    }

    @AfterAll
    static void stop() {
        caches.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void a_message_that_still_cannot_be_read_would_fail_again_and_nothing_of_it_stays() {
        park("{\"detail\":{\"supplier\":\"shein\"}}", null);

        var rehearsed = rehearse("classpath:routes");

        assertThat(rehearsed).singleElement().satisfies(one -> {
            assertThat(one.verdict()).isEqualTo(Rehearsals.Verdict.FAIL);
            assertThat(one.because()).isEqualTo("ProductIngested without id");
        });
        assertThat(state.column("select state || replays from dead_letters.letter"))
                .containsExactly("open0");
        assertThat(state.column("select action from audit.action")).isEmpty();
        assertThat(left).isEmpty();
    }

    @Test
    void a_message_that_a_newer_version_has_overtaken_would_pass() {
        park(ingested(), "shein/1");

        var rehearsed = rehearse("classpath:routes");

        assertThat(rehearsed).extracting(Rehearsed::verdict).containsExactly(Rehearsals.Verdict.PASS);
        assertThat(rehearsed.get(0).because()).isNull();
        assertThat(Rehearsals.json(rehearsed).path("pass").asInt()).isEqualTo(1);
    }

    @Test
    void the_files_are_read_as_they_are_now_and_what_they_would_send_elsewhere_is_kept() throws IOException {
        park(ingested(), "shein/1");
        var routes = copied();
        var route = routes.resolve("products/3-pimcore/pimcore.camel.yaml");
        var text = Files.readString(route);
        assertThat(text).contains("      steps:\n        - bean:");
        Files.writeString(
                route,
                text.replaceFirst(
                        "      steps:\n        - bean:",
                        "      steps:\n        - to:\n            uri: http://127.0.0.1:1/elsewhere\n        - bean:"));

        assertThat(rehearse("file:" + routes)).extracting(Rehearsed::verdict).containsExactly(Rehearsals.Verdict.PASS);
    }

    @Test
    void a_queue_that_no_route_reads_is_refused() {
        try (var stage = stage("classpath:routes")) {
            var message = new BatchMessage("1", "r", "{}", Map.of(), Map.of());

            assertThatThrownBy(() -> stage.perform("elsewhere", message))
                    .isInstanceOf(BadMessage.class)
                    .hasMessage("no route reads the queue elsewhere");
        }
    }

    private List<Rehearsed> rehearse(String routes) {
        return new Rehearsals(
                        letters,
                        new Ledger(state.clock()),
                        new Journey(state.clock()),
                        new Audit(state.clock()),
                        () -> stage(routes))
                .rehearse(Filter.open(), 100, "mara");
    }

    private Stage stage(String routes) {
        var environment = new HashMap<>(Map.of(
                "DATABASE_URL", "jdbc:postgresql://127.0.0.1/x",
                "PIMCORE_URL", "http://127.0.0.1:1",
                "PIMCORE_API_KEY", "k",
                "PIMCORE_WEBHOOK_SECRET", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
                "MEDUSA_URL", "http://127.0.0.1:1",
                "MEDUSA_API_KEY", "sk_1",
                "CARAVAN_API_KEYS", "",
                "CARAVAN_ROUTES", routes));
        Port nobody = call -> {
            left.add(call.toString());
            throw new IllegalStateException("not expected: " + call);
        };
        var clock = state.clock();
        var edges = new Edges(
                null,
                state.database(),
                S3Client.builder()
                        .region(Region.EU_CENTRAL_1)
                        .credentialsProvider(AnonymousCredentialsProvider.create())
                        .build(),
                request -> {
                    throw new IllegalStateException("no event leaves");
                },
                (queue, body) -> left.add(queue),
                Map::of,
                wakeups -> {
                    throw new IllegalStateException("no lane is woken");
                },
                null,
                nobody,
                nobody,
                new LastSent(caches.lastSent()),
                new InProgressIdempotentRepository(
                        caches.idempotent(), "uploads", "test", Duration.ofMinutes(1), clock),
                new CachedIds(caches.idempotent(), "pimcore"),
                new Outcomes(new SimpleMeterRegistry()),
                Tracing.OFF,
                Optional.empty());
        return new Stage(Settings.of(environment), edges, clock);
    }

    private void park(String body, String lane) {
        var parking = new Parking(
                "products",
                "products-pimcore",
                QUEUE,
                lane,
                null,
                body.getBytes(UTF_8),
                Json.object(),
                null,
                new BadMessage("as it was"));
        state.database().write(db -> letters.park(db, parking));
    }

    private static String ingested() {
        var event = Json.object();
        event.putObject("detail")
                .put("supplier", "shein")
                .put("id", "1")
                .put("correlationId", UUID.randomUUID().toString())
                .put("index", 0)
                .put("contentHash", "h")
                .put("sourceVersion", "v")
                .putObject("product");
        return event.toString();
    }

    private Path copied() throws IOException {
        var routes = folder.resolve("routes");
        try (var files = Files.walk(Path.of("routes"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var copy = routes.resolve(Path.of("routes").relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        return routes;
    }
}
