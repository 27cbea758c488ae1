package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Where in the shop our products stand: ids that exist. Medusa itself accepts unknown ones without a word.
 *
 * @param salesChannel    id
 * @param stockLocation   id; it serves the sales channel
 * @param shippingProfile id
 */
record Place(String salesChannel, String stockLocation, String shippingProfile) {

    /** @throws BadSettings when one is missing, or it is not clear which one is meant; the message says what to set */
    static Place find(AdminApi api, ShopSettings settings) {
        var channels =
                list(api.get("/admin/sales-channels?limit=1000&fields=id,name").path("sales_channels"));
        var store = api.get("/admin/stores?fields=id,default_sales_channel_id")
                .path("stores")
                .path(0);
        var standard = store.path("default_sales_channel_id").asText("");
        var channel = pick(
                channels,
                settings.salesChannel(),
                one -> is(one, "id", standard),
                "sales channel",
                "medusa.sales-channel");

        var locations = list(api.get("/admin/stock-locations?limit=1000&fields=id,name,sales_channels.id")
                .path("stock_locations"));
        var location = pick(
                locations,
                settings.stockLocation(),
                one -> serves(one, channel),
                "stock location",
                "medusa.stock-location");
        if (!serves(location, channel)) {
            throw new BadSettings(
                    "Medusa's stock location " + name(location) + " does not serve sales channel " + name(channel)
                            + ", so nothing could be bought: link the two in Medusa's admin, or set medusa.stock-location to one that does");
        }

        var profiles = list(api.get("/admin/shipping-profiles?limit=1000&fields=id,name,type")
                .path("shipping_profiles"));
        Predicate<JsonNode> byType = one -> is(one, "type", "default");
        var profile = pick(profiles, settings.shippingProfile(), byType, "shipping profile", "medusa.shipping-profile");
        return new Place(
                channel.path("id").asText(),
                location.path("id").asText(),
                profile.path("id").asText());
    }

    /** @param standard which one is meant when nothing is set and there are several */
    private static JsonNode pick(
            List<JsonNode> all, String wanted, Predicate<JsonNode> standard, String what, String setting) {
        if (all.isEmpty()) throw new BadSettings("Medusa has no " + what + ": create one in its admin");
        var set = !wanted.isBlank();
        var fits = all.stream()
                .filter(set ? one -> is(one, "id", wanted) || is(one, "name", wanted) : standard)
                .toList();
        if (fits.size() == 1) return fits.get(0);
        if (!set && all.size() == 1) return all.get(0);
        var names = all.stream().map(Place::name).collect(Collectors.joining(", "));
        var remedy = ": set " + setting + " to the id or name of one of " + names;
        if (!set) throw new BadSettings("it is not clear which " + what + " of Medusa is meant" + remedy);
        throw new BadSettings(
                "Medusa has " + (fits.isEmpty() ? "no " : "several of ") + what + " \"" + wanted + "\"" + remedy);
    }

    private static boolean serves(JsonNode location, JsonNode channel) {
        return list(location.path("sales_channels")).stream()
                .anyMatch(served -> is(served, "id", channel.path("id").asText()));
    }

    private static boolean is(JsonNode json, String field, String text) {
        return json.path(field).asText().equals(text);
    }

    private static String name(JsonNode json) {
        return "\"" + json.path("name").asText() + "\"";
    }

    private static List<JsonNode> list(JsonNode array) {
        var list = new ArrayList<JsonNode>();
        array.forEach(list::add);
        return list;
    }
}
