package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.objects;
import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.texts;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.InventoryItem.Level;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Objects;

/** {@code /admin/inventory-items}: what lies in stock and how much of it where. */
final class AdminInventory {
    private static final int PAGE = 20;

    private final Shop shop;
    private final View view;
    private final Collection<String> poison;

    AdminInventory(Shop shop, View view, Collection<String> poison) {
        this.shop = shop;
        this.view = view;
        this.poison = poison;
    }

    void register(Routes routes) {
        routes.get("/admin/inventory-items", this::list);
        routes.post("/admin/inventory-items", this::create);
        routes.post("/admin/inventory-items/location-levels/batch", this::levelsBatch);
        routes.get("/admin/inventory-items/:id", this::seen);
        routes.post("/admin/inventory-items/:id", this::update);
        routes.delete("/admin/inventory-items/:id", request -> {
            shop.items.remove(request.id("id"));
            return Routes.deleted(request.id("id"), "inventory_item");
        });
        routes.get("/admin/inventory-items/:id/location-levels", this::levels);
        routes.post("/admin/inventory-items/:id/location-levels", request -> {
            Shapes.ITEM_LEVEL.check(request.body());
            createLevel(request.id("id"), request.object());
            return seen(request);
        });
        routes.post("/admin/inventory-items/:id/location-levels/:location", request -> {
            Shapes.ITEM_LEVEL_UPDATE.check(request.body());
            updateLevel(request.id("id"), request.object().deepCopy().put("location_id", request.id("location")));
            return seen(request);
        });
        routes.delete("/admin/inventory-items/:id/location-levels/:location", request -> {
            shop.items.save(shop.item(request.id("id")).with(request.id("location"), null));
            return Routes.deleted(request.id("location"), "inventory-level");
        });
    }

    private JsonNode list(Request request) {
        var fields = Fields.of(request.first("fields"), View.INVENTORY_ITEM);
        var items = request.asksFor("sku") ? shop.items.by(Shop.ITEM_SKU, request.all("sku")) : shop.items.all();
        var hits = items.stream()
                .filter(item -> !request.asksFor("id") || request.all("id").contains(item.id()))
                .filter(item -> !request.asksFor("q")
                        || Objects.toString(item.sku(), "").contains(request.first("q")))
                .toList();
        return page(request, "inventory_items", hits, PAGE, item -> view.item(item, fields));
    }

    private JsonNode seen(Request request) {
        return seen(request, request.id("id"));
    }

    private JsonNode seen(Request request, String id) {
        return wrapped(
                "inventory_item", view.item(shop.item(id), Fields.of(request.first("fields"), View.INVENTORY_ITEM)));
    }

    private JsonNode create(Request request) {
        Shapes.ITEM.check(request.body());
        var item = new InventoryItem(shop.row("iitem"));
        Columns.INVENTORY_ITEM.take(request.object(), item.columns);
        if (request.object().has("metadata"))
            item.columns.set("metadata", request.object().get("metadata"));
        shop.items.save(item);
        objects(request.object().path("location_levels")).forEach(level -> createLevel(item.id(), level));
        shop.journal.count("inventory_items.created", 1);
        return seen(request, item.id());
    }

    private JsonNode update(Request request) {
        Shapes.ITEM_UPDATE.check(request.body());
        var changed = shop.item(request.id("id")).with("", null);
        Columns.INVENTORY_ITEM.take(request.object(), changed.columns);
        changed.columns.put("updated_at", shop.now());
        shop.items.save(changed);
        shop.journal.count("inventory_items.updated", 1);
        return seen(request);
    }

    private JsonNode levels(Request request) {
        var item = shop.item(request.id("id"));
        return page(
                request,
                "inventory_levels",
                item.levels.values().stream().toList(),
                PAGE,
                level -> view.level(item, level));
    }

    private JsonNode levelsBatch(Request request) {
        Shapes.LEVELS.check(request.body());
        var body = request.object();
        var reply = JsonNodeFactory.instance.objectNode();
        var created = reply.putArray("created");
        objects(body.path("create"))
                .forEach(level ->
                        created.add(createLevel(level.get("inventory_item_id").textValue(), level)));
        var updated = reply.putArray("updated");
        objects(body.path("update"))
                .forEach(level ->
                        updated.add(updateLevel(level.get("inventory_item_id").textValue(), level)));
        if (body.has("delete")) {
            var deleted = reply.putArray("deleted");
            texts(body.get("delete")).forEach(id -> {
                deleteLevel(id);
                deleted.add(id);
            });
        }
        return reply;
    }

    private ObjectNode createLevel(String itemId, ObjectNode body) {
        var location = body.get("location_id").textValue();
        var item = shop.items.get(itemId);
        if (item == null) throw MedusaError.noSuchRelation("inventory_item_id", itemId);
        refusePoison(item);
        if (item.levels.containsKey(location)) {
            throw MedusaError.alreadyExists(
                    "Inventory level", "inventory_item_id: " + itemId + ", location_id", location);
        }
        var now = shop.now();
        var level =
                new Level(shop.ids.next("ilev"), location, stocked(body, BigDecimal.ZERO), BigDecimal.ZERO, now, now);
        shop.items.save(item.with(location, level));
        shop.journal.count("levels.created", 1);
        return raw(view.level(item, level));
    }

    private ObjectNode updateLevel(String itemId, ObjectNode body) {
        var location = body.get("location_id").textValue();
        var item = shop.items.get(itemId);
        var old = item == null ? null : item.levels.get(location);
        if (old == null) throw MedusaError.notFound("Item " + itemId + " is not stocked at location " + location);
        refusePoison(item);
        var level = new Level(
                old.id(), location, stocked(body, old.stocked()), old.reserved(), old.createdAt(), shop.now());
        shop.items.save(item.with(location, level));
        shop.journal.count("levels.updated", 1);
        // Medusa replies with what was available before the update.
        return raw(view.level(item, level)).set("available_quantity", View.number(old.available()));
    }

    private void deleteLevel(String levelId) {
        for (var item : shop.items.all()) {
            var level = item.levels.values().stream()
                    .filter(candidate -> candidate.id().equals(levelId))
                    .findFirst();
            if (level.isPresent()) {
                shop.items.save(item.with(level.get().locationId(), null));
                shop.journal.count("levels.deleted", 1);
                return;
            }
        }
    }

    private void refusePoison(InventoryItem item) {
        if (item.sku() != null && poison.contains(item.sku()))
            throw MedusaError.invalid("Poisoned by the sandbox: " + item.sku());
    }

    private static BigDecimal stocked(ObjectNode body, BigDecimal otherwise) {
        return body.hasNonNull("stocked_quantity")
                ? body.get("stocked_quantity").decimalValue()
                : otherwise;
    }

    private static ObjectNode raw(ObjectNode level) {
        for (var name : new String[] {"stocked_quantity", "reserved_quantity", "incoming_quantity"}) {
            level.putObject("raw_" + name)
                    .put("value", level.get(name).asText())
                    .put("precision", 20);
        }
        return level;
    }
}
