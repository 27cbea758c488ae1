package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.Shapes.Shape;
import java.util.Objects;
import java.util.function.Function;

/** What products are sorted by: categories, tags, types and collections. */
final class AdminTaxonomy {
    private static final int PAGE = 50;

    private final Shop shop;
    private final View view;

    AdminTaxonomy(Shop shop, View view) {
        this.shop = shop;
        this.view = view;
    }

    void register(Routes routes) {
        routes.get("/admin/product-categories", this::categories);
        routes.post("/admin/product-categories", this::createCategory);
        routes.get("/admin/product-categories/:id", request -> category(request, request.id("id")));
        routes.post("/admin/product-categories/:id", this::updateCategory);
        routes.delete("/admin/product-categories/:id", request -> {
            shop.categories.remove(request.id("id"));
            return Routes.deleted(request.id("id"), "product_category");
        });
        simple(
                routes,
                new Kind("/admin/product-tags", "product_tag", "ptag", "value", 20),
                shop.tags,
                Shapes.TAG,
                Columns.TAG);
        simple(
                routes,
                new Kind("/admin/product-types", "product_type", "ptyp", "value", 10),
                shop.types,
                Shapes.TAG,
                Columns.TAG);
        simple(
                routes,
                new Kind("/admin/collections", "collection", "pcol", "handle", 10),
                shop.collections,
                Shapes.COLLECTION,
                Columns.COLLECTION);
    }

    private JsonNode categories(Request request) {
        var fields = Fields.of(request.first("fields"), View.CATEGORY);
        var parent = request.first("parent_category_id");
        var tree = "true".equals(request.first("include_descendants_tree"));
        var rows = request.asksFor("handle")
                ? shop.categories.by(Shop.CATEGORY_HANDLE, request.all("handle"))
                : shop.categories.all();
        var hits = rows.stream()
                .filter(row -> !request.asksFor("id") || request.all("id").contains(Shop.text(row, "id")))
                .filter(row -> !request.asksFor("q")
                        || Shop.text(row, "name")
                                .toLowerCase()
                                .contains(request.first("q").toLowerCase()))
                .filter(row -> parent == null
                        || parent.equals(Objects.requireNonNullElse(Shop.text(row, "parent_category_id"), "null")))
                .toList();
        return page(
                request, "product_categories", hits, PAGE, row -> tree ? view.tree(row) : view.category(row, fields));
    }

    private JsonNode category(Request request, String id) {
        var row = shop.categories.get(id);
        if (row == null) throw MedusaError.notFound("Product category with id: " + id + " was not found");
        return wrapped("product_category", view.category(row, Fields.of(request.first("fields"), View.CATEGORY)));
    }

    private JsonNode createCategory(Request request) {
        Shapes.CATEGORY.check(request.body());
        var row = shop.row("pcat");
        take(request.object(), row);
        if (Shop.text(row, "handle") == null) row.put("handle", ProductWriter.slug(Shop.text(row, "name")));
        if (!row.hasNonNull("rank")) row.put("rank", siblings(Shop.text(row, "parent_category_id")));
        shop.categories.save(row);
        shop.journal.count("categories.created", 1);
        return category(request, Shop.text(row, "id"));
    }

    private JsonNode updateCategory(Request request) {
        Shapes.CATEGORY_UPDATE.check(request.body());
        category(request, request.id("id"));
        var row = shop.categories.get(request.id("id")).deepCopy();
        take(request.object(), row);
        row.put("updated_at", shop.now());
        shop.categories.save(row);
        shop.journal.count("categories.updated", 1);
        return category(request, request.id("id"));
    }

    private void take(ObjectNode sent, ObjectNode row) {
        var parent = Shop.text(sent, "parent_category_id");
        if (parent != null && !shop.categories.has(parent))
            throw MedusaError.noSuchRelation("parent_category_id", parent);
        Columns.CATEGORY.take(sent, row);
        if (sent.has("metadata")) row.set("metadata", sent.get("metadata"));
    }

    private long siblings(String parent) {
        return shop.categories.all().stream()
                .filter(row -> Objects.equals(Shop.text(row, "parent_category_id"), parent))
                .count();
    }

    /** @param key the column that must be unique and can be looked up by */
    private record Kind(String path, String name, String prefix, String key, int page) {}

    private void simple(Routes routes, Kind kind, Table<ObjectNode> table, Shape shape, Columns columns) {
        Function<ObjectNode, ObjectNode> whole = row -> columns.view(row, Fields.of(null, "*"));
        var plural = kind.name() + "s";
        routes.get(
                kind.path(),
                request -> page(
                        request,
                        plural,
                        table.all().stream()
                                .filter(row -> !request.asksFor(kind.key())
                                        || request.all(kind.key()).contains(Shop.text(row, kind.key())))
                                .toList(),
                        kind.page(),
                        whole));
        routes.post(kind.path(), request -> {
            shape.check(request.body());
            var row = shop.row(kind.prefix());
            columns.take(request.object(), row);
            if (request.object().has("metadata"))
                row.set("metadata", request.object().get("metadata"));
            if (!row.hasNonNull(kind.key())) row.put(kind.key(), ProductWriter.slug(Shop.text(row, "title")));
            table.save(row);
            shop.journal.count(plural + ".created", 1);
            return wrapped(kind.name(), whole.apply(row));
        });
    }
}
