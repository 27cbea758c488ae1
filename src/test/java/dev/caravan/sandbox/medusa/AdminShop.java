package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What a bootstrap sets up and an integration looks up: store, channels, locations, profiles, regions, keys. */
final class AdminShop {
    private final Shop shop;

    AdminShop(Shop shop) {
        this.shop = shop;
    }

    void register(Routes routes) {
        listed(routes, "/admin/stores", "stores", 50, shop.stores, UnaryOperator.identity());
        listed(routes, "/admin/sales-channels", "sales_channels", 20, shop.channels, UnaryOperator.identity());
        listed(routes, "/admin/stock-locations", "stock_locations", 20, shop.locations, this::location);
        listed(routes, "/admin/shipping-profiles", "shipping_profiles", 20, shop.profiles, UnaryOperator.identity());
        listed(routes, "/admin/regions", "regions", 50, shop.regions, UnaryOperator.identity());
        listed(routes, "/admin/tax-regions", "tax_regions", 20, shop.taxRegions, UnaryOperator.identity());
        listed(
                routes,
                "/admin/shipping-options",
                "shipping_options",
                20,
                shop.shippingOptions,
                UnaryOperator.identity());
        listed(routes, "/admin/api-keys", "api_keys", 20, shop.keys, this::key);
        routes.post("/admin/sales-channels", this::createChannel);
        routes.delete("/admin/sales-channels/:id", request -> {
            shop.channels.remove(request.id("id"));
            return Routes.deleted(request.id("id"), "sales-channel");
        });
        routes.post("/admin/api-keys", this::createKey);
    }

    private void listed(
            Routes routes,
            String path,
            String plural,
            int usualLimit,
            Table<ObjectNode> table,
            UnaryOperator<ObjectNode> whole) {
        var singular = plural.substring(0, plural.length() - 1);
        var usual = "*,*supported_currencies,*countries,*address";
        routes.get(
                path,
                request -> page(
                        request,
                        plural,
                        table.all().stream()
                                .filter(row -> matches(request, row))
                                .toList(),
                        usualLimit,
                        row -> Fields.of(request.first("fields"), usual).project(whole.apply(row))));
        routes.get(path + "/:id", request -> {
            var row = table.get(request.id("id"));
            if (row == null) throw MedusaError.notFound(singular + " with id: " + request.id("id") + " was not found");
            return wrapped(singular, Fields.of(request.first("fields"), usual).project(whole.apply(row)));
        });
    }

    private static boolean matches(Request request, ObjectNode row) {
        for (var column : new String[] {"id", "name", "type", "currency_code"}) {
            if (request.asksFor(column) && !request.all(column).contains(Shop.text(row, column))) return false;
        }
        return true;
    }

    private ObjectNode location(ObjectNode row) {
        var whole = row.deepCopy();
        var sellers = whole.putArray("sales_channels");
        shop.channelsOfLocation.get(Shop.text(row, "id")).stream()
                .filter(shop.channels::has)
                .map(shop.channels::get)
                .forEach(sellers::add);
        return whole;
    }

    private ObjectNode key(ObjectNode row) {
        var whole = row.deepCopy();
        var channels = whole.putArray("sales_channels");
        shop.channelsOfKey.getOrDefault(Shop.text(row, "token"), Set.of()).stream()
                .filter(shop.channels::has)
                .map(shop.channels::get)
                .forEach(channels::add);
        return whole;
    }

    private JsonNode createChannel(Request request) {
        Shapes.SALES_CHANNEL.check(request.body());
        var body = request.object();
        var row = shop.row("sc")
                .put("name", Shop.text(body, "name"))
                .put("description", Shop.text(body, "description"))
                .put("is_disabled", body.path("is_disabled").asBoolean())
                .putNull("deleted_at");
        row.set("metadata", body.get("metadata"));
        shop.channels.save(row);
        return wrapped("sales_channel", row);
    }

    private JsonNode createKey(Request request) {
        Shapes.API_KEY.check(request.body());
        var type = Shop.text(request.object(), "type");
        var token = Secrets.token(type.equals("secret") ? "sk_" : "pk_");
        var key = shop.key(Shop.text(request.object(), "title"), type, token);
        // Only this reply shows the token.
        return wrapped("api_key", key.deepCopy().put("token", token));
    }
}
