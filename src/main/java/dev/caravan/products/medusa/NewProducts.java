package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.Shop.JobLevel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Creates products the shop does not have: one call for the page, one for the stock of all its variants. */
final class NewProducts {
    private static final String PATH =
            "/admin/products/batch?fields=id,handle,variants.sku,variants.inventory_items.inventory_item_id";

    private final Shop shop;

    NewProducts(Shop shop) {
        this.shop = shop;
    }

    /** Jobs that stay open have to be looked at again. */
    void create(List<Job> jobs) {
        var bodies = new HashMap<Job, ObjectNode>();
        var sizes = new HashMap<Job, Integer>();
        for (var job : jobs) {
            job.surprise = null;
            var body = Changes.creation(
                    job.product, shop.place(), shop.categories().ids(job.product), job.orphans, shop.owners());
            bodies.put(job, body);
            sizes.put(job, Json.bytes(body).length);
            if (sizes.get(job) > shop.settings().maxBodyBytes()) {
                job.problem(sizes.get(job) + " bytes are more than the "
                        + shop.settings().maxBodyBytes() + " a call to Medusa may have");
                job.settle();
            }
        }
        var fitting = jobs.stream().filter(Job::open).toList();
        var levels = new ArrayList<JobLevel>();
        var sending = new Halving<Job>(
                some -> take(
                        shop.api()
                                .post(
                                        PATH,
                                        Shop.body(
                                                "create",
                                                some.stream().map(bodies::get).toList())),
                        some,
                        levels),
                (job, refusal) -> {
                    shop.refused(job, refusal);
                    if (job.problem != null) job.settle();
                },
                Job::fail,
                Shop::named);
        Batches.of(fitting, shop.settings().productsPerBatch(), shop.settings().maxBodyBytes(), sizes::get)
                .forEach(sending::send);
        shop.stock(levels);
        for (var job : jobs)
            if (job.open() && job.created && job.surprise == null && complete(job, levels)) job.settle();
    }

    private static void take(JsonNode answer, List<Job> jobs, List<JobLevel> levels) {
        var created = new HashMap<String, JsonNode>();
        answer.path("created")
                .forEach(product -> created.put(product.path("handle").asText(), product));
        for (var job : jobs) {
            var product = created.get(job.handle);
            if (product == null) continue;
            job.created = true;
            job.id = product.path("id").asText();
            var items = items(product);
            for (var variant : job.product.variants()) {
                var item = items.get(variant.sku());
                // An inventory item that was there before may be stocked already: the next look tells.
                if (variant.managed() && item != null && !job.orphans.containsValue(item)) {
                    levels.add(new JobLevel(job, new Changes.Level(item, variant.stock(), true)));
                }
            }
        }
    }

    private static Map<String, String> items(JsonNode product) {
        var items = new HashMap<String, String>();
        for (var variant : product.path("variants")) {
            var item = variant.path("inventory_items")
                    .path(0)
                    .path("inventory_item_id")
                    .asText("");
            if (!item.isEmpty()) items.put(variant.path("sku").asText(), item);
        }
        return items;
    }

    /** Whether each variant whose stock counts has got it. */
    private static boolean complete(Job job, List<JobLevel> levels) {
        long counted = job.product.variants().stream()
                .filter(ShopProduct.Variant::managed)
                .count();
        return job.problem == null
                && levels.stream().filter(one -> one.job() == job).count() == counted;
    }
}
