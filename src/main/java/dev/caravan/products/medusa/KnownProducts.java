package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.Shop.JobLevel;
import dev.caravan.products.medusa.ShopSettings.VariantsGone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Brings products the shop has up to date. Variants come before the product itself, so that what goes on sale is complete. */
final class KnownProducts {
    private final Shop shop;

    /** Products in a row on which Medusa broke with a 500. */
    private int broken;

    KnownProducts(Shop shop) {
        this.shop = shop;
    }

    /** Jobs that stay open have to be looked at again. */
    void change(List<Job> jobs, Map<String, Listed> listed) {
        var changes = new LinkedHashMap<Job, Changes>();
        for (var job : jobs) {
            var current = listed.get(job.handle);
            job.id = current.id();
            job.surprise = null;
            var gone =
                    job.reserved ? VariantsGone.OUT_OF_STOCK : shop.settings().variantsGone();
            var change = Changes.between(
                    job.product,
                    current,
                    shop.place(),
                    shop.categories().ids(job.product),
                    gone,
                    job.orphans,
                    shop.owners());
            if (change.none()) job.settle();
            else if (job.problem != null) pieceByPiece(job, change);
            else changes.put(job, change);
        }
        // What is to disappear from the shop does so before anything else can go wrong.
        patch(changes, job -> job.product.draft() && changes.get(job).patch().has("status"));
        changes.forEach((job, change) -> {
            if (job.open() && change.structural()) attempt(job, () -> restructure(job, change));
        });
        changes.values().removeIf(Changes::structural);
        shop.stock(levels(changes));
        changes.forEach((job, change) -> {
            if (undisturbed(job)) attempt(job, () -> updateVariants(job, change.update()));
        });
        patch(changes, job -> !(job.product.draft() && changes.get(job).patch().has("status")));
        changes.forEach((job, change) -> {
            if (undisturbed(job) && !change.startsCounting()) job.settle();
        });
    }

    /** Whether all we sent for it so far was done. */
    private static boolean undisturbed(Job job) {
        return job.open() && job.surprise == null && job.problem == null;
    }

    private static List<JobLevel> levels(Map<Job, Changes> changes) {
        var levels = new ArrayList<JobLevel>();
        changes.forEach((job, change) -> {
            if (undisturbed(job)) change.levels().forEach(level -> levels.add(new JobLevel(job, level)));
        });
        return levels;
    }

    private void patch(Map<Job, Changes> changes, Predicate<Job> which) {
        var patches = new LinkedHashMap<Job, ObjectNode>();
        changes.forEach((job, change) -> {
            if (undisturbed(job) && !change.patch().isEmpty() && which.test(job))
                patches.put(job, withId(job.id, change.patch()));
        });
        shop.patch(patches, shop::refused);
    }

    /** Adds and takes away what the rest depends on; a value of an option before the variant that has it. */
    private void restructure(Job job, Changes change) {
        if (!change.newValues().isEmpty()) post(job, "/options/batch", Shop.body("update", list(change.newValues())));
        if (!change.newOptions().isEmpty()) post(job, "/options/batch", Shop.body("add", list(change.newOptions())));
        for (var some : portions(change.create())) post(job, "/variants/batch", Shop.body("create", some));
        for (var variant : change.itemless()) attach(job, variant);
        if (!change.delete().isEmpty()) {
            post(
                    job,
                    "/variants/batch",
                    Shop.body(
                            "delete",
                            change.delete().stream().map(TextNode::valueOf).toList()));
        }
    }

    private void updateVariants(Job job, List<ObjectNode> update) {
        for (var some : portions(update)) post(job, "/variants/batch", Shop.body("update", some));
    }

    /** Gives a variant something to count its stock with: the item that bears its SKU already, or a new one. */
    private void attach(Job job, Changes.Itemless variant) {
        var orphan = shop.orphan(job, variant.sku());
        if (orphan.isEmpty() && job.problem != null) return;
        var item = orphan.orElseGet(() -> newItem(variant.sku()));
        var link = Json.object().put("inventory_item_id", item).put("required_quantity", 1);
        post(job, "/variants/" + variant.variantId() + "/inventory-items", link);
    }

    private String newItem(String sku) {
        var created = shop.api()
                .post("/admin/inventory-items?fields=id", Json.object().put("sku", sku));
        return created.path("inventory_item").path("id").asText();
    }

    /**
     * After Medusa has refused something for good: what it refused may be half done (prices gone, titles new), so the product was looked at
     * again, and now each difference is sent alone. What can be put in order is, and the rest is reported.
     */
    private void pieceByPiece(Job job, Changes change) {
        var done = new ArrayList<JsonNode>();
        change.newValues()
                .forEach(one ->
                        attempt(job, () -> done.add(post(job, "/options/batch", Shop.body("update", List.of(one))))));
        change.newOptions()
                .forEach(one ->
                        attempt(job, () -> done.add(post(job, "/options/batch", Shop.body("add", List.of(one))))));
        change.create()
                .forEach(one ->
                        attempt(job, () -> done.add(post(job, "/variants/batch", Shop.body("create", List.of(one))))));
        change.itemless().forEach(one -> attempt(job, () -> attach(job, one)));
        // Something new is there, to be stocked and priced: that shows when we look again.
        if (!done.isEmpty()) return;
        // The stock in a variant's metadata is what we last wrote: it must not say so when we did not.
        boolean stocked = shop.stock(change.levels().stream()
                        .map(level -> new JobLevel(job, level))
                        .toList())
                .isEmpty();
        for (var fields : change.update()) {
            boolean taken = true;
            for (var piece : pieces(fields)) {
                if (stocked || !piece.has("metadata")) {
                    var sent = taken ? piece : withoutMemory(piece);
                    taken &= attempt(job, () -> updateVariants(job, List.of(sent)));
                }
            }
        }
        var refused = new ArrayList<Refusal>();
        for (var piece : pieces(withId(job.id, change.patch()))) {
            shop.patch(Map.of(job, refused.isEmpty() ? piece : withoutMemory(piece)), (same, refusal) -> {
                refused.add(refusal);
                shop.refused(same, refusal);
            });
        }
        if (job.open()) job.settle();
    }

    /** Of what was refused, nobody is to believe that we wrote it. */
    private static ObjectNode withoutMemory(ObjectNode piece) {
        if (piece.path("metadata") instanceof ObjectNode metadata) metadata.remove(Ownership.WRITTEN_KEY);
        return piece;
    }

    /** One for each field, metadata last. */
    private static List<ObjectNode> pieces(ObjectNode fields) {
        return fields.properties().stream()
                .filter(field -> !field.getKey().equals("id"))
                .map(field -> withId(
                        fields.path("id").asText(), (ObjectNode) Json.object().set(field.getKey(), field.getValue())))
                .toList();
    }

    /** Whether it was done. */
    private boolean attempt(Job job, Runnable work) {
        if (!job.open()) return false;
        try {
            work.run();
            broken = 0;
            return true;
        } catch (Refusal e) {
            broken = 0;
            shop.refused(job, e);
        } catch (TargetUnavailable e) {
            if (!Halving.broke(e) || ++broken >= Halving.SICK) throw e;
            job.fail(e);
        }
        return false;
    }

    private JsonNode post(Job job, String path, ObjectNode body) {
        var answer = shop.api().post("/admin/products/" + job.id + path + "?fields=id", body);
        job.wrote = true;
        return answer;
    }

    private static ObjectNode withId(String id, ObjectNode fields) {
        return Json.object().put("id", id).setAll(fields);
    }

    private List<List<ObjectNode>> portions(List<ObjectNode> items) {
        return Batches.of(items, Integer.MAX_VALUE, shop.settings().maxBodyBytes(), item -> Json.bytes(item).length);
    }

    private static List<JsonNode> list(Iterable<JsonNode> items) {
        var list = new ArrayList<JsonNode>();
        items.forEach(list::add);
        return list;
    }
}
