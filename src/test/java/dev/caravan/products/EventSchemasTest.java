package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import dev.caravan.aws.BusEvent;
import dev.caravan.aws.ClaimCheck;
import dev.caravan.aws.ClaimStore;
import dev.caravan.aws.EventPublisher;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Port;
import dev.caravan.products.Notices.Change;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.PostgresSandbox;
import dev.caravan.state.Database;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** Each event as it is really sent fits the schema that lies beside the route that sends it. */
class EventSchemasTest {
    private static final Path ROUTES = Path.of("routes/products");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T07:00:00Z"), ZoneOffset.UTC);
    private static final Upload UPLOAD = new Upload(
            "caravan-inbox",
            "products/shein/shein_products.json",
            "v1",
            "e1",
            1000,
            Instant.parse("2026-11-21T06:59:00Z"),
            "00A1");

    private final List<JsonNode> sent = new ArrayList<>();
    private final ProductStore products = new ProductStore(CLOCK);
    private PostgresSandbox.Database postgres;
    private Database database;
    private Ledger ledger;
    private ProductIntake intake;
    private ProductNormalise normalise;

    @BeforeEach
    void open() {
        postgres = PostgresSandbox.fresh();
        database = Database.open(postgres.jdbcUrl(), 4);
        ledger = new Ledger(CLOCK);
        var suppliers = Suppliers.load(RouteFiles.at("file:routes"));
        intake = new ProductIntake(database, ledger, products, suppliers, ReaderLimits.DEFAULT, 50, CLOCK);
        normalise = new ProductNormalise(
                database,
                ledger,
                new Journey(CLOCK),
                new Quarantine(CLOCK),
                new Normaliser(),
                new Admission(products, ledger),
                new Outcomes(new SimpleMeterRegistry()),
                page -> {},
                CLOCK);
    }

    @AfterEach
    void close() {
        database.close();
        postgres.close();
    }

    @Test
    void product_ingested_fits_its_schema() throws IOException {
        publisher(256 << 10).publishAll(ingested());

        assertThat(sent).hasSizeGreaterThanOrEqualTo(3);
        assertThat(sent).allSatisfy(event -> assertThat(problems("2-normalise/product-ingested", event))
                .isEmpty());
    }

    @Test
    void product_ingested_that_is_too_large_for_the_bus_fits_it_too() throws IOException {
        publisher(1000).publishAll(ingested());

        assertThat(sent).isNotEmpty().allSatisfy(event -> {
            assertThat(event.at("/detail/claim/key").asText()).startsWith("claims/");
            assertThat(problems("2-normalise/product-ingested", event)).isEmpty();
        });
    }

    @Test
    void upload_completed_fits_its_schema_and_its_states_add_up() throws IOException {
        ingested();

        publisher(256 << 10).publishAll(intake.complete(UPLOAD));

        assertThat(sent).singleElement().satisfies(event -> {
            assertThat(problems("../_shared/upload-completed", event)).isEmpty();
            var states = event.at("/detail/states");
            assertThat(Stream.of("in flight", "quarantined")
                            .mapToLong(state -> states.path(state).asLong())
                            .sum())
                    .isEqualTo(event.at("/detail/received").asLong())
                    .isPositive();
        });
    }

    @Test
    void publications_fit_their_schemas_whoever_noticed() {
        Port never = call -> {
            throw new AssertionError("Pimcore is not asked here");
        };
        var publications = new Publications(
                database,
                new Notices(Tracing.OFF, CLOCK),
                publisher(256 << 10),
                new PimcoreReader(never, 1, CLOCK),
                new PimcoreSweep(never, Duration.ZERO, 1, CLOCK),
                CLOCK);
        publications.notice(List.of(new Change("/products/shein-1", true)), "written");
        publications.notice(List.of(new Change("/products/shein-2", true)), "sweep");
        publications.notice(List.of(new Change("/products/shein-3", false)), "webhook");

        publications.announce();

        assertThat(sent)
                .extracting(event -> event.path("detail-type").asText())
                .containsExactlyInAnyOrder("ProductPublished", "ProductPublished", "ProductUnpublished");
        assertThat(sent).allSatisfy(event -> {
            var schema = event.path("detail-type").asText().equals("ProductPublished")
                    ? "product-published"
                    : "product-unpublished";
            assertThat(problems("4-medusa/" + schema, event)).isEmpty();
        });
    }

    @Test
    void events_that_are_traced_fit_too_put_away_or_not() throws IOException {
        var tracing = new Tracing() {
            @Override
            public String created(String what, String destination, JsonNode detail, String cause) {
                return "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            }
        };

        publisher(256 << 10, tracing).publishAll(ingested().subList(0, 1));
        publisher(1_000, tracing).publishAll(ingested().subList(0, 1));

        assertThat(sent).hasSize(2).allSatisfy(event -> {
            assertThat(event.at("/detail/traceparent").asText()).startsWith("00-0af7651916cd43dd8448eb211c80319c");
            assertThat(problems("2-normalise/product-ingested", event)).isEmpty();
        });
    }

    @Test
    void an_event_with_another_version_or_an_unknown_member_does_not_fit() throws IOException {
        publisher(256 << 10).publishAll(ingested());
        var event = sent.get(0).deepCopy();

        ((com.fasterxml.jackson.databind.node.ObjectNode) event.path("detail"))
                .put("version", 2)
                .put("surprise", true);

        assertThat(problems("2-normalise/product-ingested", event)).isNotEmpty();
    }

    @Test
    void every_schema_of_an_event_states_its_version() throws IOException {
        try (var files = Files.walk(Path.of("routes"))) {
            var schemas = files.filter(file -> file.toString().endsWith(".event.schema.json"))
                    .toList();

            assertThat(schemas).hasSize(10).allSatisfy(file -> assertThat(Files.readString(file))
                    .contains("\"version\": {"));
        }
    }

    private List<BusEvent> ingested() throws IOException {
        intake.open(UPLOAD);
        var events = new ArrayList<BusEvent>();
        try (var file = new ByteArrayInputStream(Files.readAllBytes(Path.of("samples/shein_products.json")))) {
            intake.pages(file, UPLOAD).forEachRemaining(page -> events.addAll(normalise.save(normalise.map(page))));
        }
        return events;
    }

    private EventPublisher publisher(int maxEventBytes) {
        return publisher(maxEventBytes, Tracing.OFF);
    }

    private EventPublisher publisher(int maxEventBytes, Tracing tracing) {
        var nowhere = new ClaimStore() {
            @Override
            public void put(String bucket, String key, byte[] bytes) {}

            @Override
            public byte[] get(String bucket, String key) {
                throw new AssertionError("claims are not fetched here");
            }
        };
        return new EventPublisher(
                this::take,
                new ClaimCheck(nowhere, "caravan-archive"),
                new EventPublisher.Settings("caravan", 256 << 10, maxEventBytes, 1, Duration.ofMillis(1)),
                tracing);
    }

    /** Takes a request as EventBridge does, and keeps each entry as a queue would get it. */
    private PutEventsResponse take(PutEventsRequest request) {
        request.entries().stream().map(EventSchemasTest::asDelivered).forEach(sent::add);
        return PutEventsResponse.builder()
                .entries(request.entries().stream()
                        .map(entry ->
                                PutEventsResultEntry.builder().eventId("1").build())
                        .toList())
                .build();
    }

    private static JsonNode asDelivered(PutEventsRequestEntry entry) {
        var event =
                Json.object().put("version", "0").put("source", entry.source()).put("detail-type", entry.detailType());
        event.set("detail", Json.read(entry.detail()));
        return event;
    }

    private static Set<ValidationMessage> problems(String name, JsonNode event) {
        var config =
                SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
        try {
            var schema = Json.read(Files.readAllBytes(ROUTES.resolve(name + ".event.schema.json")));
            return JsonSchemaFactory.getInstance(VersionFlag.V202012)
                    .getSchema(schema, config)
                    .validate(event);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
