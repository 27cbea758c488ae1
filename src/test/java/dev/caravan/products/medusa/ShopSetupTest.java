package dev.caravan.products.medusa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.products.medusa.ShopSetup.Part;
import dev.caravan.products.medusa.ShopSetup.State;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShopSetupTest {
    private final MedusaStandIn medusa =
            new MedusaStandIn(MedusaStandIn.Settings.defaults().bare());

    @AfterEach
    void stop() {
        medusa.close();
    }

    @Test
    void a_fresh_medusa_lacks_nearly_everything_and_looking_changes_nothing() {
        var parts = setup().look();

        assertThat(whats(parts, State.THERE))
                .containsExactly(
                        "sales channel \"Default Sales Channel\"",
                        "shipping profile \"Default Shipping Profile\"",
                        "publishable key " + medusa.publishableKey());
        assertThat(whats(parts, State.MISSING))
                .containsExactly(
                        "currency sar",
                        "currency usd",
                        "region \"Saudi Arabia\" (sar: sa)",
                        "region \"United States\" (usd: us)",
                        "tax region sa",
                        "tax region us",
                        "stock location \"Warehouse\"",
                        "a shipping option with prices in sar, usd");
        assertThat(medusa.counters().allWrites()).isZero();
    }

    @Test
    void what_is_missing_is_made_and_a_second_run_makes_nothing() {
        var first = setup().make();
        var second = setup().make();

        assertThat(whats(first, State.MISSING)).isEmpty();
        assertThat(whats(first, State.MADE))
                .contains(
                        "currency sar",
                        "region \"United States\" (usd: us)",
                        "\"Warehouse\" serves the sales channel",
                        "a service zone that reaches sa, us",
                        "a shipping option with prices in sar, usd");
        assertThat(second).allMatch(part -> part.state() == State.THERE);
        assertThat(second)
                .extracting(Part::what)
                .containsExactlyElementsOf(first.stream().map(Part::what).toList());
        new MedusaShop(port(), ShopSettings.DEFAULT, Clock.systemUTC()).open();
    }

    @Test
    void a_shop_that_somebody_has_set_up_is_left_as_it_is() {
        try (var busy = new MedusaStandIn()) {
            var parts =
                    ShopSetup.of(settings(busy, Map.of()), Clock.systemUTC()).make();

            assertThat(parts).allMatch(part -> part.state() == State.THERE);
            assertThat(busy.counters().allWrites()).isZero();
        }
    }

    @Test
    void only_what_is_missing_is_added_to_what_is_there() {
        setup().make();

        var parts = ShopSetup.of(
                        settings(medusa, Map.of("MEDUSA_REGIONS", "Saudi Arabia:SAR:SA,Gulf:AED:AE OM")),
                        Clock.systemUTC())
                .make();

        assertThat(whats(parts, State.MADE))
                .containsExactly(
                        "currency aed",
                        "region \"Gulf\" (aed: ae, om)",
                        "tax region ae",
                        "tax region om",
                        "a service zone that reaches ae, om, sa",
                        "a shipping option with prices in aed, sar");
        assertThat(setup().look()).allMatch(part -> part.state() == State.THERE);
    }

    @Test
    void what_the_settings_name_is_made_by_that_name() {
        var named = settings(
                medusa,
                Map.of(
                        "MEDUSA_SALES_CHANNEL", "Web",
                        "MEDUSA_STOCK_LOCATION", "Jeddah",
                        "MEDUSA_SHIPPING_PROFILE", "Parcels"));

        var parts = ShopSetup.of(named, Clock.systemUTC()).make();

        assertThat(whats(parts, State.MADE))
                .contains(
                        "sales channel \"Web\"",
                        "stock location \"Jeddah\"",
                        "\"Jeddah\" serves the sales channel",
                        "shipping profile \"Parcels\"");
        assertThat(parts.get(parts.size() - 1).state()).isEqualTo(State.MADE);
        assertThat(parts.get(parts.size() - 1).what())
                .as("the other key opens the default channel")
                .startsWith("publishable key pk_")
                .doesNotContain(medusa.publishableKey());
        new MedusaShop(port(), ShopSettings.of(named), Clock.systemUTC()).open();
    }

    @Test
    void a_region_without_a_way_to_pay_gets_one() {
        var api = new AdminApi(port(), Clock.systemUTC());
        var region = dev.caravan.json.Json.object().put("name", "USA").put("currency_code", "usd");
        region.putArray("countries").add("us");
        api.post("/admin/regions", region);

        var looked = setup().look();
        var made = setup().make();

        assertThat(whats(looked, State.MISSING)).contains("a way to pay in region \"USA\"");
        assertThat(whats(made, State.MADE)).contains("a way to pay in region \"USA\"");
        assertThat(setup().look()).allMatch(part -> part.state() == State.THERE);
    }

    @Test
    void a_country_that_pays_in_another_currency_already_is_said_in_medusas_words() {
        setup().make();
        var moved = settings(medusa, Map.of("MEDUSA_REGIONS", "Saudi Arabia:USD:SA"));

        assertThatThrownBy(() -> ShopSetup.of(moved, Clock.systemUTC()).make())
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("Countries with codes: \"sa\" are already assigned to a region");
    }

    @Test
    void an_id_that_is_not_there_is_not_made_into_a_name() {
        var wrong = settings(medusa, Map.of("MEDUSA_STOCK_LOCATION", "sloc_1"));

        assertThatThrownBy(() -> ShopSetup.of(wrong, Clock.systemUTC()).make())
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("sloc_1");
    }

    @Test
    void settings_that_name_no_shop_are_refused() {
        assertThatThrownBy(() -> ShopSetup.of(Settings.of(Map.of()), Clock.systemUTC()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("set MEDUSA_URL");
    }

    @Test
    void a_shop_that_does_not_answer_is_unavailable() {
        var settings = settings(medusa, Map.of());
        medusa.close();

        assertThatThrownBy(() -> ShopSetup.of(settings, Clock.systemUTC()).look())
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("no answer from " + medusa.url());
    }

    @Test
    void regions_are_read_from_their_setting() {
        assertThat(SalesRegion.parse("Saudi Arabia:SAR:SA, Gulf:AED:AE OM"))
                .containsExactly(
                        new SalesRegion("Saudi Arabia", "sar", List.of("sa")),
                        new SalesRegion("Gulf", "aed", List.of("ae", "om")));
        assertThatThrownBy(() -> SalesRegion.parse("Gulf"))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("\"Gulf\"");
    }

    private ShopSetup setup() {
        return ShopSetup.of(settings(medusa, Map.of()), Clock.systemUTC());
    }

    private HttpPort port() {
        return new HttpPort(medusa.url(), medusa.secretKey());
    }

    private static Settings settings(MedusaStandIn shop, Map<String, String> more) {
        var environment = new TreeMap<>(more);
        // A slash at the end is nobody's mistake.
        environment.put("MEDUSA_URL", shop.url() + "/");
        environment.put("MEDUSA_API_KEY", shop.secretKey());
        return Settings.of(environment);
    }

    private static List<String> whats(List<Part> parts, State state) {
        return parts.stream()
                .filter(part -> part.state() == state)
                .map(Part::what)
                .toList();
    }
}
