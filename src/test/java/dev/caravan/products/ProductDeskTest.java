package dev.caravan.products;

import static dev.caravan.ledger.State.DISCARDED;
import static dev.caravan.ledger.State.IN_FLIGHT;
import static dev.caravan.ledger.State.QUARANTINED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.QuarantineDesk;
import dev.caravan.records.Reason;
import dev.caravan.routes.RouteFiles;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import dev.caravan.uploads.Uploads;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProductDeskTest {
    private static final byte[] GOOD = RouteFiles.at("classpath:routes")
            .bytes("products/2-normalise/shein/cases/oil-with-a-scent-and-no-size.in.json");
    private static TestState state;
    private static Intake intake;

    private final TestBus bus = new TestBus();
    private final List<String> announced = new CopyOnWriteArrayList<>();
    private final ProductDesk products = new ProductDesk(
            state.database(),
            intake.products,
            intake.ledger,
            intake.journey,
            intake.quarantine,
            Intake.SUPPLIERS,
            intake.normalise,
            bus.publisher(),
            (queue, body) -> announced.add(queue + " "
                    + Json.read(body).path("detail").path("object").path("key").asText()),
            "caravan-uploads",
            new Audit(state.clock()));
    private final QuarantineDesk desk = desk(products);

    private static QuarantineDesk desk(ProductDesk products) {
        return new QuarantineDesk(
                state.database(),
                intake.ledger,
                intake.quarantine,
                new Audit(state.clock()),
                Map.of(ProductFlow.NAME, products::again));
    }

    @BeforeAll
    static void start() {
        state = new TestState();
        intake = new Intake(state);
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void a_record_that_is_good_now_goes_on_its_way_and_counts_once() {
        var upload = refused(GOOD);

        var answer = desk.release(Filter.open(), "mara");

        assertThat(answer).isEqualTo(Json.object().put("released", 1).put("stillRefused", 0));
        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, IN_FLIGHT));
        assertThat(bus.sent()).singleElement().asString().startsWith("ProductIngested shein/");
        assertThat(state.column("select state || ' ' || resolved_by from quarantine.record"))
                .containsExactly("released mara");
        assertThat(state.column("select who || ' ' || action from audit.action"))
                .containsExactly("mara release");
        assertThat(desk.release(Filter.open(), "mara"))
                .isEqualTo(Json.object().put("released", 0).put("stillRefused", 0));
        assertThat(state.column("select cast(rows as text) from lineage.due where kind = 'release' order by id"))
                .as("begun and ended; one of nothing is no run")
                .containsExactly(null, "{\"products/products\": 1}");
    }

    @Test
    void a_record_that_is_still_bad_stays_with_the_newer_reasons() {
        var upload = refused("{\"code\":\"0\"}".getBytes(StandardCharsets.UTF_8));

        var answer = desk.release(Filter.open(), "mara");

        assertThat(answer).isEqualTo(Json.object().put("released", 0).put("stillRefused", 1));
        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, QUARANTINED));
        assertThat(state.column("select state from quarantine.record where not reasons @> '[{\"rule\":\"outdated\"}]'"))
                .containsExactly("open");
        assertThat(bus.sent()).isEmpty();
    }

    @Test
    void a_record_whose_event_could_not_be_sent_stays_in_quarantine() {
        var upload = refused(GOOD);
        bus.fails = true;

        assertThatThrownBy(() -> desk.release(Filter.open(), "mara")).isInstanceOf(TargetUnavailable.class);

        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, QUARANTINED));
        assertThat(state.column("select state from quarantine.record")).containsExactly("open");
        assertThat(products.list(10))
                .as("a row that waits for its record is no product yet")
                .isEmpty();
    }

    @Test
    void the_row_of_a_new_product_is_there_before_its_event_so_that_the_event_waits_for_the_release() {
        refused(GOOD);
        var rows = new CopyOnWriteArrayList<String>();
        var watching = new ProductDesk(
                state.database(),
                intake.products,
                intake.ledger,
                intake.journey,
                intake.quarantine,
                Intake.SUPPLIERS,
                intake.normalise,
                new dev.caravan.aws.EventPublisher(
                        request -> {
                            rows.addAll(state.column("select id from products.product"));
                            return software.amazon.awssdk.services.eventbridge.model.PutEventsResponse.builder()
                                    .failedEntryCount(0)
                                    .entries(
                                            software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry
                                                    .builder()
                                                    .eventId("e")
                                                    .build())
                                    .build();
                        },
                        new dev.caravan.aws.ClaimCheck(null, "archive"),
                        dev.caravan.aws.EventPublisher.Settings.of("bus")),
                (queue, body) -> {},
                "caravan-uploads",
                new Audit(state.clock()));

        desk(watching).release(Filter.open(), "mara");

        assertThat(rows).hasSize(1);
    }

    @Test
    void a_record_that_is_given_up_is_written_down_with_who_and_why() {
        var upload = refused(GOOD);

        assertThat(desk.discard(Filter.open(), "mara", "test data")).isEqualTo(1);
        assertThat(desk.discard(Filter.open(), "mara", "test data")).isZero();

        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, DISCARDED));
        assertThat(state.column("select state || ' ' || resolved_by || ' ' || why from quarantine.record"))
                .containsExactly("discarded mara test data");
        assertThat(state.column("select who || ' ' || action || ' ' || why from audit.action"))
                .containsExactly("mara discard test data");
    }

    @Test
    void an_upload_of_an_unknown_supplier_is_quarantined_whole_and_read_from_the_beginning_once_it_is_known() {
        var unknown = TestState.upload("products/nobody/a.json", TestClock.START, "01");
        var known = TestState.upload("products/shein/a.json", TestClock.START, "01");
        uploads().quarantine(unknown);
        uploads().quarantine(known);
        uploads().quarantine(unknown);

        assertThat(state.column("select format || ' ' || (reasons->0->>'rule') || ' ' || state from quarantine.record"))
                .containsOnly("UPLOAD unknown-supplier open")
                .hasSize(2);
        assertThat(intake.states(unknown)).isEqualTo(Map.of(0L, QUARANTINED));

        assertThat(desk.release(Filter.open(), "mara"))
                .isEqualTo(Json.object().put("released", 1).put("stillRefused", 1));

        assertThat(announced).containsExactly("caravan-uploads products/shein/a.json");
        assertThat(state.<Object>find(
                        db -> intake.ledger.open(db, known, "products", null).map(Object.class::cast)))
                .contains(0L);
        assertThat(intake.states(known)).isEmpty();
        assertThat(intake.states(unknown)).isEqualTo(Map.of(0L, QUARANTINED));
    }

    @Test
    void an_upload_under_an_unknown_prefix_says_so_and_cannot_be_released() {
        var upload = TestState.upload("invoices/a.json", TestClock.START, "01");
        uploads().quarantine(upload);

        assertThat(desk.release(Filter.open(), "mara").path("stillRefused").asInt())
                .isEqualTo(1);

        assertThat(state.column("select reasons->0->>'message' from quarantine.record"))
                .containsExactly("no flow takes files under \"invoices/\"");
    }

    @Test
    void products_are_listed_with_what_each_target_has_and_found_by_id_handle_sku_or_upload() {
        var upload = intake.upload(1);
        intake.save(upload, new Intake.Said("1", "red", "SKU-1"), new Intake.Said("2", "blue"));
        intake.confirm("1", true);

        assertThat(products.list(10)).hasSize(2);
        assertThat(products.list(10).get(0).path("inSync").asBoolean()).isTrue();
        assertThat(products.list(10).get(1).path("inSync").asBoolean()).isFalse();
        assertThat(products.list(1)).hasSize(1);
        for (var name : List.of("1", "shein-1", "shein/1", "SKU-1")) {
            assertThat(products.journeys(name)).as(name).hasSize(1);
            var found = products.journeys(name).get(0);
            assertThat(found.path("state").asText()).isEqualTo("delivered");
            assertThat(found.path("journey").get(0).path("what").asText())
                    .isEqualTo("normalised; on its way to Pimcore");
            assertThat(found.path("journey").get(0).path("upload").asText())
                    .isEqualTo(upload.id().toString());
        }
        assertThat(products.journeys(upload.id().toString()))
                .as("by the correlation id")
                .hasSize(2);
        assertThat(products.journeys("none")).isEmpty();
    }

    private static Uploads uploads() {
        return new Uploads(
                state.database(),
                intake.ledger,
                intake.quarantine,
                null,
                null,
                null,
                "caravan-inbox",
                "caravan-uploads",
                state.clock());
    }

    /** An upload whose one record was refused by a rule that is no more. */
    private static Upload refused(byte[] raw) {
        var upload = intake.upload(1);
        var record = new RecordId(upload.id(), 0);
        var item = new Page.Item(
                record,
                new dev.caravan.records.read.SourceRecord(
                        0, 1, raw, null, dev.caravan.records.read.SourceRecord.Format.JSON, null),
                new Decision.Rejected(new Reason("", "outdated", "a rule that is no more", null)));
        intake.normalise.save(new Page(upload, Intake.SUPPLIERS.find("shein").orElseThrow(), List.of(item)));
        return upload;
    }
}
