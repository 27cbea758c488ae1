package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** A shop as its customers have it: Medusa's Store API, with a publishable key. */
public final class Storefront {
    private static final String FIELDS =
            "id,title,handle,*images,%2Bmetadata,variants.id,variants.sku,*variants.calculated_price,"
                    + "variants.inventory_quantity,variants.manage_inventory";

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI url;
    private final String publishableKey;

    public Storefront(URI url, String publishableKey) {
        this.url = url;
        this.publishableKey = publishableKey;
    }

    /** The shop said no; the message is its own. */
    public static final class Refused extends RuntimeException {
        Refused(String message) {
            super(message);
        }
    }

    public URI url() {
        return url;
    }

    public String publishableKey() {
        return publishableKey;
    }

    /** Products with their prices in one currency and what is left of them, by handle: these, or all when none are named. */
    public Map<String, JsonNode> onSale(String currency, String... handles) {
        var offers = new TreeMap<String, JsonNode>();
        var query = new StringBuilder("/store/products?limit=100&region_id=" + region(currency) + "&fields=" + FIELDS);
        for (var handle : handles) query.append("&handle%5B%5D=").append(handle);
        JsonNode page;
        do {
            page = get(query + "&offset=" + offers.size());
            for (var product : page.path("products"))
                offers.put(product.path("handle").asText(), product);
        } while (!page.path("products").isEmpty()
                && offers.size() < page.path("count").asInt());
        return offers;
    }

    /** A product as who reads this language sees it. */
    public JsonNode product(String handle, String locale) {
        return get("/store/products?handle=" + handle + "&fields=id,title,description,*categories&locale=" + locale)
                .at("/products/0");
    }

    /**
     * Puts a variant into a new cart.
     *
     * @return the cart
     * @throws Refused when it cannot be bought
     */
    public JsonNode cart(String currency, String variantId, int quantity) {
        var cart = post("/store/carts", Json.object().put("region_id", region(currency)))
                .path("cart");
        var line = Json.object().put("variant_id", variantId).put("quantity", quantity);
        return post("/store/carts/" + cart.path("id").asText() + "/line-items", line)
                .path("cart");
    }

    /** What one piece in a cart costs. */
    public static BigDecimal unitPrice(JsonNode cart) {
        return cart.at("/items/0/unit_price").decimalValue();
    }

    /**
     * Has a cart sent to an address in the country, pays it, and orders.
     *
     * @return the order
     * @throws Refused when one of the steps is not to be had
     */
    public JsonNode checkOut(JsonNode cart, String country) {
        var id = cart.path("id").asText();
        var address = Json.object()
                .put("first_name", "Noura")
                .put("last_name", "Saleh")
                .put("address_1", "King Fahd Road 1")
                .put("city", "Riyadh")
                .put("postal_code", "12211")
                .put("country_code", country);
        var buyer = Json.object().put("email", "noura@example.com");
        buyer.set("shipping_address", address);
        buyer.set("billing_address", address);
        post("/store/carts/" + id, buyer);
        var option = get("/store/shipping-options?cart_id=" + id)
                .at("/shipping_options/0/id")
                .asText();
        if (option.isEmpty()) throw new Refused("there is no way to ship this to " + country);
        post("/store/carts/" + id + "/shipping-methods", Json.object().put("option_id", option));
        var payment = post("/store/payment-collections", Json.object().put("cart_id", id))
                .at("/payment_collection/id")
                .asText();
        post(
                "/store/payment-collections/" + payment + "/payment-sessions",
                Json.object().put("provider_id", "pp_system_default"));
        var answer = post("/store/carts/" + id + "/complete", Json.object());
        if (!answer.path("type").asText().equals("order")) throw new Refused(answer.toString());
        return answer.path("order");
    }

    private String region(String currency) {
        for (var region : get("/store/regions?limit=100").path("regions"))
            if (region.path("currency_code").asText().equals(currency))
                return region.path("id").asText();
        throw new Refused("the shop sells nowhere for " + currency);
    }

    private JsonNode get(String path) {
        return send(HttpRequest.newBuilder(url.resolve(path)).GET());
    }

    private JsonNode post(String path, ObjectNode body) {
        return send(HttpRequest.newBuilder(url.resolve(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Json.bytes(body))));
    }

    private JsonNode send(HttpRequest.Builder request) {
        try {
            var answer = http.send(
                    request.header("x-publishable-api-key", publishableKey)
                            .timeout(Duration.ofMinutes(1))
                            .build(),
                    BodyHandlers.ofByteArray());
            var json = Json.read(answer.body());
            if (answer.statusCode() >= 400)
                throw new Refused(json.path("message").asText());
            return json;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
