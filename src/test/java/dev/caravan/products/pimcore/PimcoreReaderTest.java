package dev.caravan.products.pimcore;

import static dev.caravan.products.pimcore.Products.product;
import static dev.caravan.products.pimcore.Products.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PimcoreReaderTest {
    private static final Instant NOW = Instant.parse("2026-11-21T07:12:09Z");

    private PimcoreStandIn pimcore = start(PimcoreStandIn.Dates.EPOCH_SECONDS);

    @AfterEach
    void stop() {
        pimcore.close();
    }

    @ParameterizedTest
    @EnumSource(PimcoreStandIn.Dates.class)
    void a_product_is_read_as_it_was_written(PimcoreStandIn.Dates dates) {
        pimcore.close();
        pimcore = start(dates);
        var write = write(product("1", 2));
        upsert(write);

        var document = read("/products/acme-1").get("/products/acme-1");

        var expected = Json.read("""
                {"fullpath":"/products/acme-1","key":"acme-1","handle":"acme-1","published":true,"complete":true,"modificationDate":"2026-11-21T07:12:09Z",
                 "externalId":"acme:1","supplier":"acme","sku":"P1","name":{"en":"Product 1","ar":"منتج 1"},"description":{"en":"Text","ar":null},
                 "brand":"Brand 1",
                 "categories":[
                   {"externalId":"acme:10","handle":"acme-10","parentExternalId":null,"level":1,"name":{"en":"Women","ar":null}},
                   {"externalId":"acme:11","handle":"acme-11","parentExternalId":"acme:10","level":2,"name":{"en":"Dresses","ar":"فساتين"}}],
                 "mainImage":"https://img.example/1.jpg","images":[{"url":"https://img.example/1.jpg","position":0,"role":"main"}],
                 "attributes":[{"attributeId":"160","valueId":"9","name":{"en":"Material","ar":null},"value":{"en":"Linen","ar":"كتان"}}],
                 "options":["Size"],"siblings":[{"id":"91"}],"sourceVersion":"2026-11-21T07:00:00Z/1",
                 "origin":{"bucket":"inbox","key":"products/acme/1.json","index":0},
                 "variants":[
                   {"published":true,"externalId":"acme:1:P1-XS","sku":"P1-XS","options":{"Size":"XS"},
                    "prices":[{"currency":"SAR","amount":"23.80","was":"28.00"},{"currency":"USD","amount":"6.35","was":"7.47"}],"stock":20,"images":[],
                    "sourceVersion":"2026-11-21T07:00:00Z/1"},
                   {"published":true,"externalId":"acme:1:P1-S","sku":"P1-S","options":{"Size":"S"},
                    "prices":[{"currency":"SAR","amount":"23.80","was":"28.00"},{"currency":"USD","amount":"6.35","was":"7.47"}],"stock":20,"images":[],
                    "sourceVersion":"2026-11-21T07:00:00Z/1"}]}""");
        assertThat(document.path("contentHash").asText()).isEqualTo(write.contentHash());
        assertThat(document.path("variants"))
                .allSatisfy(variant ->
                        assertThat(variant.path("contentHash").asText()).isEqualTo(write.contentHash()));
        assertThat(without(document, "id", "contentHash").toPrettyString())
                .isEqualTo(((ObjectNode) expected).toPrettyString());
    }

    @Test
    void several_products_are_one_request_and_unknown_ones_are_not_there() {
        upsert(IntStream.range(1, 6).mapToObj(id -> write(product("" + id, 1))).toArray(PimcoreWrite[]::new));
        pimcore.resetCounters();

        var documents = read(
                "/products/acme-3", "/products/none", "/products/acme-1", "/products/it's, odd", "/products/acme-3");

        assertThat(documents.keySet()).containsExactly("/products/acme-3", "/products/acme-1");
        assertThat(pimcore.counters().requests()).isEqualTo(1);
        assertThat(new PimcoreReader(port(), 2, Clock.systemUTC()).read(documents.keySet()))
                .isEqualTo(documents);
    }

    @Test
    void sizes_stay_in_the_order_of_the_source() {
        upsert(write(product("1", 5)));
        var reordered = product("1", 6);
        var variants = reordered.withArray("variants");
        variants.insert(0, variants.remove(5));
        upsert(write(reordered));

        var document = read("/products/acme-1").get("/products/acme-1");

        assertThat(document.path("variants").findValuesAsText("Size"))
                .containsExactly("XXL", "XS", "S", "M", "L", "XL");
    }

    @Test
    void what_people_edit_is_what_is_read() {
        upsert(write(product("1", 1)));
        pimcore.edit(
                "/products/acme-1", Map.of("brand", "Better", "name", Map.of("en", "Better dress"), "key", "better"));

        var document = read("/products/better").get("/products/better");

        assertThat(document.path("key").asText()).isEqualTo("better");
        assertThat(document.path("handle").asText()).isEqualTo("acme-1");
        assertThat(document.path("brand").asText()).isEqualTo("Better");
        assertThat(document.at("/name/en").asText()).isEqualTo("Better dress");
        assertThat(document.path("complete").asBoolean()).isTrue();
    }

    @Test
    void a_text_in_one_language_is_not_read_as_one_in_both() {
        var english = product("1", 1);
        ((ObjectNode) english.path("name")).remove("ar");
        upsert(write(english));

        var document = read("/products/acme-1").get("/products/acme-1");

        assertThat(document.path("name")).isEqualTo(Json.read("{\"en\":\"Product 1\",\"ar\":null}"));
    }

    @Test
    void a_variant_a_person_made_does_not_make_a_product_incomplete() {
        upsert(write(product("1", 1)));
        var parent = pimcore.object("/products/acme-1").orElseThrow();
        var hub = new Mutations(new DataHub(port(), Clock.systemUTC()), 10);
        hub.send(List.of(Mutations.Operation.create(
                "Product",
                parent.fullpath(),
                "by-hand",
                true,
                true,
                Json.object().put("externalId", "hand-1").put("sku", "H1"))));

        var document = read("/products/acme-1").get("/products/acme-1");

        assertThat(document.path("variants").findValuesAsText("sku")).containsExactly("P1-XS", "H1");
        assertThat(document.path("complete").asBoolean()).isTrue();
    }

    @Test
    void a_product_a_person_made_is_never_complete_for_caravan() {
        var hub = new Mutations(new DataHub(port(), Clock.systemUTC()), 10);
        upsert(write(product("1", 1)));
        hub.send(List.of(Mutations.Operation.create(
                "Product",
                "/products",
                "by-hand",
                false,
                true,
                Json.object()
                        .put("externalId", "hand-1")
                        .put("origin", "{broken")
                        .put("siblingProducts", "also broken")
                        .put("syncState", "{\"variants\":3"))));

        var document = read("/products/by-hand").get("/products/by-hand");

        assertThat(document.path("complete").asBoolean()).isFalse();
        assertThat(document.path("variants")).isEmpty();
        assertThat(document.path("siblings")).isEmpty();
        assertThat(document.path("origin")).isEmpty();
    }

    @Test
    void a_variant_shows_its_own_images_only() {
        var answer = """
                {"data":{"products":{"edges":[{"node":{"id":"1","fullpath":"/products/a","key":"a","objectType":"object","published":true,
                  "images":[{"url":"https://img.example/1.jpg","position":0,"role":null}],"mainImage":"",
                  "categories":[{"externalId":"hand made","key":"sale","level":null,"nameEn":"Sale","nameAr":"Sale"}],
                  "children":[
                    {"id":"2","key":"b","stock":3.0,"images":[{"url":"https://img.example/1.jpg","position":0,"role":null}]},
                    {"id":"3","key":"c","stock":null,"images":[{"url":"https://img.example/2.jpg","position":null,"role":"main"}]}]}}]}}}""";

        var document = new PimcoreReader(new ScriptedPort().answer(answer), 10, Clock.systemUTC())
                .read(List.of("/products/a"))
                .get("/products/a");

        assertThat(document.at("/variants/0/images")).isEmpty();
        assertThat(document.at("/variants/0/stock").intValue()).isEqualTo(3);
        assertThat(document.at("/variants/1/images/0/url").asText()).isEqualTo("https://img.example/2.jpg");
        assertThat(document.at("/variants/1/stock").isNull()).isTrue();
        assertThat(document.path("mainImage").isNull()).isTrue();
        assertThat(document.at("/categories/0"))
                .isEqualTo(
                        Json.read(
                                "{\"externalId\":\"hand made\",\"handle\":\"sale\",\"parentExternalId\":null,\"level\":null,\"name\":{\"en\":\"Sale\",\"ar\":null}}"));
    }

    @Test
    void trouble_heals_and_a_missing_column_is_a_matter_of_settings() {
        pimcore.faults().failNext(1, 500);
        assertThatThrownBy(() -> read("/products/acme-1")).isInstanceOf(TargetUnavailable.class);

        var missing = new ScriptedPort()
                .answer(
                        "{\"errors\":[{\"message\":\"Cannot query field \\\"brand\\\" on type \\\"object_Product\\\".\"}]}");
        assertThatThrownBy(() -> new PimcoreReader(missing, 1, Clock.systemUTC()).read(List.of("/products/a")))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("brand");

        var broken = new ScriptedPort()
                .answer(
                        "{\"errors\":[{\"message\":\"Internal server error\",\"path\":[\"products\"]}],\"data\":{\"products\":null}}");
        assertThatThrownBy(() -> new PimcoreReader(broken, 1, Clock.systemUTC()).read(List.of("/products/a")))
                .isInstanceOf(TargetUnavailable.class);
    }

    private static PimcoreStandIn start(PimcoreStandIn.Dates dates) {
        return PimcoreStandIn.start(
                PimcoreStandIn.Settings.defaults().withDates(dates).withClock(Clock.fixed(NOW, ZoneOffset.UTC)));
    }

    private void upsert(PimcoreWrite... writes) {
        var outcomes = new PimcoreProducts(
                        port(), PimcoreMappingTest.mapping(), PimcoreProducts.Settings.DEFAULT, Clock.systemUTC())
                .upsert(List.of(writes));
        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Outcome.Written.class));
    }

    private Map<String, ObjectNode> read(String... fullpaths) {
        return new PimcoreReader(port(), PimcoreReader.PRODUCTS_PER_REQUEST, Clock.systemUTC())
                .read(List.of(fullpaths));
    }

    private Port port() {
        return new HttpPort(HttpClient.newHttpClient(), pimcore.endpoint(), pimcore.apiKey(), Duration.ofSeconds(10));
    }

    private static JsonNode without(ObjectNode document, String... names) {
        var copy = document.deepCopy();
        copy.remove(List.of(names));
        copy.path("variants").forEach(variant -> ((ObjectNode) variant).remove(List.of("id", "key", "contentHash")));
        return copy;
    }
}
