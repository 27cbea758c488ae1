package dev.caravan.products.pimcore;

import static dev.caravan.products.pimcore.Products.product;
import static dev.caravan.products.pimcore.Products.threeWithTenVariants;
import static dev.caravan.products.pimcore.Products.withPrice;
import static dev.caravan.products.pimcore.Products.write;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.products.ProductKey;
import dev.caravan.products.pimcore.Outcome.Failed;
import dev.caravan.products.pimcore.Outcome.Kind;
import dev.caravan.products.pimcore.Outcome.Unchanged;
import dev.caravan.products.pimcore.Outcome.Written;
import dev.caravan.sandbox.pimcore.PimcoreObject;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PimcoreProductsTest {
    private final PimcoreStandIn pimcore = PimcoreStandIn.start();
    private final HttpClient http = HttpClient.newHttpClient();
    private final PimcoreProducts products = products();

    @AfterEach
    void stop() {
        pimcore.close();
    }

    @Test
    void three_products_with_ten_variants_arrive_published_with_their_categories() {
        var outcomes = products.upsert(threeWithTenVariants());

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Written.class));
        assertThat(outcomes)
                .extracting(outcome -> ((Written) outcome).fullpath())
                .containsExactly("/products/acme-1", "/products/acme-2", "/products/acme-3");
        assertThat(parents()).hasSize(3).allMatch(PimcoreObject::published);
        assertThat(variants()).hasSize(10).allMatch(PimcoreObject::published);
        assertThat(pimcore.objects("Category"))
                .extracting(PimcoreObject::fullpath)
                .containsExactlyInAnyOrder("/categories/acme-10", "/categories/acme-11");
    }

    @Test
    void the_same_again_sends_nothing_and_asks_once() {
        products.upsert(threeWithTenVariants());
        pimcore.resetCounters();

        var outcomes = products.upsert(threeWithTenVariants());
        var afterRestart = products().upsert(threeWithTenVariants());

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Unchanged.class));
        assertThat(afterRestart).isEqualTo(outcomes);
        assertThat(pimcore.counters().mutations()).isZero();
        assertThat(pimcore.counters().requests()).isEqualTo(2);
    }

    @Test
    void another_origin_of_the_same_content_sends_nothing() {
        products.upsert(List.of(write(product("1", 2))));
        pimcore.resetCounters();
        var again = product("1", 2);
        again.withObject("/origin").put("key", "products/acme/2.json");

        products.upsert(List.of(write(again)));

        assertThat(pimcore.counters().mutations()).isZero();
    }

    @Test
    void a_changed_price_updates_its_variant_and_the_product() {
        products.upsert(threeWithTenVariants());
        var untouched = versions();
        pimcore.resetCounters();

        var outcomes = products.upsert(List.of(write(withPrice(product("1", 5), 2, "19.90")), write(product("2", 1))));

        assertThat(outcomes.get(0)).isInstanceOf(Written.class);
        assertThat(outcomes.get(1)).isInstanceOf(Unchanged.class);
        assertThat(pimcore.counters().updated()).isEqualTo(2);
        assertThat(pimcore.counters().mutations()).isEqualTo(2);
        assertThat(versions().entrySet())
                .filteredOn(entry -> !untouched.get(entry.getKey()).equals(entry.getValue()))
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("acme:1", "acme:1:P1-M");
    }

    @Test
    void a_new_product_takes_a_request_for_each_step_however_many_there_are() {
        products.upsert(threeWithTenVariants());
        pimcore.resetCounters();

        products.upsert(IntStream.range(100, 110)
                .mapToObj(id -> write(product("" + id, 1)))
                .toList());

        assertThat(pimcore.counters().requests())
                .as("look, products, variants, completion")
                .isEqualTo(4);
        assertThat(pimcore.counters().mutations()).isEqualTo(30);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void a_write_that_broke_off_anywhere_is_completed_by_the_next(int objects) {
        pimcore.faults().dieAfterObjects(objects);

        var broken = products.upsert(List.of(write(product("1", 3))));
        var next = products.upsert(List.of(write(product("1", 3))));

        assertThat(broken.get(0)).isInstanceOfAny(Failed.class, Written.class);
        assertThat(next.get(0)).isInstanceOfAny(Unchanged.class, Written.class);
        assertThat(parents()).singleElement().satisfies(parent -> assertThat(parent.published())
                .isTrue());
        assertThat(variants()).hasSize(3);
        assertThat(pimcore.objects("Category")).hasSize(2);
        pimcore.resetCounters();
        products().upsert(List.of(write(product("1", 3))));
        assertThat(pimcore.counters().mutations()).isZero();
    }

    @Test
    void an_update_that_broke_off_between_variants_and_product_is_completed_and_shows_until_then() {
        products.upsert(List.of(write(product("1", 3))));
        var cheaper = withPrice(product("1", 3), 0, "9.90");
        pimcore.faults().dieAfterObjects(1);

        var broken = products.upsert(List.of(write(cheaper)));

        assertThat(broken.get(0)).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.kind())
                .isEqualTo(Kind.HEALS));
        assertThat(document("1").path("complete").asBoolean()).isFalse();
        pimcore.resetCounters();
        assertThat(products.upsert(List.of(write(cheaper))).get(0)).isInstanceOf(Written.class);
        assertThat(pimcore.counters().mutations()).as("the product only").isEqualTo(1);
        assertThat(document("1").path("complete").asBoolean()).isTrue();
    }

    @Test
    void what_was_committed_without_an_answer_is_found_by_looking_again() {
        products.upsert(List.of(write(product("1", 1))));
        pimcore.faults().dieAfterCommitting(1);
        var withoutBrand = product("1", 1);
        withoutBrand.putNull("brand");

        var outcome = products.upsert(List.of(write(withoutBrand))).get(0);

        assertThat(outcome).isInstanceOf(Written.class);
        assertThat(document("1").path("brand").isNull()).isTrue();
    }

    @Test
    void a_committed_mutation_that_says_it_failed_is_found_by_looking_again() {
        products.upsert(List.of(write(product("0", 1))));
        pimcore.faults().throwInSubscriber(5);

        var outcome = products.upsert(List.of(write(product("1", 2)))).get(0);

        assertThat(outcome).isInstanceOf(Written.class);
        assertThat(parents()).hasSize(2).allMatch(PimcoreObject::published);
    }

    @RepeatedTest(3)
    void writers_of_the_same_categories_and_products_do_not_get_in_each_others_way() throws Exception {
        var pages = new ArrayList<Callable<List<Outcome>>>();
        for (int writer = 0; writer < 4; writer++) {
            var mine = product("7" + writer, 2);
            pages.add(() -> products()
                    .upsert(List.of(
                            write(product("70", 3)),
                            write(mine.path("id").asText().equals("70") ? product("79", 2) : mine))));
        }
        var threads = Executors.newFixedThreadPool(4);

        var outcomes = threads.invokeAll(pages).stream()
                .flatMap(page -> get(page).stream())
                .toList();

        assertThat(outcomes).hasSize(8).allSatisfy(outcome -> assertThat(outcome)
                .isInstanceOfAny(Written.class, Unchanged.class));
        assertThat(parents()).hasSize(5).allMatch(PimcoreObject::published);
        assertThat(variants()).hasSize(3 + 4 * 2);
        assertThat(pimcore.objects("Category")).hasSize(2);
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 429})
    void a_server_in_trouble_heals(int status) {
        pimcore.faults().failNext(1, status);

        var outcomes = products.upsert(threeWithTenVariants());

        assertThat(outcomes).hasSize(3).allSatisfy(outcome -> assertThat(((Failed) outcome).kind())
                .isEqualTo(Kind.HEALS));
        assertThat(products.upsert(threeWithTenVariants()))
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Written.class));
    }

    @Test
    void trouble_in_the_middle_of_a_page_heals_too() {
        products.upsert(threeWithTenVariants());
        var changed = threeWithTenVariants().stream()
                .map(write -> write(withPrice(write.product(), 0, "1.00")))
                .toList();
        var calls = new int[1];
        Port breaking = call -> {
            if (++calls[0] == 2) pimcore.faults().failNext(3, 502);
            return port().send(call);
        };

        var outcomes = products(breaking, new PimcoreProducts.Settings(1, true)).upsert(changed);

        assertThat(outcomes)
                .allSatisfy(outcome -> assertThat(((Failed) outcome).kind()).isEqualTo(Kind.HEALS));
        pimcore.faults().clear();
        assertThat(products.upsert(changed))
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Written.class));
    }

    @Test
    void how_long_pimcore_asks_to_wait_is_told_and_respected() {
        products.upsert(List.of(write(product("1", 1))));
        var calls = new int[1];
        Port throttling = call -> {
            if (++calls[0] == 2) pimcore.faults().throttleNext(5, Duration.ofSeconds(7));
            return port().send(call);
        };

        var outcome = products(throttling, PimcoreProducts.Settings.DEFAULT)
                .upsert(List.of(write(product("1", 2))))
                .get(0);

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.retryAfter())
                .isEqualTo(Duration.ofSeconds(7)));
        assertThat(calls[0]).as("no further look").isEqualTo(2);
    }

    @Test
    void a_timeout_heals() {
        pimcore.faults().delay(Duration.ofMillis(400));

        var outcome = products(port(Duration.ofMillis(50)), PimcoreProducts.Settings.DEFAULT)
                .upsert(List.of(write(product("1", 1))))
                .get(0);

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.kind())
                .isEqualTo(Kind.HEALS));
    }

    @Test
    void a_poison_product_is_a_bad_message_and_its_neighbours_pass() {
        pimcore.faults().reject("acme:2", "brand is forbidden");

        var outcomes = products.upsert(threeWithTenVariants());

        assertThat(outcomes.get(0)).isInstanceOf(Written.class);
        assertThat(outcomes.get(2)).isInstanceOf(Written.class);
        assertThat(outcomes.get(1)).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(Kind.BAD_MESSAGE);
            assertThat(failed.message()).contains("brand is forbidden");
        });
    }

    @Test
    void a_poison_variant_keeps_its_product_unpublished_until_it_is_repaired() {
        pimcore.faults().reject("acme:1:P1-S", "size is unknown");

        var outcome = products.upsert(List.of(write(product("1", 3)))).get(0);

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.kind())
                .isEqualTo(Kind.BAD_MESSAGE));
        assertThat(parents()).noneMatch(PimcoreObject::published);
        pimcore.faults().accept("acme:1:P1-S");
        assertThat(products.upsert(List.of(write(product("1", 3)))).get(0)).isInstanceOf(Written.class);
        assertThat(parents()).allMatch(PimcoreObject::published);
    }

    @Test
    void a_poison_category_costs_the_products_in_it_only() {
        products.upsert(List.of(write(product("1", 1))));
        pimcore.faults().reject("acme:12", "name is forbidden");
        var poison = product("2", 1);
        poison.withArray("categories")
                .addObject()
                .put("id", "12")
                .put("level", 3)
                .putObject("name")
                .put("en", "Bad");

        var outcomes = products.upsert(List.of(write(product("1", 1)), write(poison), write(product("3", 1))));

        assertThat(outcomes.get(0)).isInstanceOf(Unchanged.class);
        assertThat(outcomes.get(1)).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(Kind.BAD_MESSAGE);
            assertThat(failed.message()).contains("acme:12").contains("name is forbidden");
        });
        assertThat(outcomes.get(2)).isInstanceOf(Written.class);
    }

    @Test
    void a_deleted_category_does_not_concern_an_unchanged_product() {
        products.upsert(List.of(write(product("1", 1))));
        pimcore.delete("/categories/acme-11");
        pimcore.resetCounters();

        var outcome = products().upsert(List.of(write(product("1", 1)))).get(0);

        assertThat(outcome).isInstanceOf(Unchanged.class);
        assertThat(pimcore.counters().mutations()).isZero();
    }

    @Test
    void a_category_somebody_made_by_hand_at_our_place_is_used_as_it_is() {
        var hub = new Mutations(new DataHub(port(), Clock.systemUTC()), 10);
        hub.send(List.of(Mutations.Operation.createFolder("/", "categories")));
        hub.send(List.of(Mutations.Operation.create("Category", "/categories", "acme-10", false, true, Json.object())));

        var outcome = products.upsert(List.of(write(product("1", 1)))).get(0);

        assertThat(outcome).isInstanceOf(Written.class);
        assertThat(pimcore.objects("Category")).hasSize(2);
    }

    @Test
    void an_object_somebody_made_by_hand_at_our_place_is_taken_over() {
        var hub = new Mutations(new DataHub(port(), Clock.systemUTC()), 10);
        hub.send(List.of(Mutations.Operation.createFolder("/", "products")));
        hub.send(List.of(Mutations.Operation.create("Product", "/products", "acme-1", false, false, Json.object())));

        var outcome = products.upsert(List.of(write(product("1", 1)))).get(0);

        assertThat(outcome).isInstanceOf(Written.class);
        assertThat(parents()).singleElement().satisfies(parent -> assertThat(parent.text("externalId"))
                .isEqualTo("acme:1"));
    }

    @Test
    void a_value_the_schema_refuses_costs_its_product_only() {
        var poison = product("2", 2);
        ((ObjectNode) poison.path("variants").path(1)).put("stock", 99_999_999_999L);

        var outcomes = products.upsert(List.of(write(product("1", 5)), write(poison), write(product("3", 4))));

        assertThat(outcomes.get(0)).isInstanceOf(Written.class);
        assertThat(outcomes.get(2)).isInstanceOf(Written.class);
        assertThat(((Failed) outcomes.get(1)).kind()).isEqualTo(Kind.BAD_MESSAGE);
    }

    @Test
    void a_field_the_endpoint_does_not_have_is_a_matter_of_settings_and_named() {
        var mapping = PimcoreMapping.compile("""
                {"product": {"key": "k", "input": {"externalId": "acme:1", "colour": "red"}}, "variants": [], "categories": []}""".getBytes(), "own.jslt");

        var outcome = new PimcoreProducts(port(), mapping, PimcoreProducts.Settings.DEFAULT, Clock.systemUTC())
                .upsert(List.of(write(product("1", 1))))
                .get(0);

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(Kind.BAD_SETTINGS);
            assertThat(failed.message()).contains("\"colour\"").contains("UpdateProductInput");
        });
    }

    @Test
    void a_wrong_key_is_a_matter_of_settings() {
        var outcome = products(
                        new HttpPort(http, pimcore.endpoint(), "wrong", Duration.ofSeconds(5)),
                        PimcoreProducts.Settings.DEFAULT)
                .upsert(List.of(write(product("1", 1))))
                .get(0);

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(Kind.BAD_SETTINGS);
            assertThat(failed.message()).contains("PIMCORE_API_KEY");
        });
    }

    @Test
    void a_product_the_mapping_cannot_map_is_a_bad_message() {
        var nameless = product("1", 1);
        ((ObjectNode) nameless.path("variants").path(0)).remove("sku");

        var outcomes = products.upsert(List.of(write(nameless), write(product("2", 1))));

        assertThat(((Failed) outcomes.get(0)).kind()).isEqualTo(Kind.BAD_MESSAGE);
        assertThat(outcomes.get(1)).isInstanceOf(Written.class);
    }

    @Test
    void a_product_a_person_took_off_stays_off() {
        products.upsert(List.of(write(product("1", 2))));
        pimcore.unpublish("/products/acme-1");

        var same = products.upsert(List.of(write(product("1", 2))));
        var changed = products.upsert(List.of(write(withPrice(product("1", 2), 0, "1.00"))));

        assertThat(same.get(0)).isInstanceOf(Unchanged.class);
        assertThat(changed.get(0)).isInstanceOf(Written.class);
        assertThat(pimcore.object("/products/acme-1")).get().matches(parent -> !parent.published());
    }

    @Test
    void a_product_that_waits_for_a_person_is_published_by_nobody_else() {
        products.upsert(List.of(write(product("1", 2), false)));

        assertThat(pimcore.object("/products/acme-1")).get().matches(parent -> !parent.published());
        assertThat(products.upsert(List.of(write(product("1", 2), false))).get(0))
                .isInstanceOf(Unchanged.class);
        pimcore.publish("/products/acme-1");
        products.upsert(List.of(write(withPrice(product("1", 2), 0, "1.00"), false)));
        assertThat(pimcore.object("/products/acme-1")).get().matches(PimcoreObject::published);
    }

    @Test
    void publishing_by_itself_starts_with_the_next_write_after_it_is_allowed() {
        products.upsert(List.of(write(product("1", 2), false)));
        pimcore.resetCounters();

        var outcome = products.upsert(List.of(write(product("1", 2), true))).get(0);

        assertThat(outcome).isInstanceOf(Written.class);
        assertThat(pimcore.counters().mutations()).isEqualTo(1);
        assertThat(pimcore.object("/products/acme-1")).get().matches(PimcoreObject::published);
    }

    @Test
    void a_variant_gone_from_the_source_is_unpublished_and_comes_back_with_it() {
        products.upsert(List.of(write(product("1", 3))));

        var without = products.upsert(List.of(write(product("1", 2)))).get(0);

        assertThat(without).isInstanceOfSatisfying(Written.class, written -> assertThat(written.gone())
                .containsExactly("P1-M"));
        assertThat(variants()).filteredOn(PimcoreObject::published).hasSize(2);
        assertThat(document("1").path("complete").asBoolean()).isTrue();
        assertThat(document("1").path("variants")).hasSize(2);
        assertThat(products.upsert(List.of(write(product("1", 2)))).get(0)).isInstanceOf(Unchanged.class);
        products.upsert(List.of(write(product("1", 3))));
        assertThat(variants()).hasSize(3).allMatch(PimcoreObject::published);
    }

    @Test
    void a_variant_gone_from_the_source_stays_when_the_setting_says_so() {
        products.upsert(List.of(write(product("1", 3))));

        products(port(), new PimcoreProducts.Settings(10, false)).upsert(List.of(write(product("1", 2))));

        assertThat(variants()).hasSize(3).allMatch(PimcoreObject::published);
    }

    @Test
    void a_variant_a_person_took_off_stays_off() {
        products.upsert(List.of(write(product("1", 2))));
        var variant = variants().get(0).fullpath();
        pimcore.unpublish(variant);

        products.upsert(List.of(write(withPrice(product("1", 2), 0, "1.00"))));

        assertThat(pimcore.object(variant)).get().matches(object -> !object.published());
    }

    @Test
    void what_a_person_added_stays() {
        products.upsert(List.of(write(product("1", 2))));
        pimcore.edit("/products/acme-1", Map.of("stock", 5));

        products.upsert(List.of(write(withPrice(product("1", 2), 0, "1.00"))));

        assertThat(pimcore.object("/products/acme-1")
                        .orElseThrow()
                        .values()
                        .get("stock")
                        .toString())
                .isEqualTo("5");
    }

    @Test
    void a_value_gone_from_the_source_is_emptied() {
        products.upsert(List.of(write(product("1", 2))));
        var bare = product("1", 2);
        bare.putNull("brand").remove("attributes");
        ((ObjectNode) bare.path("name")).remove("ar");
        ((ArrayNode) bare.path("categories")).removeAll();

        products.upsert(List.of(write(bare)));

        var document = document("1");
        assertThat(document.path("brand").isNull()).isTrue();
        assertThat(document.at("/name/ar").isNull()).isTrue();
        assertThat(document.path("attributes")).isEmpty();
        assertThat(document.path("categories")).isEmpty();
    }

    @Test
    void what_somebody_deleted_is_written_again() {
        products.upsert(List.of(write(product("1", 2)), write(product("2", 2))));
        pimcore.delete("/products/acme-1");
        pimcore.delete(variants().get(0).fullpath());
        pimcore.delete("/categories/acme-11");

        var outcomes = products.upsert(List.of(write(product("1", 2)), write(product("2", 2))));

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Written.class));
        assertThat(variants()).hasSize(4);
        assertThat(pimcore.object("/categories/acme-11")).isPresent();
    }

    @Test
    void what_a_person_renamed_is_found_by_its_external_id() {
        products.upsert(List.of(write(product("1", 2))));
        pimcore.edit("/products/acme-1", Map.of("key", "summer-dress"));
        pimcore.edit("/categories/acme-11", Map.of("key", "dresses"));

        var moved = products().upsert(List.of(write(withPrice(product("1", 3), 0, "1.00")), write(product("2", 1))));

        assertThat(moved.get(0)).isInstanceOfSatisfying(Written.class, written -> assertThat(written.fullpath())
                .isEqualTo("/products/summer-dress"));
        assertThat(moved.get(1)).isInstanceOf(Written.class);
        assertThat(parents()).hasSize(2);
        assertThat(variants()).hasSize(4);
        assertThat(pimcore.objects("Category")).hasSize(2);
    }

    @Test
    void an_object_that_already_has_the_external_id_in_other_letters_is_not_overwritten() {
        products.upsert(List.of(write(product("1", 1))));
        var other = product("1", 1);
        ((ObjectNode) other.path("variants").path(0)).put("sku", "p1-xs");
        products.upsert(List.of(write(other)));

        var outcome = products.upsert(List.of(write(other))).get(0);

        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.kind()).isEqualTo(Kind.BAD_MESSAGE);
            assertThat(failed.message()).contains("unique constraint violation");
        });
    }

    @Test
    void two_versions_of_a_product_in_one_page_are_written_one_after_the_other() {
        var newer = write(withPrice(product("1", 2), 0, "5.00"));

        var outcomes = products.upsert(List.of(write(product("1", 2)), newer));

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Written.class));
        assertThat(document("1").at("/variants/0/prices/0/amount").asText()).isEqualTo("5.00");
    }

    @Test
    void more_objects_than_fit_a_request_are_sent_in_several() {
        var small = products(port(), new PimcoreProducts.Settings(2, true));

        var outcomes = small.upsert(threeWithTenVariants());

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Written.class));
    }

    @Test
    void keys_are_safe_whatever_the_ids_are() {
        var strange = product("a/7 é", 1);
        ((ObjectNode) strange.path("variants").path(0)).put("sku", "x/y*z");

        var outcome = products.upsert(List.of(write(strange))).get(0);

        assertThat(outcome).isInstanceOfSatisfying(Written.class, written -> assertThat(written.fullpath())
                .isEqualTo("/products/" + new ProductKey("acme", "a/7 é").handle()));
        assertThat(products.upsert(List.of(write(strange))).get(0)).isInstanceOf(Unchanged.class);
    }

    private ObjectNode document(String id) {
        var path = "/products/acme-" + id;
        return new PimcoreReader(port(), 10, Clock.systemUTC())
                .read(List.of(path))
                .get(path);
    }

    private List<PimcoreObject> parents() {
        return pimcore.objects("Product").stream()
                .filter(object -> object.type().equals("object"))
                .toList();
    }

    private List<PimcoreObject> variants() {
        return pimcore.objects("Product").stream()
                .filter(object -> object.type().equals("variant"))
                .toList();
    }

    private Map<String, Integer> versions() {
        return pimcore.objects("Product").stream()
                .collect(java.util.stream.Collectors.toMap(
                        object -> object.values().get("externalId").toString(), PimcoreObject::versions));
    }

    private PimcoreProducts products() {
        return products(port(), PimcoreProducts.Settings.DEFAULT);
    }

    private PimcoreProducts products(Port port, PimcoreProducts.Settings settings) {
        return new PimcoreProducts(port, PimcoreMappingTest.mapping(), settings, Clock.systemUTC());
    }

    private Port port() {
        return port(Duration.ofSeconds(10));
    }

    private Port port(Duration timeout) {
        return new HttpPort(http, pimcore.endpoint(), pimcore.apiKey(), timeout);
    }

    private static <T> T get(java.util.concurrent.Future<T> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
