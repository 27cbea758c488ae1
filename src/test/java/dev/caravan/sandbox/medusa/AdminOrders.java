package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * {@code /admin/orders}: what was bought. Items are shown whole whatever fields are asked for, and a payment that is captured leaves the
 * order's {@code updated_at} as it was: both as the real one does.
 */
final class AdminOrders {
    private static final int PAGE = 20;

    private final Shop shop;

    AdminOrders(Shop shop) {
        this.shop = shop;
    }

    void register(Routes routes) {
        routes.get("/admin/orders", this::list);
        routes.post("/admin/orders/:id/cancel", this::cancel);
        routes.post("/admin/payments/:id/capture", this::capture);
    }

    /** Takes a completed cart as an order. */
    static ObjectNode place(Shop shop, ObjectNode cart) {
        var order = JsonNodeFactory.instance
                .objectNode()
                .put("id", Shop.text(cart, "order_id"))
                .put("display_id", shop.orders.size() + 1)
                .put("status", "pending")
                .put("payment_status", "authorized")
                .put("payment_id", shop.ids.next("pay"))
                .put("fulfillment_status", "not_fulfilled")
                .put("currency_code", Shop.text(cart, "currency_code"))
                .put("customer_id", Shop.text(AdminCustomers.guest(shop, cart.get("email")), "id"))
                .put("created_at", Shop.text(cart, "completed_at"))
                .put("updated_at", Shop.text(cart, "completed_at"));
        order.set("total", cart.get("total"));
        order.set("items", cart.get("items"));
        order.set("shipping_address", cart.get("shipping_address"));
        shop.orders.save(order);
        return order;
    }

    private JsonNode list(Request request) {
        var from = request.first("updated_at[$gte]");
        var hits = shop.orders.all().stream()
                .filter(order -> !request.asksFor("id") || request.all("id").contains(Shop.text(order, "id")))
                .filter(order -> from == null || !updatedAt(order).isBefore(Instant.parse(from)))
                .sorted(Comparator.comparing(AdminOrders::updatedAt))
                .toList();
        return page(request, "orders", hits, PAGE, ObjectNode::deepCopy);
    }

    private static Instant updatedAt(ObjectNode order) {
        return Instant.parse(Shop.text(order, "updated_at"));
    }

    private JsonNode cancel(Request request) {
        var order = shop.orders.get(request.id("id"));
        if (order == null) throw MedusaError.notFound("Order with id: " + request.id("id") + " was not found");
        var canceled = order.deepCopy()
                .put("status", "canceled")
                .put("payment_status", "canceled")
                .put("updated_at", shop.now());
        shop.orders.save(canceled);
        return wrapped("order", canceled);
    }

    private JsonNode capture(Request request) {
        for (var order : List.copyOf(shop.orders.all())) {
            if (!Shop.text(order, "payment_id").equals(request.id("id"))) continue;
            shop.orders.save(order.deepCopy().put("payment_status", "captured"));
            return wrapped("payment", JsonNodeFactory.instance.objectNode().put("id", request.id("id")));
        }
        throw MedusaError.notFound("Payment with id: " + request.id("id") + " was not found");
    }
}
