package dev.caravan.products.medusa;

import static dev.caravan.products.medusa.ShopProducts.price;
import static dev.caravan.products.medusa.ShopProducts.sized;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.medusa.FieldOwners.Field;
import dev.caravan.products.medusa.FieldOwners.Owner;
import dev.caravan.products.medusa.Outcome.Failed;
import dev.caravan.products.medusa.Outcome.Unchanged;
import dev.caravan.products.medusa.Outcome.Updated;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldOwnersTest {
    private final MedusaStandIn medusa = new MedusaStandIn();
    private final HttpPort port = new HttpPort(medusa.url(), medusa.secretKey());
    private final AdminApi admin = new AdminApi(port, Clock.systemUTC());

    @AfterEach
    void stop() {
        medusa.close();
    }

    @Test
    void as_shipped_the_subtitle_is_the_shops_and_the_rest_the_pims() {
        var shipped = FieldOwners.load(RouteFiles.at("classpath:routes"));

        assertThat(Stream.of(Field.values()).filter(field -> shipped.of(field) != Owner.PIM))
                .containsExactly(Field.SUBTITLE);
        assertThat(Stream.of(Field.values()).allMatch(field -> shipped.of(field) == FieldOwners.DEFAULT.of(field)))
                .isTrue();
    }

    @Test
    void what_is_the_pims_is_put_back() {
        var shop = shop(Owner.PIM);
        shop.write(List.of(dress("Dress", "23.80")));
        merchantChanges();

        var outcomes = shop.write(List.of(dress("Dress", "23.80")));

        assertThat(outcomes).hasOnlyElementsOfType(Updated.class);
        assertThat(inShop()).isEqualTo(new Seen("Dress", "Dress, described", 3, "M", "23.8"));
    }

    @Test
    void what_is_the_shops_is_made_as_the_pim_says_and_then_left_alone() {
        var shop = shop(Owner.SHOP);
        shop.write(List.of(dress("Dress", "23.80")));
        assertThat(inShop()).isEqualTo(new Seen("Dress", "Dress, described", 3, "M", "23.8"));

        assertThat(shop.write(List.of(dress("Skirt", "30.00")))).hasOnlyElementsOfType(Unchanged.class);
        merchantChanges();
        assertThat(shop.write(List.of(dress("Skirt", "30.00")))).hasOnlyElementsOfType(Unchanged.class);

        assertThat(inShop()).isEqualTo(MERCHANTS);
    }

    @Test
    void what_is_the_pims_until_the_shop_changes_it_follows_the_pim_until_then() {
        var shop = shop(Owner.PIM_UNTIL_SHOP_CHANGES_IT);
        shop.write(List.of(dress("Dress", "23.80")));
        assertThat(shop.write(List.of(dress("Dress", "23.80")))).hasOnlyElementsOfType(Unchanged.class);

        shop.write(List.of(dress("Skirt", "30.00")));
        assertThat(inShop()).isEqualTo(new Seen("Skirt", "Skirt, described", 3, "M", "30"));
        merchantChanges();
        for (int i = 0; i < 100; i++) shop.write(List.of(dress("Skirt " + i, "30." + (10 + i % 90))));

        assertThat(inShop()).isEqualTo(MERCHANTS);
        assertThat(shop.write(List.of(dress("Skirt 99", "30.19")))).hasOnlyElementsOfType(Unchanged.class);
    }

    @Test
    void each_field_is_decided_by_itself() {
        var shop = shop(Owner.PIM_UNTIL_SHOP_CHANGES_IT);
        shop.write(List.of(dress("Dress", "23.80")));
        admin.post(
                "/admin/products/" + product().path("id").asText(),
                Json.object().put("title", "Ours"));

        shop.write(List.of(dress("Skirt", "30.00")));

        assertThat(inShop()).isEqualTo(new Seen("Ours", "Skirt, described", 3, "M", "30"));
    }

    @Test
    void what_medusa_refused_is_not_taken_for_a_change_by_the_shop() {
        shop(Owner.PIM_UNTIL_SHOP_CHANGES_IT).write(List.of(dress("Dress", "23.80")));
        Port refusing = call -> call.body() != null && new String(call.body(), UTF_8).contains("\"title\":\"Skirt\"")
                ? new Reply(400, Map.of(), "{\"message\":\"not that title\"}".getBytes(UTF_8))
                : port.send(call);

        var outcomes = shop(refusing, Owner.PIM_UNTIL_SHOP_CHANGES_IT).write(List.of(dress("Skirt", "30.00")));
        var refused = inShop();
        shop(Owner.PIM_UNTIL_SHOP_CHANGES_IT).write(List.of(dress("Skirt", "30.00")));

        assertThat(outcomes).hasOnlyElementsOfType(Failed.class);
        assertThat(refused).isEqualTo(new Seen("Dress", "Skirt, described", 3, "M", "30"));
        assertThat(inShop()).isEqualTo(new Seen("Skirt", "Skirt, described", 3, "M", "30"));
    }

    @Test
    void a_table_that_gives_a_field_back_to_the_pim_leaves_no_trace_of_the_other_rule() {
        shop(Owner.PIM_UNTIL_SHOP_CHANGES_IT).write(List.of(dress("Dress", "23.80")));
        merchantChanges();
        var shop = shop(Owner.PIM);

        shop.write(List.of(dress("Dress", "23.80")));

        assertThat(inShop()).isEqualTo(new Seen("Dress", "Dress, described", 3, "M", "23.8"));
        assertThat(product().path("metadata").has(Ownership.WRITTEN_KEY)).isFalse();
        assertThat(shop.write(List.of(dress("Dress", "23.80")))).hasOnlyElementsOfType(Unchanged.class);
    }

    @Test
    void a_variant_without_any_price_gets_ours_whoever_owns_prices() {
        var shop = shop(Owner.SHOP);
        shop.write(List.of(dress("Dress", "23.80")));
        var without = Json.object().put("id", product().at("/variants/0/id").asText());
        without.putArray("prices");
        var batch = Json.object();
        batch.putArray("update").add(without);
        admin.post("/admin/products/" + product().path("id").asText() + "/variants/batch", batch);

        shop.write(List.of(dress("Dress", "23.80")));

        assertThat(inShop().price()).isEqualTo("23.8");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            product:;  title: nobody   | :2: nobody is called "nobody": write pim, shop, pim-until-shop-changes-it
            product:;  colour: pim     | :2: the owner of "colour" of a product cannot be chosen: choose for title, subtitle
            variant:;  subtitle: pim   | :2: the owner of "subtitle" of a variant cannot be chosen: choose for title, prices
            shop:;  title: pim         | :1: there is no "shop": known are product, variant
            product: [                 | :1: not YAML
            """)
    void a_table_that_is_wrong_is_told_by_line(String text, String message) {
        assertThatThrownBy(() -> FieldOwners.parse(text.replace(";", "\n")))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith(FieldOwners.FILE)
                .hasMessageContaining(message);
    }

    /** What a customer sees of the product. */
    private record Seen(String title, String description, int images, String variantTitle, String price) {}

    private static final Seen MERCHANTS = new Seen("Ours", "Our words", 1, "Medium", "19.5");

    private Seen inShop() {
        var product = product();
        var variant = product.at("/variants/0");
        var price = "";
        for (var one : variant.path("prices"))
            if (one.path("currency_code").asText().equals("sar"))
                price = one.path("amount").decimalValue().stripTrailingZeros().toPlainString();
        return new Seen(
                product.path("title").asText(),
                product.path("description").asText(),
                product.path("images").size(),
                variant.path("title").asText().replace("Black / ", ""),
                price);
    }

    private JsonNode product() {
        return admin.get("/admin/products?handle=shein-1&fields=" + Listed.FIELDS)
                .at("/products/0");
    }

    private void merchantChanges() {
        var product = product();
        var path = "/admin/products/" + product.path("id").asText();
        var change = Json.object().put("title", "Ours").put("description", "Our words");
        change.putArray("images").addObject().put("url", "https://img.example.com/ours.jpg");
        change.put("thumbnail", "https://img.example.com/ours.jpg");
        admin.post(path, change);
        var variant =
                Json.object().put("id", product.at("/variants/0/id").asText()).put("title", "Medium");
        variant.putArray("prices").addObject().put("currency_code", "sar").put("amount", 19.5);
        var batch = Json.object();
        batch.putArray("update").add(variant);
        admin.post(path + "/variants/batch", batch);
    }

    private static ObjectNode dress(String name, String riyals) {
        return price(sized("shein-1", name, "فستان", "23.80", "6.35", 20, 3, "M"), 0, "sar", riyals);
    }

    private MedusaShop shop(Owner owner) {
        return shop(port, owner);
    }

    private static MedusaShop shop(Port medusa, Owner owner) {
        var word = owner.name().toLowerCase(Locale.ROOT).replace('_', '-');
        var table = Stream.of("product", "variant")
                .map(entity -> entity + ":\n"
                        + Field.of(entity).stream()
                                .map(field -> "  " + field.word() + ": " + word + "\n")
                                .collect(Collectors.joining()))
                .collect(Collectors.joining());
        return new MedusaShop(medusa, ShopSettings.DEFAULT, FieldOwners.parse(table), Clock.systemUTC());
    }
}
