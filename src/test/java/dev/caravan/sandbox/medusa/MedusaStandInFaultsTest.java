package dev.caravan.sandbox.medusa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.sandbox.medusa.Faults.Fault;
import dev.caravan.sandbox.medusa.Faults.Leaving;
import dev.caravan.sandbox.medusa.MedusaStandIn.Settings;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedusaStandInFaultsTest {
    private final MedusaStandInTest.TestClock clock = new MedusaStandInTest.TestClock();
    private final MedusaStandIn medusa = new MedusaStandIn(Settings.defaults().withClock(clock));
    private final ShopClient shop = new ShopClient(medusa);

    @AfterEach
    void stop() {
        medusa.close();
    }

    @Test
    void the_next_requests_fail_and_do_nothing() {
        medusa.faults().failNext(2, 500);

        var first = shop.post("/admin/products", shop.shirt("polo", "S"));
        var second = shop.get("/admin/products");
        var third = shop.get("/admin/products");

        assertThat(first.status()).isEqualTo(500);
        assertThat(first.text("/type")).isEqualTo("unknown_error");
        assertThat(second.status()).isEqualTo(500);
        assertThat(third.at("/count").asInt()).isZero();
    }

    @Test
    void all_requests_fail_for_a_while() {
        medusa.faults().failFor(Duration.ofSeconds(60), 503);

        var during = IntStream.range(0, 5)
                .map(i -> shop.get("/admin/stores").status())
                .toArray();
        clock.tick(Duration.ofSeconds(60));
        var after = shop.get("/admin/stores").status();

        assertThat(during).containsOnly(503);
        assertThat(after).isEqualTo(200);
    }

    @Test
    void only_requests_of_a_path_fail() {
        medusa.faults().add(Fault.fail(500).on("/admin/products/batch"));

        assertThat(shop.get("/admin/products").status()).isEqualTo(200);
        assertThat(shop.post("/admin/products/batch", "{}").status()).isEqualTo(500);
    }

    @Test
    void too_many_requests_come_with_a_time_to_retry() {
        medusa.faults().throttleNext(1, Duration.ofSeconds(7));

        var reply = shop.get("/admin/products");

        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.response().headers().firstValue("Retry-After")).hasValue("7");
    }

    @Test
    void answers_come_late_until_cleared() {
        medusa.faults().delay(Duration.ofMillis(300));

        var late = duration(() -> shop.get("/admin/stores"));
        medusa.faults().clear();
        var soon = duration(() -> shop.get("/admin/stores"));

        assertThat(late).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        assertThat(soon).isLessThan(Duration.ofMillis(300));
    }

    @Test
    void dying_after_the_commit_leaves_what_was_asked_and_no_answer() {
        medusa.faults().dieAfterCommitting(1);

        assertThat(shop.get("/admin/products").status()).isEqualTo(200);
        assertThatThrownBy(() -> shop.post("/admin/products", shop.shirt("polo", "S")))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(shop.summary("polo")).isEqualTo("Shirt polo: S sar23.8+usd6.35(1)");
        assertThat(shop.post("/admin/products", shop.shirt("polo", "S")).message())
                .isEqualTo("Product with handle: polo, already exists.");
        assertThat(medusa.counters().answers()).containsEntry("none", 1L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PRODUCTS_WITHOUT_VARIANTS | Shirt polo:
            VARIANTS_WITHOUT_PRICES   | Shirt polo: M (1), S (1)
            """)
    void dying_in_mid_batch_leaves_half_of_it(Leaving leaving, String left) {
        medusa.faults().dieInMidBatch(leaving);
        var batch = "{'create': [%s]}".formatted(shop.shirt("polo", "S", "M"));

        assertThatThrownBy(() -> shop.post("/admin/products/batch", batch)).isInstanceOf(UncheckedIOException.class);

        assertThat(shop.summary("polo").strip()).isEqualTo(left);
        assertThat(medusa.dump().at("/products/0/channels/0").asText()).isEqualTo(medusa.salesChannelId());
        assertThat(medusa.dump().at("/products/0/shipping_profile").asText()).isEqualTo(medusa.shippingProfileId());
        assertThat(shop.post("/admin/products/batch", batch).message())
                .isEqualTo("Product with handle: polo, already exists.");
    }

    @Test
    void dying_while_updating_leaves_new_titles_with_old_prices() {
        var id = shop.created(shop.shirt("polo", "S"));
        medusa.faults().dieInMidBatch(Leaving.VARIANTS_WITHOUT_PRICES);

        assertThatThrownBy(() -> shop.post(
                        "/admin/products/batch",
                        "{'update': [{'id': '%s', 'title': 'new', 'variants': [{'id': '%s', 'title': 'newS', 'prices': []}]}]}"
                                .formatted(id, shop.variantId("polo-S"))))
                .isInstanceOf(UncheckedIOException.class);

        assertThat(shop.summary("polo")).isEqualTo("new: newS sar23.8+usd6.35(1)");
    }

    @ParameterizedTest
    @CsvSource({"polo", "polo-S"})
    void poison_spoils_every_write_it_is_in_until_cured(String poison) {
        var id = shop.created(shop.shirt("polo", "S"));
        shop.stock("polo-S", 1);
        medusa.faults().poison(poison);

        var batch = shop.post(
                "/admin/products/batch",
                "{'create': [%s], 'update': [{'id': '%s', 'title': 'x'}]}".formatted(shop.shirt("tee", "S"), id));
        var alone = shop.post("/admin/products/" + id, "{'title': 'x'}");
        medusa.faults().cure(poison);
        var cured = shop.post("/admin/products/" + id, "{'title': 'x'}");

        assertThat(batch.status()).isEqualTo(400);
        assertThat(batch.text("/type")).isEqualTo("invalid_data");
        assertThat(shop.summary("tee")).isEqualTo("none");
        assertThat(alone.message()).isEqualTo("Poisoned by the sandbox: " + poison);
        assertThat(cured.status()).isEqualTo(200);
    }

    @Test
    void a_poisoned_sku_is_refused_in_creates_variants_and_levels() {
        var id = shop.created(shop.shirt("polo", "S", "M"));
        shop.stock("polo-S", 1);
        medusa.faults().poison("polo-S");
        medusa.faults().poison("tee-S");

        assertThat(shop.post("/admin/products", shop.shirt("tee", "S")).status())
                .isEqualTo(400);
        assertThat(shop.post(
                                "/admin/products/" + id + "/variants/batch",
                                "{'update': [{'id': '%s', 'title': 'x'}]}".formatted(shop.variantId("polo-S")))
                        .status())
                .isEqualTo(400);
        assertThat(shop.post(
                                "/admin/inventory-items/location-levels/batch",
                                "{'update': [%s]}".formatted(shop.level("polo-S", 2)))
                        .status())
                .isEqualTo(400);
        assertThat(shop.stock("polo-M", 2).status()).isEqualTo(200);
    }

    @Test
    void requests_answers_and_committed_writes_are_counted() {
        var id = shop.created(shop.shirt("polo", "S", "M"));
        shop.post("/admin/products", shop.shirt("polo", "S"));
        shop.post("/admin/products/" + id, "{'title': 'x'}");
        shop.stock("polo-S", 3);
        shop.post(
                "/admin/inventory-items/location-levels/batch", "{'update': [%s]}".formatted(shop.level("polo-S", 4)));
        shop.get("/admin/nowhere");

        var counters = medusa.counters();

        assertThat(counters.requests("POST /admin/products")).isEqualTo(2);
        assertThat(counters.requests("POST /admin/products/:id")).isEqualTo(1);
        assertThat(counters.requests("unknown")).isEqualTo(1);
        assertThat(counters.answers()).containsEntry("400", 1L).containsEntry("404", 1L);
        assertThat(counters.writes())
                .isEqualTo(Map.of(
                        "products.created",
                        1L,
                        "variants.created",
                        2L,
                        "inventory_items.created",
                        2L,
                        "products.updated",
                        1L,
                        "levels.created",
                        1L,
                        "levels.updated",
                        1L));
        assertThat(counters.writes("products.deleted")).isZero();

        medusa.resetCounters();
        assertThat(medusa.counters().allWrites() + medusa.counters().requests("POST /admin/products"))
                .isZero();
    }

    @Test
    void everything_can_be_steered_over_http_without_a_key() {
        for (var fault : new String[] {
            "{'kind': 'fail', 'status': 502, 'seconds': 60, 'path': '/admin/stores'}",
            "{'kind': 'throttle', 'retryAfterSeconds': 2, 'count': 2, 'path': '/admin/regions'}",
            "{'kind': 'delay', 'millis': 1, 'count': 1}",
            "{'kind': 'die-after-commit', 'path': '/admin/collections'}",
            "{'kind': 'die-in-mid-batch', 'leaving': 'variants-without-prices'}",
            "{'kind': 'poison', 'key': 'bad'}",
            "{'kind': 'poison', 'key': 'good'}",
            "{'kind': 'cure', 'key': 'good'}"
        }) {
            assertThat(sandbox("POST", "/_sandbox/faults", fault).status())
                    .as(fault)
                    .isEqualTo(200);
        }

        var waiting = sandbox("GET", "/_sandbox/faults", null);

        assertThat(waiting.at("/faults").findValuesAsText("kind"))
                .containsExactly("fail", "fail", "delay", "die-after-commit", "die-in-mid-batch");
        assertThat(waiting.at("/faults/0/until").asText()).isEqualTo("2030-01-01T00:01:00Z");
        assertThat(waiting.at("/poison")).hasToString("[\"bad\"]");
        assertThat(shop.get("/admin/stores").status()).isEqualTo(502);
        assertThat(shop.get("/admin/regions").response().headers().firstValue("Retry-After"))
                .hasValue("2");
        assertThat(sandbox("DELETE", "/_sandbox/faults", null).at("/faults")).isEmpty();
        assertThat(shop.get("/admin/stores").status()).isEqualTo(200);
        assertThat(sandbox("GET", "/_sandbox/counters", null)
                        .at("/requests/GET ~1admin~1stores")
                        .asInt())
                .isEqualTo(2);
        assertThat(sandbox("DELETE", "/_sandbox/counters", null).at("/requests"))
                .isEmpty();
        assertThat(sandbox("GET", "/_sandbox/dump", null).at("/products")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'kind': 'earthquake'}                              | no fault of kind 'earthquake'
            {'kind': 'die-in-mid-batch', 'leaving': 'nothing'} \
                    | leaving 'nothing' is none of products-without-variants, variants-without-prices
            """)
    void an_unknown_fault_is_refused(String fault, String message) {
        assertThat(sandbox("POST", "/_sandbox/faults", fault).message()).isEqualTo(message);
    }

    @Test
    void keys_and_port_can_be_chosen() {
        medusa.close();
        var settings = Settings.defaults()
                .withKeys("sk_mine_0123456789", "pk_mine_0123456789")
                .withPort(medusa.url().getPort());

        try (var chosen = new MedusaStandIn(settings)) {
            assertThat(chosen.url()).isEqualTo(medusa.url());
            assertThat(chosen.secretKey()).isEqualTo("sk_mine_0123456789");
            assertThat(new ShopClient(chosen).get("/store/products").status()).isEqualTo(200);
        }
    }

    private ShopClient.Reply sandbox(String method, String path, String body) {
        return shop.exchange(shop.request(method, path, body == null ? null : body.replace('\'', '"'))
                .build());
    }

    private static Duration duration(Runnable work) {
        var start = System.nanoTime();
        work.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
