package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.products.medusa.MedusaErrors.Verdict;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * The shop as a place to put products: a page of products goes in, and whatever the shop had before, it has them as asked afterwards.
 *
 * <p>It looks before it writes, sends only what differs, and looks again after anything that was refused, so a write that was cut off
 * anywhere is completed by the next one. Two writes of the same product must not run at the same time: Medusa has no version check.
 */
public final class MedusaShop implements ShopWriter {
    /** Looks at a product within one write. Enough to add options, variants and stock, and to be disturbed a few times. */
    private static final int MAX_LOOKS = 6;

    /** The handles stand in the request line, which must stay well under 16 KB. */
    private static final int MAX_QUERY_BYTES = 8_000;

    private final AdminApi api;
    private final ShopSettings settings;
    private final FieldOwners owners;
    private final Categories categories;
    private volatile Shop shop;
    /** Null when Arabic stands in metadata alone. */
    private volatile Translations translations;

    /** With {@link FieldOwners#DEFAULT}. */
    public MedusaShop(Port medusa, ShopSettings settings, Clock clock) {
        this(medusa, settings, FieldOwners.DEFAULT, clock);
    }

    /**
     * @param medusa the server, authenticated; paths sent to it start with {@code /admin}
     * @param owners who decides about which field
     */
    public MedusaShop(Port medusa, ShopSettings settings, FieldOwners owners, Clock clock) {
        this.api = new AdminApi(medusa, clock);
        this.settings = settings;
        this.owners = owners;
        this.categories = new Categories(api);
    }

    /**
     * Finds the sales channel, stock location and shipping profile. Meant for the start, so that a wrong setting stops it; a write does it
     * when it has not been done.
     *
     * @throws BadSettings       when one is missing; the message says what to set
     * @throws TargetUnavailable when Medusa does not answer
     */
    public void open() {
        if (!settings.arabicLocale().isBlank()) translations = Translations.open(api, settings);
        shop = new Shop(api, settings, owners, Place.find(api, settings), categories);
    }

    @Override
    public List<Outcome> write(List<ObjectNode> products) {
        return inRounds(products.stream().map(MedusaShop::job).toList(), this::writeRound);
    }

    @Override
    public List<Outcome> draft(List<String> handles) {
        return inRounds(handles.stream().map(Job::new).toList(), this::draftRound);
    }

    private static Job job(ObjectNode json) {
        try {
            return new Job(ShopProduct.of(json));
        } catch (BadMessage e) {
            var job = new Job(json.path("handle").asText());
            job.fail(Outcome.Kind.BAD_MESSAGE, e.getMessage());
            return job;
        }
    }

    /** A product that is there twice is written twice, one after the other. What keeps us from the shop ends it for all that are left. */
    private List<Outcome> inRounds(List<Job> jobs, Consumer<List<Job>> round) {
        var left = jobs.stream().filter(Job::open).toList();
        while (!left.isEmpty()) {
            var handles = new LinkedHashSet<String>();
            var now = left.stream().filter(job -> handles.add(job.handle)).toList();
            try {
                if (shop == null) open();
                round.accept(now);
            } catch (TargetUnavailable e) {
                jobs.stream().filter(Job::open).forEach(job -> job.fail(e));
            } catch (BadSettings e) {
                jobs.stream().filter(Job::open).forEach(job -> job.fail(Outcome.Kind.BAD_SETTINGS, e.getMessage()));
            }
            left = left.stream().filter(Job::open).toList();
        }
        return jobs.stream().map(job -> job.outcome).toList();
    }

    private void writeRound(List<Job> jobs) {
        bring(jobs);
        if (translations != null) translate(jobs.stream().filter(Job::inOrder).toList());
    }

    private void translate(List<Job> jobs) {
        var products = new LinkedHashMap<String, ShopProduct>();
        jobs.forEach(job -> products.put(job.id, job.product));
        try {
            var changed = translations.bring(products, categories.ids());
            jobs.stream().filter(job -> changed.contains(job.id)).forEach(job -> {
                job.wrote = true;
                job.settle();
            });
        } catch (TargetUnavailable e) {
            jobs.forEach(job -> job.fail(e));
        } catch (Refusal e) {
            jobs.forEach(job -> job.fail(Outcome.Kind.BAD_MESSAGE, e.getMessage()));
        }
    }

    private void bring(List<Job> jobs) {
        var fresh = new NewProducts(shop);
        var known = new KnownProducts(shop);
        for (int look = 0; look < MAX_LOOKS; look++) {
            var listed = lookUp(open(jobs));
            ensureCategories(open(jobs));
            fresh.create(open(jobs).stream()
                    .filter(job -> !listed.containsKey(job.handle))
                    .toList());
            known.change(
                    open(jobs).stream()
                            .filter(job -> listed.containsKey(job.handle))
                            .toList(),
                    listed);
            if (open(jobs).isEmpty()) return;
        }
        for (var job : open(jobs)) {
            if (job.problem != null) job.settle();
            else
                job.fail(
                        Outcome.Kind.HEALS,
                        "product \"" + job.handle + "\" was still not in order after " + MAX_LOOKS + " looks"
                                + (job.surprise == null ? "" : ": " + job.surprise));
        }
    }

    private void draftRound(List<Job> jobs) {
        var patches = new LinkedHashMap<Job, ObjectNode>();
        var listed = new HashMap<String, JsonNode>();
        lookUp(jobs, "id,handle,status")
                .forEach(product -> listed.put(product.path("handle").asText(), product));
        for (var job : jobs) {
            var product = listed.get(job.handle);
            if (product == null) {
                job.outcome = new Outcome.Absent(job.handle);
                continue;
            }
            job.id = product.path("id").asText();
            if (product.path("status").asText().equals("draft")) job.settle();
            else patches.put(job, Json.object().put("id", job.id).put("status", "draft"));
        }
        shop.patch(patches, (job, refusal) -> {
            // Deleted since we looked: then it is off sale as well.
            if (refusal.verdict() == Verdict.LOOK_UP) job.outcome = new Outcome.Absent(job.handle);
            else job.problem(refusal.getMessage());
        });
        open(jobs).forEach(Job::settle);
    }

    private static List<Job> open(List<Job> jobs) {
        return jobs.stream().filter(Job::open).toList();
    }

    private Map<String, Listed> lookUp(List<Job> jobs) {
        var listed = new HashMap<String, Listed>();
        for (var product : lookUp(jobs, Listed.FIELDS)) {
            var one = Listed.of(product, shop.place().stockLocation());
            listed.put(one.handle(), one);
        }
        return listed;
    }

    private List<JsonNode> lookUp(List<Job> jobs, String fields) {
        var found = new ArrayList<JsonNode>();
        ToIntFunction<Job> queryBytes =
                job -> AdminApi.query("handle", List.of(job.handle)).length();
        for (var batch : Batches.of(jobs, settings.productsPerBatch(), MAX_QUERY_BYTES, queryBytes)) {
            var handles = batch.stream().map(job -> job.handle).toList();
            var path = "/admin/products?limit=" + handles.size() + "&fields=" + fields + "&"
                    + AdminApi.query("handle", handles);
            for (var product : api.get(path).path("products")) {
                if (handles.contains(product.path("handle").asText())) found.add(product);
            }
        }
        return found;
    }

    private void ensureCategories(List<Job> jobs) {
        var refused = categories.ensure(
                jobs.stream().flatMap(job -> job.product.categories().stream()).toList());
        if (refused.isEmpty()) return;
        for (var job : jobs) {
            for (var category : job.product.categories()) {
                var refusal = refused.get(category.handle());
                if (refusal != null) job.problem("category \"" + category.handle() + "\": " + refusal.getMessage());
            }
            if (job.problem != null) job.settle();
        }
    }
}
