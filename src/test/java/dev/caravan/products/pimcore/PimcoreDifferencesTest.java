package dev.caravan.products.pimcore;

import static dev.caravan.products.pimcore.Products.product;
import static dev.caravan.products.pimcore.Products.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.outbound.Port;
import dev.caravan.products.pimcore.PimcoreDifferences.Difference;
import dev.caravan.products.pimcore.PimcoreDifferences.Finding;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PimcoreDifferencesTest {
    private final PimcoreStandIn pimcore = PimcoreStandIn.start();
    private final PimcoreDifferences differences = new PimcoreDifferences(
            port(), PimcoreMappingTest.mapping(), PimcoreProducts.Settings.DEFAULT, Clock.systemUTC());

    @AfterEach
    void stop() {
        pimcore.close();
    }

    @Test
    void what_was_just_written_has_no_differences_and_looking_takes_one_request() {
        var writes = Products.threeWithTenVariants();
        upsert(writes);
        pimcore.resetCounters();

        assertThat(differences.compare(writes)).allMatch(Finding::same);

        assertThat(pimcore.counters().requests()).isEqualTo(1);
        assertThat(pimcore.counters().objectsWritten()).isZero();
    }

    @Test
    void texts_in_one_language_only_and_empty_lists_are_no_differences() {
        var bare = product("1", 2);
        bare.putObject("name").putNull("en").put("ar", "منتج");
        bare.remove("description");
        bare.putNull("brand");
        bare.putArray("images");
        bare.putArray("attributes");
        bare.putArray("categories");
        upsert(List.of(write(bare)));

        assertThat(differences.compare(List.of(write(bare)))).allMatch(Finding::same);
    }

    @Test
    void each_edited_field_is_named_with_both_values_and_only_it_is_sent_back() {
        var write = write(product("1", 3));
        upsert(List.of(write, write(product("2", 1))));
        pimcore.edit("/products/acme-1", Map.of("brand", "Another", "name", Map.of("en", "Edited")));
        var variant = variant("acme:1:P1-S");
        pimcore.edit(variant, Map.of("stock", 3));
        pimcore.resetCounters();

        var found = differences.compare(List.of(write, write(product("2", 1))));

        assertThat(found.get(0).differences())
                .extracting(Difference::object, Difference::field)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("acme:1", "brand"),
                        org.assertj.core.groups.Tuple.tuple("acme:1", "name"),
                        org.assertj.core.groups.Tuple.tuple("acme:1:P1-S", "stock"));
        assertThat(found.get(0).differences())
                .filteredOn(difference -> difference.field().equals("brand"))
                .singleElement()
                .satisfies(brand -> {
                    assertThat(brand.wanted().asText()).isEqualTo("Brand 1");
                    assertThat(brand.found().asText()).isEqualTo("Another");
                });
        assertThat(found.get(1).same()).isTrue();

        assertThat(differences.repair(write).objects())
                .as("a product and a variant")
                .isEqualTo(2);

        assertThat(pimcore.counters().objectsWritten()).isEqualTo(2);
        assertThat(differences.compare(List.of(write))).allMatch(Finding::same);
        assertThat(differences.repair(write).objects()).as("nothing left").isZero();
    }

    @Test
    void prices_images_and_categories_are_compared_as_lists() {
        var write = write(product("1", 2));
        upsert(List.of(write));
        pimcore.edit(
                variant("acme:1:P1-XS"),
                Map.of(
                        "prices",
                        Map.of(
                                "replace",
                                true,
                                "items",
                                Map.of(
                                        "ProductPrice",
                                        List.of(Map.of("index", 0, "currency", "SAR", "amount", "1.00"))))));
        pimcore.edit("/products/acme-1", Map.of("categories", List.of()));

        assertThat(differences.compare(List.of(write)).get(0).differences())
                .extracting(Difference::field)
                .containsExactlyInAnyOrder("prices", "categories");
        assertThat(differences.repair(write).objects()).isEqualTo(2);
        assertThat(differences.compare(List.of(write))).allMatch(Finding::same);
    }

    @Test
    void what_is_missing_is_written_as_a_whole() {
        var write = write(product("1", 2));
        upsert(List.of(write));
        pimcore.delete(variant("acme:1:P1-S"));

        assertThat(differences.compare(List.of(write)).get(0).differences())
                .singleElement()
                .satisfies(missing ->
                        assertThat(missing.object() + missing.field()).isEqualTo("acme:1:P1-S"));
        assertThat(differences.repair(write).objects()).isEqualTo(1);

        pimcore.delete("/products/acme-1");
        assertThat(differences.compare(List.of(write)).get(0).missing()).isTrue();
        differences.repair(write);
        assertThat(differences.compare(List.of(write))).allMatch(Finding::same);
    }

    @Test
    void one_in_a_hundred_is_found_completely_and_repaired_with_as_many_writes() {
        var writes = IntStream.range(0, 200)
                .mapToObj(id -> write(product("n" + id, 1)))
                .toList();
        upsert(writes);
        for (var id : List.of(17, 190)) pimcore.edit("/products/acme-n" + id, Map.of("brand", "Drifted"));
        pimcore.resetCounters();

        var drifted = IntStream.range(0, 10)
                .mapToObj(page -> differences.compare(writes.subList(page * 20, page * 20 + 20)))
                .flatMap(List::stream)
                .filter(finding -> !finding.same())
                .toList();
        var sent = drifted.stream()
                .mapToInt(finding -> differences.repair(finding.write()).objects())
                .sum();

        assertThat(drifted).extracting(finding -> finding.write().key().id()).containsExactly("n17", "n190");
        assertThat(sent).isEqualTo(2);
        assertThat(pimcore.counters().objectsWritten()).isEqualTo(2);
    }

    private String variant(String externalId) {
        return pimcore.objects("Product").stream()
                .filter(object -> externalId.equals(object.text("externalId")))
                .findFirst()
                .orElseThrow()
                .fullpath();
    }

    private void upsert(List<PimcoreWrite> writes) {
        new PimcoreProducts(port(), PimcoreMappingTest.mapping(), PimcoreProducts.Settings.DEFAULT, Clock.systemUTC())
                .upsert(writes);
    }

    private Port port() {
        return new HttpPort(HttpClient.newHttpClient(), pimcore.endpoint(), pimcore.apiKey(), Duration.ofSeconds(10));
    }
}
