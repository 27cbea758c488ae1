package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Speaks to a stand-in as an integration would, and makes test products: shirts in sizes, 23.80 SAR and 6.35 USD. */
public final class ShopClient {
    private final MedusaStandIn medusa;
    private final HttpClient http = HttpClient.newHttpClient();

    public ShopClient(MedusaStandIn medusa) {
        this.medusa = medusa;
    }

    public record Reply(int status, HttpResponse<String> response) {
        JsonNode json() {
            try {
                return Request.MAPPER.readTree(response.body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String message() {
            return json().path("message").asText();
        }

        JsonNode at(String pointer) {
            return json().at(pointer);
        }

        public String text(String pointer) {
            return json().at(pointer).asText();
        }
    }

    public Reply get(String path) {
        return send("GET", path, null);
    }

    Reply post(String path, String body) {
        return send("POST", path, body.replace('\'', '"'));
    }

    public Reply post(String path, JsonNode body) {
        return send("POST", path, body.toString());
    }

    Reply delete(String path) {
        return send("DELETE", path, null);
    }

    Reply send(String method, String path, String body) {
        return exchange(request(method, path, body)
                .header("Authorization", basic(medusa.secretKey()))
                .header("x-publishable-api-key", medusa.publishableKey())
                .build());
    }

    /** Without any key. */
    HttpRequest.Builder request(String method, String path, String body) {
        var builder = HttpRequest.newBuilder(URI.create(
                medusa.url() + path.replace("[", "%5B").replace("]", "%5D").replace("$", "%24")));
        if (body == null) return builder.method(method, BodyPublishers.noBody());
        return builder.method(method, BodyPublishers.ofString(body)).header("Content-Type", "application/json");
    }

    Reply exchange(HttpRequest request) {
        try {
            var response = http.send(request, BodyHandlers.ofString());
            return new Reply(response.statusCode(), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static String basic(String key) {
        return "Basic " + Base64.getEncoder().encodeToString((key + ":").getBytes(StandardCharsets.UTF_8));
    }

    /** A published shirt, sold through the default channel; SKUs are {@code HANDLE-SIZE}. */
    public ObjectNode shirt(String handle, String... sizes) {
        var shirt = Request.MAPPER
                .createObjectNode()
                .put("title", "Shirt " + handle)
                .put("handle", handle)
                .put("external_id", handle)
                .put("status", "published")
                .put("shipping_profile_id", medusa.shippingProfileId());
        shirt.putArray("sales_channels").addObject().put("id", medusa.salesChannelId());
        var option = shirt.putArray("options").addObject().put("title", "Size");
        List.of(sizes).forEach(option.putArray("values")::add);
        var variants = shirt.putArray("variants");
        List.of(sizes).forEach(size -> variants.add(variant(handle, size)));
        return shirt;
    }

    ObjectNode variant(String handle, String size) {
        var variant = Request.MAPPER.createObjectNode().put("title", size).put("sku", handle + "-" + size);
        variant.putObject("options").put("Size", size);
        variant.putArray("prices").add(price("sar", "23.80")).add(price("usd", "6.35"));
        return variant;
    }

    static ObjectNode price(String currency, String amount) {
        var price = Request.MAPPER.createObjectNode().put("currency_code", currency);
        return price.put("amount", new BigDecimal(amount));
    }

    /** Creates the shirt and gives its id. */
    public String created(ObjectNode shirt) {
        var reply = post("/admin/products", shirt);
        if (reply.status() != 200) throw new IllegalStateException(reply.message());
        return reply.text("/product/id");
    }

    /** The id of the variant with this SKU. */
    public String variantId(String sku) {
        return get("/admin/product-variants?sku=" + sku + "&fields=id").text("/variants/0/id");
    }

    String itemId(String sku) {
        return get("/admin/inventory-items?sku=" + sku + "&fields=id").text("/inventory_items/0/id");
    }

    /** Says that so many are at the stock location. */
    public Reply stock(String sku, int quantity) {
        return post("/admin/inventory-items/location-levels/batch", "{'create': [" + level(sku, quantity) + "]}");
    }

    String level(String sku, int quantity) {
        return "{'inventory_item_id': '%s', 'location_id': '%s', 'stocked_quantity': %s}"
                .formatted(itemId(sku), medusa.stockLocationId(), quantity);
    }

    /** A product in one line: title, then each variant, by SKU, as {@code title size prices(items)}. */
    String summary(String handle) {
        for (var product : medusa.dump().get("products")) {
            if (!product.get("handle").asText().equals(handle)) continue;
            var variants = new ArrayList<String>();
            for (var variant : product.get("variants")) {
                var prices = new ArrayList<String>();
                variant.get("prices")
                        .properties()
                        .forEach(price ->
                                prices.add(price.getKey() + price.getValue().asText()));
                prices.sort(null);
                variants.add(variant.get("title").asText() + " " + String.join("+", prices) + "(" + variant.get("items")
                        + ")");
            }
            variants.sort(null);
            return product.get("title").asText() + ": " + String.join(", ", variants);
        }
        return "none";
    }
}
