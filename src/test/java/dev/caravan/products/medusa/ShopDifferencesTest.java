package dev.caravan.products.medusa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.products.medusa.ShopDifferences.Finding;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShopDifferencesTest {
    private final MedusaStandIn medusa = new MedusaStandIn();
    private final HttpPort port = new HttpPort(medusa.url(), medusa.secretKey());
    private final MedusaShop shop = new MedusaShop(port, ShopSettings.DEFAULT, Clock.systemUTC());
    private final ShopDifferences differences = new ShopDifferences(
            port, mine -> new MedusaShop(mine, ShopSettings.DEFAULT, Clock.systemUTC()), Clock.systemUTC());

    @AfterEach
    void close() {
        medusa.close();
    }

    @Test
    void what_was_just_written_has_no_differences_and_nothing_is_written_to_see_that() {
        var products = List.of(ShopProducts.dress(), ShopProducts.oil(), ShopProducts.sweater());
        shop.write(products);
        medusa.resetCounters();

        assertThat(differences.ofWriting(products)).hasSize(3).allMatch(Finding::same);

        assertThat(medusa.counters().allWrites()).isZero();
    }

    @Test
    void each_difference_is_found_at_its_product_and_named_by_its_field() {
        shop.write(List.of(ShopProducts.dress(), ShopProducts.oil()));
        medusa.resetCounters();
        var dress = ShopProducts.dress().put("title", "Maxi Dress");
        ShopProducts.price(dress, 2, "sar", "24.00");

        var found = differences.ofWriting(List.of(ShopProducts.oil(), dress, ShopProducts.sweater()));

        assertThat(found).extracting(Finding::handle).containsExactly("shein-2", "shein-1", "shein-3");
        assertThat(found.get(0).same()).isTrue();
        assertThat(found.get(1).fields())
                .anyMatch(field -> field.equals("title = Maxi Dress"))
                .anyMatch(field -> field.startsWith("variants.prices = ") && field.contains("24"))
                .hasSize(2);
        assertThat(found.get(2).fields()).contains("missing");
        assertThat(medusa.counters().allWrites()).isZero();
    }

    @Test
    void what_is_on_sale_and_should_not_be_is_found() {
        shop.write(List.of(ShopProducts.dress(), ShopProducts.oil()));
        shop.draft(List.of("shein-2"));

        var found = differences.ofDrafting(List.of("shein-1", "shein-2", "shein-unknown"));

        assertThat(found).extracting(Finding::same).containsExactly(false, true, true);
        assertThat(found.get(0).fields()).containsExactly("status = draft");
    }

    @Test
    void one_in_a_hundred_is_found_completely_and_repaired_with_as_many_writes() {
        var products = new ArrayList<ObjectNode>(IntStream.range(0, 200)
                .mapToObj(id -> ShopProducts.unsized("shein-n" + id, "Product " + id, "10.00", "2.50", 5))
                .toList());
        for (int page = 0; page < 4; page++) shop.write(products.subList(page * 50, page * 50 + 50));
        // By hand, in the shop: as if these two had been written so.
        shop.write(List.of(
                products.get(31).deepCopy().put("title", "Drifted"),
                products.get(170).deepCopy().put("title", "Too")));
        medusa.resetCounters();

        var drifted = new ArrayList<String>();
        for (int page = 0; page < 4; page++) {
            differences.ofWriting(products.subList(page * 50, page * 50 + 50)).stream()
                    .filter(finding -> !finding.same())
                    .forEach(finding -> drifted.add(finding.handle()));
        }

        assertThat(drifted).containsExactly("shein-n31", "shein-n170");
        assertThat(medusa.counters().allWrites()).isZero();
        shop.write(products.stream()
                .filter(product -> drifted.contains(product.path("handle").asText()))
                .toList());
        assertThat(medusa.counters().allWrites()).isEqualTo(2);
    }

    @Test
    void all_products_are_listed_with_what_they_are_called_in_pimcore() {
        shop.write(IntStream.range(0, 3)
                .mapToObj(id -> ShopProducts.unsized("shein-" + id, "Product " + id, "10.00", "2.50", 5))
                .toList());

        assertThat(differences.all())
                .containsExactlyInAnyOrder(
                        new ShopDifferences.Shown("shein-0", "0"),
                        new ShopDifferences.Shown("shein-1", "1"),
                        new ShopDifferences.Shown("shein-2", "2"));
    }

    @Test
    void without_an_answer_nothing_is_said() {
        medusa.close();

        assertThatThrownBy(() -> differences.ofWriting(List.of(ShopProducts.dress())))
                .isInstanceOf(TargetUnavailable.class);
    }
}
