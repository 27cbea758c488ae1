package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.HttpPort;
import dev.caravan.outbound.Port;
import dev.caravan.products.medusa.MedusaShop;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.products.medusa.ShopSettings;
import dev.caravan.products.pimcore.Outcome;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreWrite;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import dev.caravan.state.Caches;
import dev.caravan.state.LastSent;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a publication that has nothing to say to the shop; what the others do, the tests of whole Caravan show. */
class MedusaStepTest {
    private static final String QUEUE = "caravan-publications";
    private static final Decision.Accepted SHIRT = Fixtures.accepted(Fixtures.shirt());

    private static TestState state;
    private static Caches caches;

    private final PimcoreStandIn pimcore = PimcoreStandIn.start();
    private final MedusaStandIn medusa = new MedusaStandIn();
    private final Port hub = TestProducts.port(pimcore);
    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Intake intake = new Intake(state);
    private final MedusaStep step = step();

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

    @AfterEach
    void close() {
        pimcore.close();
        medusa.close();
    }

    @Test
    void of_a_product_that_is_half_written_a_publication_is_done_and_no_attempt_of_it_is_remembered() {
        received();
        var fullpath = ((Outcome.Written) upsert("1")).fullpath();
        pimcore.faults().reject("shein:" + SHIRT.key().id(), "not now");
        assertThat(upsert("2")).isInstanceOf(Outcome.Failed.class);
        var message = triedBefore(publication(fullpath));

        step.write(new Batch(QUEUE, List.of(message)));

        assertThat(message.isDone()).isTrue();
        assertThat(tried()).isEmpty();
        assertThat(medusa.dump().path("products")).isEmpty();
    }

    @Test
    void of_what_is_no_product_of_ours_a_publication_is_done_and_no_attempt_of_it_is_remembered() {
        var message = triedBefore(publication("/elsewhere/a-page"));

        step.write(new Batch(QUEUE, List.of(message)));

        assertThat(message.isDone()).isTrue();
        assertThat(tried()).isEmpty();
    }

    @Test
    void while_pimcore_is_away_attempts_are_counted() {
        received();
        var message = publication(((Outcome.Written) upsert("1")).fullpath());
        triedBefore(message);
        pimcore.faults().failFor(Duration.ofMinutes(1), 500);

        assertThat(catchThrowable(() -> step.write(new Batch(QUEUE, List.of(message)))))
                .isInstanceOf(TargetUnavailable.class);

        assertThat(message.retryAfter()).isPresent();
        assertThat(tried()).containsExactly("2");
    }

    private static BatchMessage publication(String fullpath) {
        var body = Json.object().set("detail", Json.object().put("fullpath", fullpath));
        return new BatchMessage("m-1", "r-1", body.toString(), Map.of(), Map.of());
    }

    private BatchMessage triedBefore(BatchMessage message) {
        var id = DeadLetters.identity(QUEUE, message.body().getBytes(StandardCharsets.UTF_8));
        state.database().write(db -> letters.countAttempt(db, id, "no database"));
        return message;
    }

    private static List<String> tried() {
        return state.column("select attempts::text from dead_letters.attempt");
    }

    private void received() {
        intake.save(intake.upload(1), 0, List.of(SHIRT));
    }

    /** The second version is out of stock. */
    private Outcome upsert(String version) {
        var product = SHIRT.product().deepCopy();
        if (version.equals("2")) ((ObjectNode) product.at("/variants/0")).put("stock", 0);
        return new PimcoreProducts(hub, mapping(), PimcoreProducts.Settings.DEFAULT, state.clock())
                .upsert(List.of(new PimcoreWrite(SHIRT.key(), product, "hash of " + version, version, true)))
                .get(0);
    }

    private static PimcoreMapping mapping() {
        return PimcoreMapping.compile(Fixtures.ROUTES.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE);
    }

    private MedusaStep step() {
        var sellability = new Sellability(false, supplier -> StockWhenAbsent.HOLD);
        var basic = Base64.getEncoder().encodeToString((medusa.secretKey() + ":").getBytes(StandardCharsets.UTF_8));
        var admin = new HttpPort(
                "medusa",
                medusa.url(),
                Map.of("Authorization", "Basic " + basic, "Content-Type", "application/json"),
                Duration.ofSeconds(10));
        var outcomes = new Outcomes(new SimpleMeterRegistry());
        var failures = new Failures(
                state.database(),
                letters,
                intake.ledger,
                intake.journey,
                new RetryRules(20, Duration.ofSeconds(1), Duration.ofMinutes(1)),
                (db, queue, body) -> {},
                () -> new Random(7),
                outcomes);
        return new MedusaStep(
                state.database(),
                intake.products,
                new Notices(Tracing.OFF, state.clock()),
                intake.ledger,
                intake.journey,
                failures,
                new PimcoreReader(hub, 25, state.clock()),
                new ShopMapping(Fixtures.ROUTES, sellability, UnaryOperator.identity()),
                new HoldRules(true, sellability),
                new MedusaShop(admin, ShopSettings.DEFAULT, state.clock()),
                new LastSent(caches.lastSent()),
                outcomes);
    }
}
