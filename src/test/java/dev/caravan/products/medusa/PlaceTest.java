package dev.caravan.products.medusa;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Reply;
import dev.caravan.products.medusa.ShopSettings.VariantsGone;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlaceTest {
    private final MedusaStandIn medusa = new MedusaStandIn();
    private final HttpPort port = new HttpPort(medusa.url(), medusa.secretKey());
    private final AdminApi api = new AdminApi(port, Clock.systemUTC());

    @AfterEach
    void close() {
        medusa.close();
    }

    @Test
    void nothing_set_means_the_shops_own_defaults() {
        assertThat(Place.find(api, settings("", "", "")))
                .isEqualTo(new Place(medusa.salesChannelId(), medusa.stockLocationId(), medusa.shippingProfileId()));
    }

    @Test
    void an_id_is_as_good_as_a_name() {
        assertThat(Place.find(
                                api,
                                settings(medusa.salesChannelId(), medusa.stockLocationId(), medusa.shippingProfileId()))
                        .salesChannel())
                .isEqualTo(medusa.salesChannelId());
    }

    @Test
    void a_name_that_is_not_there_is_a_bad_setting_that_says_which_are() {
        assertThatThrownBy(() -> Place.find(api, settings("Bazaar", "", "")))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith(
                        "Medusa has no sales channel \"Bazaar\": set medusa.sales-channel to the id or name of one of \"");
        assertThatThrownBy(() -> Place.find(api, settings("", "Moon", "")))
                .hasMessageContaining("set medusa.stock-location");
        assertThatThrownBy(() -> Place.find(api, settings("", "", "Pigeon")))
                .hasMessageContaining("set medusa.shipping-profile");
    }

    @Test
    void a_location_that_does_not_serve_the_channel_is_a_bad_setting() {
        port.send(Call.post("/admin/sales-channels", "{\"name\":\"Outlet\"}".getBytes(UTF_8)));

        assertThatThrownBy(() -> Place.find(api, settings("Outlet", "Main Warehouse", "")))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith(
                        "Medusa's stock location \"Main Warehouse\" does not serve sales channel \"Outlet\", so");
    }

    @Test
    void two_locations_for_one_channel_need_a_setting() {
        var locations = """
                {"stock_locations": [{"id": "sloc_1", "name": "North", "sales_channels": [{"id": "%1$s"}]},
                                     {"id": "sloc_2", "name": "South", "sales_channels": [{"id": "%1$s"}]},
                                     {"id": "sloc_3", "name": "South", "sales_channels": []}]}""".formatted(medusa.salesChannelId());
        var two = new AdminApi(
                call -> call.path().startsWith("/admin/stock-locations") ? answer(locations) : port.send(call),
                Clock.systemUTC());

        assertThatThrownBy(() -> Place.find(two, settings("", "", "")))
                .isInstanceOf(BadSettings.class)
                .hasMessage("it is not clear which stock location of Medusa is meant: "
                        + "set medusa.stock-location to the id or name of one of \"North\", \"South\", \"South\"");
        assertThatThrownBy(() -> Place.find(two, settings("", "South", "")))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith("Medusa has several of stock location \"South\": set medusa.stock-location");
        assertThat(Place.find(two, settings("", "North", "")).stockLocation()).isEqualTo("sloc_1");
    }

    @Test
    void an_empty_shop_says_what_to_create() {
        var empty = new AdminApi(call -> answer("{\"sales_channels\":[],\"stores\":[]}"), Clock.systemUTC());

        assertThatThrownBy(() -> Place.find(empty, settings("", "", "")))
                .isInstanceOf(BadSettings.class)
                .hasMessage("Medusa has no sales channel: create one in its admin");
    }

    @Test
    void settings_that_cannot_work_are_refused() {
        assertThatThrownBy(() -> new ShopSettings("", "", "", 0, 1_000_000, VariantsGone.DELETE, ""))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("medusa.products-per-batch");
        assertThatThrownBy(() -> new ShopSettings("", "", "", 50, 3_000_000, VariantsGone.DELETE, ""))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("medusa.max-body-bytes");
        assertThatThrownBy(() -> VariantsGone.of("burn"))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("out-of-stock or delete");
        assertThat(VariantsGone.of("delete")).isEqualTo(VariantsGone.DELETE);
        assertThat(VariantsGone.of(" out-of-stock")).isEqualTo(VariantsGone.OUT_OF_STOCK);
    }

    private static Reply answer(String json) {
        return new Reply(200, Map.of(), json.getBytes(UTF_8));
    }

    private static ShopSettings settings(String channel, String location, String profile) {
        return new ShopSettings(channel, location, profile, 50, 1_800_000, VariantsGone.OUT_OF_STOCK, "");
    }
}
