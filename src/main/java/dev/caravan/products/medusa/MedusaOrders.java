package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Orders of the shop, as Medusa's Admin API lists them, cut down to what is told of an order: which products, how many, at which price, when,
 * to which country, state and city; no names, no streets.
 *
 * <pre>{@code
 * {id, status, payment_status, currency_code, customer_id, created_at, updated_at, shipping_address{country_code, province, city},
 *  items[{product_handle, variant_sku, quantity, unit_price}]}
 * }</pre>
 *
 * <p>What Medusa does not tell is missing. A payment that is captured does not change {@code updated_at}.
 */
public final class MedusaOrders {
    /** By the object they are in; Medusa gives out more than it is asked for. */
    private static final Map<String, List<String>> FIELDS = new TreeMap<>(Map.of(
            "",
            List.of("id", "status", "payment_status", "currency_code", "customer_id", "created_at", "updated_at"),
            "items",
            List.of("product_handle", "variant_sku", "quantity", "unit_price"),
            "shipping_address",
            List.of("country_code", "province", "city")));

    private static final Set<String> OVER = Set.of("canceled", "completed", "archived");
    private static final Set<String> PAID_OR_NEVER = Set.of("captured", "canceled", "refunded", "partially_refunded");

    private static final String ASKED = FIELDS.entrySet().stream()
            .flatMap(entry -> entry.getValue().stream()
                    .map(name -> entry.getKey().isEmpty() ? name : entry.getKey() + "." + name))
            .collect(Collectors.joining(","));

    private final AdminApi medusa;

    /** @param medusa its base URL is the shop's, and it adds the API key */
    public MedusaOrders(Port medusa, Clock clock) {
        this.medusa = new AdminApi(medusa, clock);
    }

    /**
     * Those changed at or after an instant, by the time of their change.
     *
     * @param offset how many to pass over
     * @param limit  the most, at least 1
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help
     * @throws dev.caravan.failure.BadSettings       when the address or key is wrong
     */
    public List<ObjectNode> changedSince(Instant from, int offset, int limit) {
        return list("order=updated_at&offset=" + offset + "&limit=" + limit + "&updated_at%5B%24gte%5D="
                + URLEncoder.encode(from.toString(), StandardCharsets.UTF_8));
    }

    /**
     * Those of these ids that there are, in any order; exceptions as in {@link #changedSince}.
     *
     * @param ids such as {@code order_01M7Y089MC643N5KWAE0BXRW2Z}, at least one
     */
    public List<ObjectNode> byId(Collection<String> ids) {
        return list("limit=" + ids.size() + "&" + AdminApi.query("id", ids));
    }

    /** Whether it is paid or over. Until then a payment may come, which {@link #changedSince} does not show. */
    public static boolean isSettled(JsonNode order) {
        return OVER.contains(order.path("status").asText())
                || PAID_OR_NEVER.contains(order.path("payment_status").asText());
    }

    /** When one was last changed. */
    public static Instant changedAt(JsonNode order) {
        return Instant.parse(order.path("updated_at").asText());
    }

    private List<ObjectNode> list(String query) {
        var orders = new ArrayList<ObjectNode>();
        for (var order :
                medusa.get("/admin/orders?fields=" + ASKED + "&" + query).path("orders")) {
            var asked = fields("", order);
            asked.set("shipping_address", fields("shipping_address", order.path("shipping_address")));
            var items = asked.putArray("items");
            order.path("items").forEach(item -> items.add(fields("items", item)));
            orders.add(asked);
        }
        return orders;
    }

    private static ObjectNode fields(String of, JsonNode from) {
        var fields = Json.object();
        for (var name : FIELDS.get(of)) if (from.hasNonNull(name)) fields.set(name, from.get(name));
        return fields;
    }
}
