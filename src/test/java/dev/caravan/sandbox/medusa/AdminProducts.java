package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.objects;
import static dev.caravan.sandbox.medusa.Routes.page;
import static dev.caravan.sandbox.medusa.Routes.texts;
import static dev.caravan.sandbox.medusa.Routes.wrapped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.sandbox.medusa.Faults.Leaving;
import dev.caravan.sandbox.medusa.ProductWriter.Reach;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code /admin/products}, {@code /admin/product-variants} and {@code /admin/product-options}. */
final class AdminProducts {
    private static final int PAGE = 50;

    private final Shop shop;
    private final View view;
    private final ProductWriter writer;
    private final Faults faults;

    AdminProducts(Shop shop, View view, Faults faults) {
        this.shop = shop;
        this.view = view;
        this.faults = faults;
        this.writer = new ProductWriter(shop, faults.poison());
    }

    void register(Routes routes) {
        routes.get("/admin/products", this::list);
        routes.post("/admin/products", this::create);
        routes.add("POST", "/admin/products/batch", this::batch);
        routes.get(
                "/admin/products/:id",
                request -> wrapped("product", seen(request, request.id("id"), "Product not found")));
        routes.post("/admin/products/:id", this::update);
        routes.delete("/admin/products/:id", request -> {
            writer.delete(List.of(request.id("id")));
            return Routes.deleted(request.id("id"), "product");
        });
        routes.post("/admin/products/:id/options/batch", this::optionsBatch);
        routes.get("/admin/products/:id/variants", this::variantsOf);
        routes.post("/admin/products/:id/variants", this::addVariant);
        routes.post("/admin/products/:id/variants/batch", this::variantsBatch);
        routes.get("/admin/products/:id/variants/:variant", this::variant);
        routes.post("/admin/products/:id/variants/:variant", this::updateVariant);
        routes.delete("/admin/products/:id/variants/:variant", this::deleteVariant);
        routes.post("/admin/products/:id/variants/:variant/inventory-items", this::linkItem);
        routes.get("/admin/product-variants", this::variants);
        routes.post("/admin/product-options/:id", this::renameOption);
        routes.post("/admin/product-options/:id/values/:value", this::renameValue);
    }

    private ObjectNode list(Request request) {
        var fields = Fields.of(request.first("fields"), View.PRODUCT);
        return page(request, "products", found(request), PAGE, product -> view.product(product, fields));
    }

    /** Only parameters that Medusa knows narrow the list; others are ignored, and the list has everything. */
    private List<Product> found(Request request) {
        Stream<Product> hits = start(request).stream();
        if (request.asksFor("id"))
            hits = hits.filter(product -> request.all("id").contains(product.id()));
        if (request.asksFor("handle"))
            hits = hits.filter(product -> request.all("handle").contains(product.text("handle")));
        if (request.asksFor("external_id"))
            hits = hits.filter(product -> request.all("external_id").contains(product.text("external_id")));
        if (request.asksFor("variants[sku]")) {
            hits = hits.filter(
                    product -> product.ofVariants("sku").stream().anyMatch(request.all("variants[sku]")::contains));
        }
        if (request.asksFor("status"))
            hits = hits.filter(product -> request.all("status").contains(product.status()));
        if (request.asksFor("sales_channel_id"))
            hits = hits.filter(product -> meets(product.channels, request.all("sales_channel_id")));
        if (request.asksFor("category_id"))
            hits = hits.filter(product -> meets(product.categories, request.all("category_id")));
        if (request.asksFor("q")) {
            var words = request.first("q").toLowerCase();
            hits = hits.filter(product -> Stream.concat(
                            Stream.of("title", "subtitle", "description", "handle")
                                    .map(product::text),
                            product.variants.stream()
                                    .flatMap(variant -> Stream.of(variant.text("title"), variant.text("sku"))))
                    .anyMatch(text -> text != null && text.toLowerCase().contains(words)));
        }
        for (var time : List.of("created_at", "updated_at"))
            hits = hits.filter(product -> inTime(request, time, product.text(time)));
        return ordered(hits, request.first("order"));
    }

    /** The narrowest index the query can use, so that a look-up among ten thousand products stays a look-up. */
    private Collection<Product> start(Request request) {
        if (request.asksFor("handle")) return shop.products.by(Shop.HANDLE, request.all("handle"));
        if (request.asksFor("variants[sku]")) return shop.products.by(Shop.SKU, request.all("variants[sku]"));
        if (request.asksFor("external_id")) return shop.products.by(Shop.EXTERNAL_ID, request.all("external_id"));
        if (request.asksFor("id"))
            return request.all("id").stream()
                    .sorted()
                    .map(shop.products::get)
                    .filter(Objects::nonNull)
                    .toList();
        return shop.products.all();
    }

    private static List<Product> ordered(Stream<Product> hits, String order) {
        if (order == null) return hits.toList();
        var down = order.startsWith("-");
        var column = down ? order.substring(1) : order;
        var comparator = Comparator.comparing(
                (Product product) -> product.columns.path(column).asText());
        return hits.sorted(down ? comparator.reversed() : comparator).toList();
    }

    private static boolean inTime(Request request, String name, String time) {
        return compares(request, name + "[$gte]", time, 0, 1)
                && compares(request, name + "[$gt]", time, 1, 1)
                && compares(request, name + "[$lte]", time, 0, -1)
                && compares(request, name + "[$lt]", time, -1, -1);
    }

    private static boolean compares(Request request, String parameter, String time, int... allowed) {
        if (!request.asksFor(parameter)) return true;
        var result = Integer.signum(Instant.parse(time).compareTo(Instant.parse(request.first(parameter))));
        for (int sign : allowed) if (sign == result) return true;
        return false;
    }

    private JsonNode create(Request request) {
        Shapes.PRODUCT.check(request.body());
        var ids = writer.create(List.of(request.object()), Reach.ALL);
        return wrapped("product", seen(request, ids.get(0), null));
    }

    private JsonNode update(Request request) {
        Shapes.PRODUCT_UPDATE.check(request.body());
        var id = request.id("id");
        shop.product(id);
        writer.update(List.of(request.object().deepCopy().put("id", id)), Reach.ALL);
        return wrapped("product", seen(request, id, null));
    }

    private Answer batch(Request request) {
        Shapes.PRODUCT_BATCH.check(request.body());
        var creates = objects(request.object().path("create"));
        var updates = objects(request.object().path("update"));
        var deletes = texts(request.object().path("delete"));
        var death = faults.nextDeathInMidBatch(request);
        var reach = death.map(AdminProducts::reach).orElse(Reach.ALL);

        var unknown = updates.stream()
                .map(body -> body.get("id").textValue())
                .filter(id -> !shop.products.has(id))
                .toList();
        if (!unknown.isEmpty())
            throw MedusaError.notFound("Unable to update the products with ids: " + String.join(", ", unknown));
        writer.update(updates, reach);
        var created = createdBeside(updates, creates, reach);
        if (death.isPresent()) return Answer.silence();
        writer.delete(deletes);

        var fields = Fields.of(request.first("fields"), View.PRODUCT);
        var reply = JsonNodeFactory.instance.objectNode();
        var createdViews = reply.putArray("created");
        created.forEach(id -> createdViews.add(view.product(shop.product(id), fields)));
        var updatedViews = reply.putArray("updated");
        updates.forEach(body ->
                updatedViews.add(view.product(shop.product(body.get("id").textValue()), fields)));
        reply.set("deleted", deleted(deletes, "product"));
        return Answer.of(200, reply);
    }

    /** Creating beside updates is the trap of this route: when the create fails, the update is undone badly. */
    private List<String> createdBeside(List<ObjectNode> updates, List<ObjectNode> creates, Reach reach) {
        try {
            return writer.create(creates, reach);
        } catch (MedusaError refused) {
            throw refused.leaving(() -> writer.loseUpdatedPrices(updates));
        }
    }

    private static Reach reach(Leaving leaving) {
        return leaving == Leaving.PRODUCTS_WITHOUT_VARIANTS ? Reach.PRODUCTS : Reach.VARIANTS;
    }

    private JsonNode optionsBatch(Request request) {
        Shapes.OPTION_BATCH.check(request.body());
        writer.changeOptions(request.id("id"), request.object());
        return wrapped("product", seen(request, request.id("id"), null));
    }

    private JsonNode variantsOf(Request request) {
        var product = shop.product(request.id("id"));
        var fields = Fields.of(request.first("fields"), View.VARIANT);
        var hits = product.variantsUnordered().stream()
                .filter(variant -> matches(request, variant))
                .toList();
        return page(request, "variants", hits, PAGE, variant -> view.variant(product, variant, fields));
    }

    private JsonNode variants(Request request) {
        var fields = Fields.of(request.first("fields"), View.VARIANT);
        var products = request.asksFor("sku") ? shop.products.by(Shop.SKU, request.all("sku")) : shop.products.all();
        record Hit(Product product, Variant variant) {}
        var hits = products.stream()
                .filter(product -> !request.asksFor("product_id")
                        || request.all("product_id").contains(product.id()))
                .flatMap(product -> product.variantsUnordered().stream().map(variant -> new Hit(product, variant)))
                .filter(hit -> matches(request, hit.variant()))
                .toList();
        return page(request, "variants", hits, PAGE, hit -> view.variant(hit.product(), hit.variant(), fields));
    }

    private static boolean matches(Request request, Variant variant) {
        return (!request.asksFor("sku") || request.all("sku").contains(variant.text("sku")))
                && (!request.asksFor("id") || request.all("id").contains(variant.id()));
    }

    private JsonNode variantsBatch(Request request) {
        Shapes.VARIANT_BATCH.check(request.body());
        var id = request.id("id");
        var creates = objects(request.object().path("create"));
        var updates = objects(request.object().path("update"));
        var deletes = texts(request.object().path("delete"));

        writer.updateVariants(id, updates);
        var created = addedBeside(id, updates, creates);
        writer.deleteVariants(id, deletes);

        var product = shop.product(id);
        var fields = Fields.of(request.first("fields"), View.VARIANT);
        var reply = JsonNodeFactory.instance.objectNode();
        var createdViews = reply.putArray("created");
        created.forEach(variantId -> createdViews.add(view.variant(product, product.variant(variantId), fields)));
        var updatedViews = reply.putArray("updated");
        updates.stream()
                .map(body -> product.variant(body.get("id").textValue()))
                .filter(Objects::nonNull)
                .forEach(variant -> updatedViews.add(view.variant(product, variant, fields)));
        reply.set("deleted", deleted(deletes, "variant"));
        return reply;
    }

    /** As with products, a failing create takes the prices of the variants updated beside it, though their titles come back. */
    private List<String> addedBeside(String productId, List<ObjectNode> updates, List<ObjectNode> creates) {
        try {
            return creates.isEmpty() ? List.of() : writer.addVariants(productId, creates);
        } catch (MedusaError refused) {
            var repriced = updates.stream()
                    .filter(body -> body.has("prices"))
                    .map(body -> body.get("id").textValue())
                    .toList();
            throw refused.leaving(() -> writer.losePrices(productId, repriced));
        }
    }

    private JsonNode addVariant(Request request) {
        Shapes.VARIANT.check(request.body());
        writer.addVariants(request.id("id"), List.of(request.object()));
        return wrapped("product", seen(request, request.id("id"), null));
    }

    private JsonNode variant(Request request) {
        var product = shop.product(request.id("id"));
        return wrapped(
                "variant",
                view.variant(product, variant(product, request), Fields.of(request.first("fields"), View.VARIANT)));
    }

    private JsonNode updateVariant(Request request) {
        Shapes.VARIANT_UPDATE.check(request.body());
        writer.updateVariants(
                request.id("id"), List.of(request.object().deepCopy().put("id", request.id("variant"))));
        return wrapped("product", seen(request, request.id("id"), null));
    }

    private JsonNode deleteVariant(Request request) {
        writer.deleteVariants(request.id("id"), List.of(request.id("variant")));
        var reply = Routes.deleted(request.id("variant"), "variant");
        return reply.set("parent", seen(request, request.id("id"), null));
    }

    private JsonNode linkItem(Request request) {
        Shapes.VARIANT_STOCK.check(request.body());
        variant(shop.product(request.id("id")), request);
        var body = request.object();
        var required = body.get("required_quantity").intValue();
        writer.link(
                request.id("id"),
                request.id("variant"),
                body.get("inventory_item_id").textValue(),
                required);
        return variant(request);
    }

    private JsonNode renameOption(Request request) {
        Shapes.OPTION_UPDATE.check(request.body());
        var id = request.id("id");
        var title = request.object().get("title");
        var owner = ownerOfOption(id);
        if (title != null)
            writer.change(owner.id(), product -> product.option(id).columns().set("title", title));
        return wrapped(
                "product_option",
                Columns.OPTION.view(shop.product(owner.id()).option(id).columns(), Fields.of(null, "*")));
    }

    private JsonNode renameValue(Request request) {
        Shapes.OPTION_VALUE_UPDATE.check(request.body());
        var id = request.id("id");
        var valueId = request.id("value");
        var owner = ownerOfOption(id);
        if (owner.option(id).value(valueId) == null) {
            throw MedusaError.notFound(
                    "Product option value with id \"" + valueId + "\" was not found for option with id \"" + id + "\"");
        }
        var value = request.object().get("value");
        if (value != null)
            writer.change(
                    owner.id(), product -> product.option(id).value(valueId).set("value", value));
        var row = shop.product(owner.id()).option(id).value(valueId);
        return wrapped("product_option_value", Columns.OPTION_VALUE.view(row, Fields.of(null, "*")));
    }

    private Product ownerOfOption(String optionId) {
        return shop.products.all().stream()
                .filter(product -> product.option(optionId) != null)
                .findFirst()
                .orElseThrow(() -> MedusaError.notFound("Product option with id \"" + optionId + "\" not found"));
    }

    private static Variant variant(Product product, Request request) {
        return Optional.ofNullable(product.variant(request.id("variant")))
                .orElseThrow(() -> MedusaError.notFound("Product variant not found"));
    }

    private ObjectNode seen(Request request, String id, String otherwise) {
        var product = shop.products.get(id);
        if (product == null) throw MedusaError.notFound(otherwise);
        return view.product(product, Fields.of(request.first("fields"), View.PRODUCT));
    }

    private static ObjectNode deleted(List<String> ids, String object) {
        var deleted = JsonNodeFactory.instance.objectNode();
        ids.forEach(deleted.putArray("ids")::add);
        return deleted.put("object", object).put("deleted", true);
    }

    private static boolean meets(Collection<String> some, Collection<String> others) {
        return some.stream().anyMatch(others::contains);
    }
}
