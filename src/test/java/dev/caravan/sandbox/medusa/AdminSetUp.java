package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.objects;
import static dev.caravan.sandbox.medusa.Routes.texts;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.LinkedHashSet;

/** What makes a shop of a Medusa fresh from its migrations. Of each body only what the integration sends is looked at. */
final class AdminSetUp {
    private final Shop shop;

    AdminSetUp(Shop shop) {
        this.shop = shop;
    }

    void register(Routes routes) {
        routes.post("/admin/stores/:id", this::changeStore);
        routes.post("/admin/regions", this::createRegion);
        routes.post("/admin/regions/:id", this::changeRegion);
        routes.post(
                "/admin/tax-regions",
                request -> wrapped(
                        "tax_region", shop.taxRegion(text(request, "country_code"), text(request, "provider_id"))));
        routes.post(
                "/admin/stock-locations", request -> wrapped("stock_location", shop.location(text(request, "name"))));
        routes.post("/admin/stock-locations/:id/sales-channels", request -> {
            var location = location(request);
            shop.channelsOfLocation
                    .get(Shop.text(location, "id"))
                    .addAll(texts(request.object().path("add")));
            return wrapped("stock_location", location);
        });
        routes.post("/admin/stock-locations/:id/fulfillment-providers", request -> {
            var location = location(request);
            for (var id : texts(request.object().path("add")))
                location.withArray("fulfillment_providers").addObject().put("id", id);
            return wrapped("stock_location", location);
        });
        routes.post("/admin/stock-locations/:id/fulfillment-sets", request -> {
            var location = location(request);
            shop.fulfillmentSet(location, text(request, "name"), text(request, "type"));
            return wrapped("stock_location", location);
        });
        routes.post("/admin/fulfillment-sets/:id/service-zones", this::createZone);
        routes.post("/admin/shipping-profiles", request -> {
            var profile = shop.row("sp").put("name", text(request, "name")).put("type", text(request, "type"));
            shop.profiles.save(profile);
            return wrapped("shipping_profile", profile);
        });
        routes.post("/admin/shipping-options", request -> {
            var option = shop.row("so").setAll(request.object());
            shop.shippingOptions.save((ObjectNode) option);
            return wrapped("shipping_option", (ObjectNode) option);
        });
        routes.post("/admin/api-keys/:id/sales-channels", request -> {
            var key = shop.keys.get(request.id("id"));
            if (key == null) throw MedusaError.notFound("api_key with id: " + request.id("id") + " was not found");
            shop.channelsOfKey
                    .computeIfAbsent(Shop.text(key, "token"), token -> new LinkedHashSet<>())
                    .addAll(texts(request.object().path("add")));
            return wrapped("api_key", key);
        });
    }

    private JsonNode changeStore(Request request) {
        var store = shop.stores.get(request.id("id"));
        if (store == null) throw MedusaError.notFound("Store with id: " + request.id("id") + " was not found");
        var body = request.object();
        if (body.has("supported_currencies"))
            shop.currencies(
                    store,
                    objects(body.path("supported_currencies")).stream()
                            .map(currency -> Shop.text(currency, "currency_code"))
                            .toList());
        if (body.has("default_sales_channel_id")) {
            var changed = shop.stores.get(request.id("id")).deepCopy();
            changed.set("default_sales_channel_id", body.get("default_sales_channel_id"));
            shop.stores.save(changed);
        }
        return wrapped("store", shop.stores.get(request.id("id")));
    }

    private JsonNode createRegion(Request request) {
        var body = request.object();
        var countries = texts(body.path("countries"));
        var taken = new HashSet<String>();
        shop.regions.all().forEach(region -> region.path("countries")
                .forEach(country -> taken.add(Shop.text((ObjectNode) country, "iso_2"))));
        var twice = countries.stream()
                .filter(taken::contains)
                .map(iso -> "\"" + iso + "\"")
                .toList();
        if (!twice.isEmpty())
            throw MedusaError.invalid(
                    "Countries with codes: " + String.join(", ", twice) + " are already assigned to a region");
        return wrapped(
                "region",
                shop.region(
                        Shop.text(body, "name"),
                        Shop.text(body, "currency_code"),
                        countries,
                        texts(body.path("payment_providers"))));
    }

    private JsonNode changeRegion(Request request) {
        var region = shop.regions.get(request.id("id"));
        if (region == null) throw MedusaError.notFound("Region with id: " + request.id("id") + " was not found");
        var changed = region.deepCopy();
        var providers = changed.putArray("payment_providers");
        for (var id : texts(request.object().path("payment_providers")))
            providers.addObject().put("id", id);
        shop.regions.save(changed);
        return wrapped("region", changed);
    }

    private JsonNode createZone(Request request) {
        for (var location : shop.locations.all()) {
            for (var set : objects(location.path("fulfillment_sets"))) {
                if (!request.id("id").equals(Shop.text(set, "id"))) continue;
                var countries = objects(request.object().path("geo_zones")).stream()
                        .map(zone -> Shop.text(zone, "country_code"))
                        .toList();
                shop.zone(set, text(request, "name"), countries);
                return wrapped("fulfillment_set", set);
            }
        }
        throw MedusaError.notFound("FulfillmentSet with id: " + request.id("id") + " was not found");
    }

    private ObjectNode location(Request request) {
        var location = shop.locations.get(request.id("id"));
        if (location == null)
            throw MedusaError.notFound("StockLocation with id: " + request.id("id") + " was not found");
        return location;
    }

    private static String text(Request request, String field) {
        return Shop.text(request.object(), field);
    }
}
