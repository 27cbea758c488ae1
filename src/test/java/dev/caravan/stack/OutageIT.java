package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.json.Json;
import dev.caravan.sandbox.EventBridgeFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What Caravan leans on goes away, or answers badly, with products on their way; then it comes back. {@code -Doutage.products=10000
 * -Doutage.minutes=30 -Djunit.jupiter.execution.timeout.default=2h} makes the outage with the settings as shipped as long as an outage is.
 */
@Tag("crash")
class OutageIT {
    private static final int PRODUCTS = 40;
    private static final int MANY = Integer.getInteger("outage.products", PRODUCTS);
    private static final Duration LONG = Duration.ofMinutes(Integer.getInteger("outage.minutes", 1));

    private static final Duration SOON = Duration.ofMinutes(2);
    private static ProductsStack stack;

    @BeforeAll
    static void start() {
        stack = new ProductsStack("outage").impatient();
        stack.start();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void heal() {
        stack.sandbox().pimcore().faults().clear();
        stack.sandbox().medusa().faults().clear();
        stack.sandbox().aws().s3Faults().clear();
        stack.sandbox().aws().eventBridge().faults().clear();
    }

    private static void assertAllArrives() {
        stack.awaitRest(SOON);
        stack.assertAllOnSaleOnce();
    }

    @Test
    void a_pimcore_that_fails_for_long_parks_nothing_and_costs_few_attempts_with_the_settings_as_shipped()
            throws IOException {
        try (var shipped = new ProductsStack("outage-shipped")) {
            shipped.start();
            shipped.sandbox().pimcore().faults().failFor(LONG, 500);

            for (int uploaded = 0; uploaded < MANY; uploaded += 1_000) shipped.upload(Math.min(MANY, 1_000));
            await().atMost(LONG.plusSeconds(30))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        assertThat(shipped.count("select count(*) from dead_letters.letter"))
                                .as("parked")
                                .isZero();
                        return shipped.sandbox().pimcore().counters().objectsWritten() > 0;
                    });
            long attempts = shipped.count("select coalesce(max(attempts), 0) from dead_letters.attempt");
            shipped.awaitRest(ProductsStack.LONGEST_DELAY.plusMinutes(1).plusMillis(50L * MANY));

            assertThat(attempts).as("attempts of twenty burnt").isLessThan(15);
            assertThat(shipped.sandbox().pimcore().counters().failedOnPurpose())
                    .as("requests into the outage")
                    .isLessThan(150 * LONG.toMinutes());
            assertThat(shipped.count("select count(*) from dead_letters.letter"))
                    .as("ever parked")
                    .isZero();
            assertThat(Files.size(shipped.log())).as("bytes of log").isLessThan(2_000_000 * LONG.toMinutes());
            shipped.assertAllOnSaleOnce();
        }
    }

    @Test
    void a_medusa_that_dies_after_its_commit_gets_nothing_twice() {
        stack.sandbox().medusa().faults().dieAfterCommitting(3);

        stack.upload(PRODUCTS);

        assertAllArrives();
    }

    @Test
    void a_pimcore_that_dies_after_its_commit_gets_nothing_twice() {
        stack.sandbox().pimcore().faults().dieAfterCommitting(3);

        stack.upload(PRODUCTS);

        assertAllArrives();
    }

    @Test
    void targets_that_throttle_are_given_the_time_they_ask_for() {
        stack.sandbox().pimcore().faults().throttleNext(5, Duration.ofSeconds(2));
        stack.sandbox().medusa().faults().throttleNext(5, Duration.ofSeconds(2));

        stack.upload(PRODUCTS);

        assertAllArrives();
    }

    @Test
    void a_target_slower_than_the_visibility_timeout_has_each_product_once() {
        stack.sandbox().pimcore().faults().delay(Duration.ofSeconds(6));
        stack.upload(3);
        await().atMost(SOON)
                .until(() -> stack.count("select count(*) from products.product where pimcore_hash is null") == 0);
        stack.sandbox().pimcore().faults().clear();

        assertAllArrives();
    }

    @Test
    void an_eventbridge_that_fails_entries_and_whole_requests_loses_no_event() {
        var faults = stack.sandbox().aws().eventBridge().faults();
        faults.failEntries(25, EventBridgeFaults.INTERNAL_FAILURE);
        faults.refuseRequests(12, 500, EventBridgeFaults.INTERNAL_FAILURE);
        faults.deliverTwice(10);

        stack.upload(PRODUCTS);

        assertAllArrives();
    }

    @Test
    void an_sqs_that_is_away_for_a_while_has_all_its_messages_after() {
        stack.upload(PRODUCTS);
        await().atMost(SOON).until(stack::worksOnSomething);
        stack.sandbox().aws().sqsDown(true);
        pause(8_000);
        stack.sandbox().aws().sqsDown(false);

        assertAllArrives();
    }

    @Test
    void a_database_that_is_away_for_a_few_seconds_loses_nothing() {
        stack.upload(PRODUCTS);
        await().atMost(SOON).until(stack::worksOnSomething);
        for (int i = 0; i < 20; i++) {
            stack.count(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'caravan'");
            pause(200);
        }

        assertAllArrives();
    }

    @Test
    void an_s3_that_cuts_and_refuses_reads_is_read_to_the_end() {
        // The first one is for the hash of the file.
        stack.sandbox().aws().s3Faults().spareGets(1);
        stack.sandbox().aws().s3Faults().cutGets(3, 1_500_000);
        stack.sandbox().aws().s3Faults().failGets(6, 500);

        stack.upload(PRODUCTS);

        assertAllArrives();
    }

    @Test
    void a_poisonous_product_is_parked_with_its_cause_while_the_rest_flows_and_goes_through_when_replayed() {
        var poison = stack.nextId();
        stack.sandbox().pimcore().faults().reject("shein:" + poison, "does not fit");

        stack.upload(PRODUCTS);
        await().atMost(SOON)
                .until(() -> stack.count("select count(*) from dead_letters.letter where state = 'open'") == 1
                        && stack.count("select count(*) from ledger.entry where state = 'in flight'") == 0);
        var letter = stack.caravan().get("/api/dead-letters").get(0);
        assertThat(letter.path("lane").asText()).isEqualTo("shein/" + poison);
        assertThat(letter.path("error").asText()).contains("does not fit");

        stack.sandbox().pimcore().faults().clear();
        assertThat(stack.caravan()
                        .post("/api/dead-letters/replay", Json.object())
                        .path("replayed")
                        .asInt())
                .isEqualTo(1);

        assertAllArrives();
    }

    @Test
    void a_runtime_told_to_stop_in_mid_work_drains_and_the_next_goes_on() {
        stack.upload(PRODUCTS);
        await().atMost(SOON).until(stack::worksOnSomething);
        long began = System.nanoTime();
        stack.caravan().close();
        var took = Duration.ofNanos(System.nanoTime() - began);
        int code = stack.caravan().awaitExit();

        stack.start();

        assertThat(took).isLessThan(Duration.ofSeconds(30));
        assertThat(List.of(0, 143)).as("exit code").contains(code);
        assertAllArrives();
    }

    /** The outage has a length; there is nothing to wait for in it. */
    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
