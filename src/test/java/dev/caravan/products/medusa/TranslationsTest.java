package dev.caravan.products.medusa;

import static dev.caravan.products.medusa.ShopProducts.sized;
import static dev.caravan.products.medusa.ShopProducts.three;
import static dev.caravan.products.medusa.ShopProducts.unsized;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.medusa.Outcome.Created;
import dev.caravan.products.medusa.Outcome.Failed;
import dev.caravan.products.medusa.Outcome.Kind;
import dev.caravan.products.medusa.Outcome.Unchanged;
import dev.caravan.products.medusa.Outcome.Updated;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TranslationsTest {
    private static final ShopSettings ARABIC = ShopSettings.DEFAULT.withArabicLocale("ar-SA");

    private final MedusaStandIn medusa =
            new MedusaStandIn(MedusaStandIn.Settings.defaults().translating());
    private final HttpPort port = new HttpPort(medusa.url(), medusa.secretKey());
    private final AdminApi admin = new AdminApi(port, Clock.systemUTC());
    private final MedusaShop shop = new MedusaShop(port, ARABIC, Clock.systemUTC());

    @AfterEach
    void stop() {
        medusa.close();
    }

    @Test
    void new_products_and_their_categories_are_translated_as_far_as_there_is_arabic() {
        var outcomes = shop.write(three());

        assertThat(outcomes).hasOnlyElementsOfType(Created.class);
        assertThat(translation("product", outcomes.get(0).id().orElseThrow()).path("translations"))
                .isEqualTo(Json.object().put("title", "فستان").put("description", "وصف"));
        assertThat(translation("product", outcomes.get(1).id().orElseThrow()).path("translations"))
                .isEqualTo(Json.object().put("description", "وصف"));
        assertThat(admin.get("/admin/translations?reference=product_category&limit=100")
                        .path("translations"))
                .hasSize(6)
                .allSatisfy(
                        one -> assertThat(one.at("/translations/name").asText()).startsWith("فئة"));
    }

    @Test
    void what_is_translated_already_is_not_sent_again() {
        shop.write(three());
        port.forget();

        assertThat(shop.write(three())).hasOnlyElementsOfType(Unchanged.class);
        assertThat(port.writes()).isEmpty();
    }

    @Test
    void a_translation_that_changed_is_written_and_fields_of_others_in_it_stay() {
        var id = shop.write(List.of(dress("فستان"))).get(0).id().orElseThrow();
        var mine = translation("product", id);
        var more = ((ObjectNode) mine.path("translations").deepCopy()).put("material", "قطن");
        var batch = Json.object();
        batch.putArray("update")
                .add(Json.object().put("id", mine.path("id").asText()).set("translations", more));
        admin.post("/admin/translations/batch", batch);

        var outcomes = shop.write(List.of(dress("فستان طويل")));

        assertThat(outcomes).hasOnlyElementsOfType(Updated.class);
        assertThat(translation("product", id).path("translations"))
                .isEqualTo(Json.object()
                        .put("title", "فستان طويل")
                        .put("description", "وصف")
                        .put("material", "قطن"));
    }

    @Test
    void a_product_that_lost_its_translation_gets_it_back_and_counts_as_updated() {
        var plain = new MedusaShop(port, ShopSettings.DEFAULT, Clock.systemUTC());
        plain.write(List.of(dress("فستان")));

        assertThat(shop.write(List.of(dress("فستان")))).hasOnlyElementsOfType(Updated.class);
        assertThat(shop.write(List.of(dress("فستان")))).hasOnlyElementsOfType(Unchanged.class);
    }

    @Test
    void a_product_without_arabic_has_no_translation() {
        var product = unsized("shein-2", "Hair Oil", "17.00", "4.53", 1);
        ((ObjectNode) product.path("metadata")).remove("ar");

        var id = shop.write(List.of(product)).get(0).id().orElseThrow();

        assertThat(translation("product", id).isMissingNode()).isTrue();
    }

    @Test
    void a_medusa_that_keeps_none_is_a_matter_of_settings() {
        try (var without = new MedusaStandIn()) {
            var mistaken = new MedusaShop(new HttpPort(without.url(), without.secretKey()), ARABIC, Clock.systemUTC());

            assertThatThrownBy(mistaken::open)
                    .isInstanceOf(BadSettings.class)
                    .hasMessageContaining("leave MEDUSA_ARABIC_LOCALE empty");
        }
        Port withoutModule = call -> call.path().startsWith("/admin/translations")
                ? new Reply(
                        500, Map.of(), "{\"message\":\"An unknown error occurred.\"}".getBytes(StandardCharsets.UTF_8))
                : port.send(call);
        assertThatThrownBy(new MedusaShop(withoutModule, ARABIC, Clock.systemUTC())::open)
                .isInstanceOf(BadSettings.class);
    }

    @Test
    void translations_that_are_refused_or_cannot_be_sent_leave_the_product_on_sale_and_not_in_order() {
        assertThat(written(400)).singleElement().isInstanceOfSatisfying(Failed.class, failed -> assertThat(
                        failed.kind())
                .isEqualTo(Kind.BAD_MESSAGE));
        assertThat(written(503)).singleElement().isInstanceOfSatisfying(Failed.class, failed -> assertThat(
                        failed.kind())
                .isEqualTo(Kind.HEALS));
        assertThat(medusa.dump().path("products")).hasSize(1);
    }

    private List<Outcome> written(int status) {
        Port refusing = call -> call.path().startsWith("/admin/translations/batch")
                ? new Reply(status, Map.of(), "{\"message\":\"no\"}".getBytes(StandardCharsets.UTF_8))
                : port.send(call);
        return new MedusaShop(refusing, ARABIC, Clock.systemUTC()).write(List.of(dress("فستان")));
    }

    private JsonNode translation(String kind, String id) {
        return admin.get("/admin/translations?reference=" + kind + "&reference_id=" + id)
                .at("/translations/0");
    }

    private static ObjectNode dress(String arabic) {
        return sized("shein-1", "Dress", arabic, "23.80", "6.35", 20, 3, "M");
    }
}
