package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * {@code /admin/customers}: who buys. Routes, columns and messages are those of Medusa's source; in particular, who was never there is
 * deleted without complaint.
 */
final class AdminCustomers {
    private static final int PAGE = 50;

    private final Shop shop;

    AdminCustomers(Shop shop) {
        this.shop = shop;
    }

    void register(Routes routes) {
        routes.get("/admin/customers", this::list);
        routes.post("/admin/customers", this::create);
        routes.get("/admin/customers/:id", this::customer);
        routes.delete("/admin/customers/:id", this::delete);
    }

    /** The guest of that address, known from an order before or new. */
    static ObjectNode guest(Shop shop, JsonNode email) {
        return shop.customers.all().stream()
                .filter(customer -> email != null && email.equals(customer.get("email")))
                .findFirst()
                .orElseGet(() -> {
                    var guest = shop.row("cus");
                    guest.set("email", email);
                    shop.customers.save(guest);
                    return guest;
                });
    }

    private JsonNode list(Request request) {
        var hits = shop.customers.all().stream()
                .filter(customer ->
                        !request.asksFor("email") || request.all("email").contains(Shop.text(customer, "email")))
                .toList();
        return page(request, "customers", hits, PAGE, AdminCustomers::view);
    }

    private JsonNode create(Request request) {
        Shapes.CUSTOMER.check(request.body());
        var customer = shop.row("cus");
        Columns.CUSTOMER.take(request.object(), customer);
        shop.customers.save(customer);
        shop.journal.count("customers.created", 1);
        return wrapped("customer", view(customer));
    }

    private JsonNode customer(Request request) {
        var customer = shop.customers.get(request.id("id"));
        if (customer == null) throw MedusaError.notFound("Customer with id: " + request.id("id") + " not found");
        return wrapped("customer", view(customer));
    }

    private JsonNode delete(Request request) {
        if (shop.customers.has(request.id("id"))) {
            shop.customers.remove(request.id("id"));
            shop.journal.count("customers.deleted", 1);
        }
        return Routes.deleted(request.id("id"), "customer");
    }

    private static ObjectNode view(ObjectNode customer) {
        return Columns.CUSTOMER.view(customer, Fields.of(null, "*"));
    }
}
