package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import dev.caravan.products.ProductKey;
import dev.caravan.products.pimcore.Mutations.Operation;
import dev.caravan.products.pimcore.Mutations.Result;
import dev.caravan.products.pimcore.PimcoreErrors.Remedy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Writes products to Pimcore, a page at a time, so that writing the same again sends nothing and a write that broke off is completed by
 * the next one.
 *
 * <p>A write looks what Pimcore has (one request for the page), and then sends, step by step, what is missing: the categories, the product
 * (unpublished), its variants, and last the product's content hash together with its content and, if it is to be, its publication. When an
 * answer surprises (somebody was faster, there was no answer) it looks again and goes on from what it finds.
 *
 * <p>Who decides what is published: Caravan publishes a product once, when it is complete for the first time. After that it never touches
 * the flag, so a product or variant that a person took off stays off. Variants that the source no longer has are unpublished by Caravan,
 * and published again when the source has them again. Safe for use by several threads, and by several instances at once.
 */
public final class PimcoreProducts implements PimcoreWriter {
    /**
     * @param objectsPerRequest how many objects one request may write, at least 1; ten take Pimcore about half a second
     * @param unpublishGone     whether variants that the source no longer has are unpublished
     */
    public record Settings(int objectsPerRequest, boolean unpublishGone) {
        public static final Settings DEFAULT = new Settings(10, true);

        public Settings {
            if (objectsPerRequest < 1)
                throw new IllegalArgumentException("objects per request must be at least 1, not " + objectsPerRequest);
        }
    }

    private static final int MOST_SURPRISES = 3;

    private final PimcoreMapping mapping;
    private final Settings settings;
    private final Lookup lookup;
    private final Mutations mutations;
    private final Map<String, String> knownCategories = new ConcurrentHashMap<>();

    /** @param pimcore its base URL is the Data Hub endpoint, and it adds the API key */
    public PimcoreProducts(Port pimcore, PimcoreMapping mapping, Settings settings, Clock clock) {
        var hub = new DataHub(pimcore, clock);
        this.mapping = mapping;
        this.settings = settings;
        this.lookup = new Lookup(hub);
        this.mutations = new Mutations(hub, settings.objectsPerRequest);
    }

    @Override
    public String digest(PimcoreWrite write) {
        return mapping.digest(write);
    }

    @Override
    public List<Outcome> upsert(List<PimcoreWrite> writes) {
        var outcomes = new Outcome[writes.size()];
        var left = new ArrayList<Integer>();
        for (int i = 0; i < writes.size(); i++) left.add(i);
        while (!left.isEmpty()) {
            var page = new ArrayList<Integer>();
            var later = new ArrayList<Integer>();
            var keys = new HashSet<ProductKey>();
            for (int i : left) (keys.add(writes.get(i).key()) ? page : later).add(i);
            var works = page.stream().map(i -> new Work(writes.get(i))).toList();
            write(works);
            for (int n = 0; n < page.size(); n++) outcomes[page.get(n)] = works.get(n).outcome;
            left = later;
        }
        return Arrays.asList(outcomes);
    }

    /**
     * Publishes a product that is there, as a person does by a button in Pimcore.
     *
     * @throws BadMessage        when Pimcore refuses; the message says why
     * @throws TargetUnavailable when there was no answer; it may be published all the same
     * @throws BadSettings       when key or endpoint are wrong
     */
    public void publish(String id) {
        var input = Json.object().put("published", true);
        var result =
                mutations.send(List.of(Operation.update("Product", id, input))).get(0);
        if (result instanceof Result.Refused refused) throw new BadMessage(PimcoreErrors.explained(refused.message()));
        if (result instanceof Result.Unsure unsure) throw unsure.cause();
        if (result instanceof Result.NotSent notSent) throw notSent.cause();
    }

    private void write(List<Work> works) {
        works.forEach(this::map);
        try {
            look(unfinished(works), false);
            ensureCategories(unfinished(works));
            for (var open = unfinished(works); !open.isEmpty(); open = unfinished(works)) step(open);
        } catch (TargetUnavailable | BadSettings e) {
            unfinished(works).forEach(work -> work.fail(e));
        }
    }

    private void map(Work work) {
        try {
            work.desired = Desired.of(mapping.apply(work.write.product()));
        } catch (BadMessage e) {
            work.fail(Outcome.Kind.BAD_MESSAGE, e.getMessage());
        }
    }

    private void look(List<Work> works, boolean byPath) {
        if (works.isEmpty()) return;
        var unknown = works.stream()
                .flatMap(work -> work.desired.categories().stream())
                .filter(category -> !knownCategories.containsKey(category.externalId()))
                .distinct()
                .toList();
        var found = lookup.look(works.stream().map(work -> work.desired).toList(), unknown, byPath);
        knownCategories.putAll(found.categories());
        for (var work : works) {
            work.stored = found.products().get(work.desired.product().externalId());
            work.created = false;
        }
    }

    /** Creates the categories that a look did not find, root first. A product whose category cannot be made fails. */
    private void ensureCategories(List<Work> works) {
        var writing = works.stream().filter(work -> !steps(work).isEmpty()).toList();
        var missing = new LinkedHashMap<String, Desired.Item>();
        for (var work : writing) {
            for (var category : work.desired.categories()) missing.putIfAbsent(category.externalId(), category);
        }
        missing.keySet().removeAll(knownCategories.keySet());
        for (int attempt = 0; !missing.isEmpty(); attempt++) {
            var again = createCategories(List.copyOf(missing.values()), writing, attempt == MOST_SURPRISES);
            if (again.isEmpty()) return;
            if (attempt == 0 && again.contains(Remedy.PARENT)) createFolder(Desired.CATEGORIES);
            knownCategories.putAll(
                    lookup.look(List.of(), missing.values(), true).categories());
            missing.keySet().removeAll(knownCategories.keySet());
            missing.values().removeIf(category -> unfinished(writing).stream()
                    .noneMatch(work -> work.desired.categories().contains(category)));
        }
    }

    /** @return why some are to be tried again; empty when each was created or has failed */
    private Set<Remedy> createCategories(List<Desired.Item> categories, List<Work> works, boolean last) {
        var again = EnumSet.noneOf(Remedy.class);
        var results = mutations.send(categories.stream()
                .map(category ->
                        Operation.create("Category", Desired.CATEGORIES, category.key(), false, true, category.input()))
                .toList());
        for (int n = 0; n < categories.size(); n++) {
            var category = categories.get(n);
            var result = results.get(n);
            if (result instanceof Result.Done done) {
                knownCategories.put(category.externalId(), done.fullpath());
            } else if (!last
                    && result instanceof Result.Refused refused
                    && (refused.remedy() == Remedy.UPDATE || refused.remedy() == Remedy.PARENT)) {
                again.add(refused.remedy());
            } else {
                works.stream()
                        .filter(work -> work.desired.categories().contains(category))
                        .forEach(work -> work.fail(category.externalId(), result));
            }
        }
        return again;
    }

    /** Sends the next step of every product in one go, and looks again at those whose answer was a surprise. */
    private void step(List<Work> works) {
        var steps = new ArrayList<Step>();
        for (var work : works) {
            var next = steps(work);
            if (next.isEmpty()) work.done();
            steps.addAll(next);
        }
        var results = mutations.send(steps.stream().map(Step::operation).toList());
        var surprises = new ArrayList<Surprise>();
        for (int n = 0; n < steps.size(); n++) {
            var step = steps.get(n);
            var result = results.get(n);
            step.work.wrote = true;
            if (result instanceof Result.Done done) {
                step.applied.accept(done);
            } else if (result instanceof Result.Refused refused
                    && (refused.remedy() == Remedy.PARK || refused.remedy() == Remedy.SETTINGS)) {
                step.work.fail(step.about, refused);
            } else {
                surprises.add(new Surprise(step, result));
            }
        }
        surprises.removeIf(surprise -> surprise.step.work.finished());
        if (!surprises.isEmpty()) recover(surprises);
    }

    /** After answers that were no plain yes or no: looks again, and lets those go on for which that can help. */
    private void recover(List<Surprise> surprises) {
        var stop = surprises.stream()
                .filter(surprise -> !(surprise.result instanceof Result.Refused))
                .findFirst();
        for (var surprise : surprises) {
            if (surprise.result instanceof Result.NotSent) surprise.fail();
        }
        if (stop.isPresent()
                && stop.get().result instanceof Result.Unsure unsure
                && unsure.cause().retryAfter().isPresent()) {
            // Who asks us to wait did nothing; one more look would be more of what it asked us not to do.
            unfinishedOf(surprises).forEach(work -> work.fail(unsure.cause()));
        }
        var works = unfinishedOf(surprises);
        if (works.isEmpty()) return;
        prepare(surprises);
        try {
            look(works, true);
        } catch (TargetUnavailable e) {
            works.forEach(work -> work.fail(e));
            return;
        }
        for (var work : works) {
            var left = steps(work);
            var own = surprises.stream()
                    .filter(surprise -> surprise.step.work == work)
                    .toList();
            var blocking =
                    own.stream().filter(surprise -> surprise.blocks(left)).findFirst();
            if (left.isEmpty()) {
                work.done();
            } else if (stop.isPresent()) {
                work.fail(stop.get().step.about, stop.get().result);
            } else if (blocking.isPresent() || work.surprises++ == MOST_SURPRISES) {
                blocking.orElse(own.get(0)).fail();
            }
        }
        ensureCategories(unfinished(works));
    }

    private void prepare(List<Surprise> surprises) {
        for (var surprise : surprises) {
            if (surprise.remedy() == Remedy.RELATE) {
                surprise.step
                        .work
                        .desired
                        .categories()
                        .forEach(category -> knownCategories.remove(category.externalId()));
            }
        }
        if (surprises.stream()
                .anyMatch(surprise -> surprise.remedy() == Remedy.PARENT && surprise.step.work.stored == null)) {
            createFolder(Desired.PRODUCTS);
        }
    }

    private void createFolder(String path) {
        mutations.send(List.of(Operation.createFolder("/", path.substring(1))));
    }

    /** What is to be sent next for a product; nothing when Pimcore has it as wanted. */
    private List<Step> steps(Work work) {
        if (work.stored == null) return List.of(createProduct(work));
        var variants = variantSteps(work);
        if (!variants.isEmpty()) return variants;
        return work.complete() ? List.of() : List.of(completeProduct(work));
    }

    private Step createProduct(Work work) {
        var product = work.desired.product();
        var operation = Operation.create("Product", Desired.PRODUCTS, product.key(), false, false, related(work));
        return new Step(work, product.externalId(), operation, done -> {
            work.stored = Stored.created(done.id(), done.fullpath());
            work.created = true;
        });
    }

    private List<Step> variantSteps(Work work) {
        var steps = new ArrayList<Step>();
        var gone = new LinkedHashMap<>(work.stored.variants());
        for (var variant : work.desired.variants()) {
            var there = gone.remove(variant.externalId());
            if (there != null && there.contentHash().equals(variant.hash())) continue;
            var input = variant.input()
                    .deepCopy()
                    .put("contentHash", variant.hash())
                    .put("sourceVersion", work.write.sourceVersion());
            if (there != null && there.contentHash().equals(Stored.GONE)) input.put("published", true);
            var operation = there == null
                    ? Operation.create("Product", work.stored.fullpath(), variant.key(), true, true, input)
                    : Operation.update("Product", there.id(), input);
            steps.add(new Step(
                    work,
                    variant.externalId(),
                    operation,
                    done -> work.stored.put(
                            new Stored.Variant(done.id(), variant.externalId(), variant.sku(), variant.hash(), true))));
        }
        if (!settings.unpublishGone) return steps;
        for (var variant : gone.values()) {
            if (!variant.published()) continue;
            var input = Json.object().put("published", false).put("contentHash", Stored.GONE);
            work.gone.add(variant.sku());
            steps.add(new Step(
                    work,
                    variant.externalId(),
                    Operation.update("Product", variant.id(), input),
                    done -> work.stored.put(new Stored.Variant(
                            variant.id(), variant.externalId(), variant.sku(), Stored.GONE, false))));
        }
        return steps;
    }

    private Step completeProduct(Work work) {
        var stored = work.stored;
        boolean publish = work.publishes();
        var state = new SyncState(
                stored.notes().published() || stored.published() || publish,
                SyncState.brief(work.desired.product().hash()),
                work.desired.manifest());
        // What was created a moment ago has its fields already.
        var input = work.created ? Json.object() : related(work);
        input.put("contentHash", work.write.contentHash())
                .put("sourceVersion", work.write.sourceVersion())
                .put("syncState", state.text());
        if (publish) input.put("published", true);
        return new Step(
                work,
                work.desired.product().externalId(),
                Operation.update("Product", stored.id(), input),
                done -> stored.complete(work.write.contentHash(), state, stored.published() || publish));
    }

    /** The product's input with its categories where they really are: a person may have moved them. */
    private ObjectNode related(Work work) {
        var input = work.desired.product().input().deepCopy();
        for (var relation : input.path("categories")) {
            for (var category : work.desired.categories()) {
                if (relation.path("fullpath").asText().equals(Lookup.path(category))) {
                    ((ObjectNode) relation)
                            .put(
                                    "fullpath",
                                    knownCategories.getOrDefault(category.externalId(), Lookup.path(category)));
                }
            }
        }
        return input;
    }

    private static List<Work> unfinished(Collection<Work> works) {
        return works.stream().filter(work -> !work.finished()).toList();
    }

    private static List<Work> unfinishedOf(List<Surprise> surprises) {
        return surprises.stream()
                .map(surprise -> surprise.step.work)
                .filter(work -> !work.finished())
                .distinct()
                .toList();
    }

    /**
     * One thing to send for a product.
     *
     * @param about   external id of the object
     * @param applied what to remember once it is done
     */
    private record Step(Work work, String about, Operation operation, Consumer<Result.Done> applied) {}

    private record Surprise(Step step, Result result) {
        Remedy remedy() {
            return result instanceof Result.Refused refused ? refused.remedy() : null;
        }

        void fail() {
            step.work.fail(step.about, result);
        }

        /** Whether a refusal without a reason we know of was meant: what was asked is still to be done. */
        boolean blocks(List<Step> left) {
            return remedy() == Remedy.RETRY && left.stream().anyMatch(other -> other.about.equals(step.about));
        }
    }

    /** A product on its way. */
    private static final class Work {
        private final PimcoreWrite write;
        private final Set<String> gone = new TreeSet<>();
        private Desired desired;
        private Stored stored;
        private boolean created;
        private boolean wrote;
        private int surprises;
        private Outcome outcome;

        Work(PimcoreWrite write) {
            this.write = write;
        }

        boolean finished() {
            return outcome != null;
        }

        boolean publishes() {
            return write.publish() && !stored.published() && !stored.notes().published();
        }

        /** Whether the product itself is as wanted, its variants aside. */
        boolean complete() {
            return stored.contentHash().equals(write.contentHash())
                    && stored.notes()
                            .product()
                            .equals(SyncState.brief(desired.product().hash()))
                    && stored.notes().variants().equals(desired.manifest())
                    && !publishes();
        }

        void done() {
            outcome = wrote
                    ? new Outcome.Written(stored.id(), stored.fullpath(), stored.published(), List.copyOf(gone))
                    : new Outcome.Unchanged(stored.id(), stored.fullpath(), stored.published());
        }

        /** @param about external id of the object that was refused */
        void fail(String about, Result result) {
            if (result instanceof Result.Refused refused) {
                fail(PimcoreErrors.kind(refused.remedy()), about + ": " + PimcoreErrors.explained(refused.message()));
            } else if (result instanceof Result.Unsure unsure) {
                fail(unsure.cause());
            } else if (result instanceof Result.NotSent notSent) {
                fail(notSent.cause());
            }
        }

        void fail(RuntimeException cause) {
            if (cause instanceof TargetUnavailable unavailable) {
                outcome = new Outcome.Failed(
                        Outcome.Kind.HEALS,
                        cause.getMessage(),
                        unavailable.retryAfter().orElse(null));
            } else {
                fail(Outcome.Kind.BAD_SETTINGS, cause.getMessage());
            }
        }

        void fail(Outcome.Kind kind, String message) {
            outcome = new Outcome.Failed(kind, message);
        }
    }
}
