package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.MedusaErrors.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What creating and changing products share: the calls, and what a refusal of one product means. */
record Shop(AdminApi api, ShopSettings settings, FieldOwners owners, Place place, Categories categories) {
    private static final int MAX_LEVELS_PER_CALL = 1_000;

    private static final Pattern EXISTING_VARIANT = Pattern.compile("Product variant with sku: (.+), already exists");
    private static final Pattern EXISTING_ITEM = Pattern.compile("Inventory item with sku: (.+), already exists");
    private static final Pattern NAMED_HANDLE =
            Pattern.compile("Product with handle: (.+), already exists|Invalid product handle '(.+)'");
    private static final Pattern NAMED_INDEX = Pattern.compile("'create, (\\d+)");

    /** Stock to be written for one of a product's variants. */
    record JobLevel(Job job, Changes.Level level) {}

    /** {@code {"create": […]}} or another verb: only ever one of them, because Medusa does not undo a mixed call that fails. */
    static ObjectNode body(String verb, List<? extends JsonNode> items) {
        var body = Json.object();
        body.putArray(verb).addAll(items);
        return body;
    }

    /** Writes product fields, many products a call. */
    void patch(Map<Job, ObjectNode> patches, BiConsumer<Job, Refusal> refused) {
        var sending = new Halving<Job>(
                some -> {
                    api.post(
                            "/admin/products/batch?fields=id",
                            body("update", some.stream().map(patches::get).toList()));
                    some.forEach(job -> job.wrote = true);
                },
                refused,
                Job::fail,
                (refusal, batch) -> List.of());
        var jobs = List.copyOf(patches.keySet());
        Batches.of(jobs, settings.productsPerBatch(), settings.maxBodyBytes(), job -> Json.bytes(patches.get(job))
                        .length)
                .forEach(sending::send);
    }

    /**
     * Writes stock, many products a call, first what is new at our location and then the rest.
     *
     * @return those that were refused; their jobs know why
     */
    List<JobLevel> stock(List<JobLevel> levels) {
        var refused = new ArrayList<JobLevel>();
        for (var create : List.of(true, false)) {
            var verb = create ? "create" : "update";
            var some = levels.stream()
                    .filter(one -> one.level.create() == create && one.job.open())
                    .toList();
            var sending = new Halving<JobLevel>(
                    batch -> {
                        api.post(
                                "/admin/inventory-items/location-levels/batch",
                                body(verb, batch.stream().map(this::json).toList()));
                        batch.forEach(one -> one.job.wrote = true);
                    },
                    (one, refusal) -> {
                        refused.add(one);
                        refused(one.job, refusal);
                    },
                    (one, unavailable) -> one.job.fail(unavailable),
                    (refusal, batch) -> List.of());
            Batches.of(some, MAX_LEVELS_PER_CALL, settings.maxBodyBytes(), one -> Json.bytes(json(one)).length)
                    .forEach(sending::send);
        }
        return refused;
    }

    private ObjectNode json(JobLevel one) {
        return Json.object()
                .put("inventory_item_id", one.level.itemId())
                .put("location_id", place.stockLocation())
                .put("stocked_quantity", one.level.quantity());
    }

    /** Those of a batch of new products that a refusal names. */
    static List<Job> named(Refusal refusal, List<Job> batch) {
        var handle = NAMED_HANDLE.matcher(refusal.said());
        if (handle.find()) {
            var named = handle.group(1) != null ? handle.group(1) : handle.group(2);
            return batch.stream().filter(job -> job.handle.equals(named)).toList();
        }
        var sku = sku(refusal);
        if (sku != null)
            return batch.stream()
                    .filter(job -> job.product.skus().contains(sku))
                    .toList();
        var index = NAMED_INDEX.matcher(refusal.said());
        if (index.find() && Integer.parseInt(index.group(1)) < batch.size())
            return List.of(batch.get(Integer.parseInt(index.group(1))));
        return List.of();
    }

    /** Medusa refused a call that was about this product alone: whose fault it is, and whether looking again can help. */
    void refused(Job job, Refusal refusal) {
        var sku = sku(refusal);
        if (sku == null) {
            if (refusal.status() == 404 && refusal.said().contains("product_category_id"))
                categories.forget(job.product);
            if (refusal.said().contains("since they have reservations")) job.reserved = true;
            else if (refusal.verdict() == Verdict.LOOK_UP) job.surprise = refusal.getMessage();
            else job.problem(refusal.getMessage());
            return;
        }
        job.surprise = refusal.getMessage();
        var query = AdminApi.query("sku", List.of(sku));
        for (var variant : api.get("/admin/product-variants?fields=id,sku,product.handle&" + query)
                .path("variants")) {
            var owner = variant.path("product").path("handle").asText("");
            if (variant.path("sku").asText().equals(sku) && !owner.equals(job.handle)) {
                job.problem("sku \"" + sku + "\" belongs to product \"" + owner + "\" in the shop already");
                return;
            }
        }
        if (EXISTING_ITEM.matcher(refusal.said()).find())
            orphan(job, sku).ifPresent(item -> job.orphans.put(sku, item));
    }

    /** The inventory item that bears a SKU and counts nothing. One that counts another variant is a problem of the job. */
    Optional<String> orphan(Job job, String sku) {
        var query = AdminApi.query("sku", List.of(sku));
        for (var item : api.get("/admin/inventory-items?fields=id,sku,variants.id,variants.sku&" + query)
                .path("inventory_items")) {
            if (!item.path("sku").asText().equals(sku)) continue;
            var user = item.path("variants").path(0).path("sku").asText("");
            if (user.isEmpty()) return Optional.of(item.path("id").asText());
            job.problem("the inventory item of sku \"" + sku + "\" counts sku \"" + user + "\" in the shop");
        }
        return Optional.empty();
    }

    private static String sku(Refusal refusal) {
        for (var pattern : List.of(EXISTING_VARIANT, EXISTING_ITEM)) {
            Matcher found = pattern.matcher(refusal.said());
            if (found.find()) return found.group(1);
        }
        return null;
    }
}
