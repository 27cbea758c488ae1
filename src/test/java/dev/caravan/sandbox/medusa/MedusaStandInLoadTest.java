package dev.caravan.sandbox.medusa;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The stand-in must not be what a bench measures. The limits are far above what it needs, because the machine may be busy. */
class MedusaStandInLoadTest {
    private static final int PRODUCTS = 10_000;
    private static final int BATCH = 50;

    @Test
    void ten_thousand_products_of_five_variants_are_created_found_and_listed_quickly() {
        try (var medusa = new MedusaStandIn()) {
            var shop = new ShopClient(medusa);

            var creating = timed(() -> {
                for (int first = 0; first < PRODUCTS; first += BATCH) {
                    var batch = Request.MAPPER.createObjectNode();
                    var products = batch.putArray("create");
                    IntStream.range(first, first + BATCH)
                            .forEach(i -> products.add(shop.shirt("p" + i, "XS", "S", "M", "L", "XL")));
                    assertThat(shop.post("/admin/products/batch?fields=id", batch)
                                    .status())
                            .isEqualTo(200);
                }
                return PRODUCTS;
            });
            var query = IntStream.range(0, BATCH)
                    .mapToObj(i -> "handle[]=p" + i * 199)
                    .collect(joining("&"));
            var looking = timed(() -> shop.get("/admin/products?fields=id,handle,variants.sku,variants.prices&" + query)
                    .at("/products")
                    .size());
            var listing = timed(() -> shop.get("/admin/products?limit=100000&fields=id,handle,external_id")
                    .at("/products")
                    .size());
            var dumping = timed(() -> medusa.dump().get("products").size());

            assertThat(creating).isLessThan(Duration.ofSeconds(60));
            assertThat(looking).isLessThan(Duration.ofSeconds(1));
            assertThat(listing).isLessThan(Duration.ofSeconds(5));
            assertThat(dumping).isLessThan(Duration.ofSeconds(20));
            assertThat(medusa.counters().writes("variants.created")).isEqualTo(5L * PRODUCTS);
        }
    }

    private static Duration timed(Supplier<Integer> work) {
        var start = System.nanoTime();
        assertThat(work.get()).isPositive();
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
