package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import java.util.ArrayList;
import java.util.stream.Collectors;

/**
 * Where in the shop our products stand: ids that exist. Medusa itself accepts unknown ones without a word.
 *
 * @param salesChannel    id
 * @param stockLocation   id; it serves the sales channel
 * @param shippingProfile id
 */
record Place(String salesChannel, String stockLocation, String shippingProfile) {

    /** @throws BadSettings when one is missing or not the only one; the message says what to set */
    static Place find(AdminApi api, ShopSettings settings) {
        var channel = pick(
                api.get("/admin/sales-channels?limit=1000&fields=id,name").path("sales_channels"),
                settings.salesChannel(),
                "sales channel",
                "medusa.sales-channel");
        var location = pick(
                api.get("/admin/stock-locations?limit=1000&fields=id,name,sales_channels.id").path("stock_locations"),
                settings.stockLocation(),
                "stock location",
                "medusa.stock-location");
        var profile = pick(
                api.get("/admin/shipping-profiles?limit=1000&fields=id,name").path("shipping_profiles"),
                settings.shippingProfile(),
                "shipping profile",
                "medusa.shipping-profile");
        var place = new Place(channel.path("id").asText(), location.path("id").asText(), profile.path("id").asText());
        for (var served : location.path("sales_channels")) {
            if (served.path("id").asText().equals(place.salesChannel)) return place;
        }
        throw new BadSettings("Medusa's stock location \"" + location.path("name").asText() + "\" does not serve sales channel \""
                + channel.path("name").asText() + "\", so nothing could be bought: link them in Medusa's admin (Settings, Locations), or set "
                + "medusa.stock-location to one that does");
    }

    private static JsonNode pick(JsonNode found, String wanted, String what, String setting) {
        var all = new ArrayList<JsonNode>();
        found.forEach(all::add);
        var names = all.stream().map(one -> "\"" + one.path("name").asText() + "\"").collect(Collectors.joining(", "));
        if (all.isEmpty()) throw new BadSettings("Medusa has no " + what + ": create one in its admin");
        if (wanted.isBlank()) {
            if (all.size() == 1) return all.get(0);
            throw new BadSettings("Medusa has " + all.size() + " of them, so set " + setting + " to the " + what + " to use: " + names);
        }
        var named = all.stream()
                .filter(one -> one.path("id").asText().equals(wanted) || one.path("name").asText().equals(wanted))
                .toList();
        if (named.size() == 1) return named.get(0);
        throw new BadSettings((named.isEmpty() ? "Medusa has no " : "Medusa has several of ") + what + " \"" + wanted + "\": set " + setting
                + " to the id or name of one of these: " + names);
    }
}
