package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.outbound.Port;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Asks Pimcore what changed, for what its webhooks missed: they are sent at most once. Dates in Pimcore have a resolution of a second and
 * are set before the change is committed, so every poll looks a little further back than the last one ended; what it returned already is
 * not returned again. Not for use by several threads.
 */
public final class PimcoreSweep {
    /** What changes within this time before a poll may change again in the same second, unseen; it is returned once more by the next poll. */
    private static final Duration UNSETTLED = Duration.ofSeconds(3);

    static final String CHANGED = """
            query Changed($filter:String, $first:Int, $after:Int){
              changed: getProductListing(filter:$filter, published:false, sortBy:["modificationDate","id"], sortOrder:["ASC","ASC"],
                first:$first, after:$after){ edges{ node{ id fullpath objectType published contentHash modificationDate } } }
            }""";
    private static final String PARENTS = """
            query Parents($paths:String){
              parents: getProductListing(fullpaths:$paths, published:false){
                edges{ node{ id fullpath objectType published contentHash modificationDate } } }
            }""";
    private static final String IDENTITIES = """
            query Identities($filter:String, $first:Int){
              products: getProductListing(filter:$filter, published:false, sortBy:["id"], sortOrder:["ASC"], first:$first){
                edges{ node{ id fullpath objectType published externalId } } }
            }""";

    /**
     * @param products each once, in the order of their changes
     * @param seen     what to give to the next poll
     */
    public record Changes(List<ChangedProduct> products, Instant seen) {
        public Changes {
            products = List.copyOf(products);
        }
    }

    /**
     * A product that is in Pimcore.
     *
     * @param externalId {@code <supplier>:<id>}, or null when a person made it without
     */
    public record Identity(String fullpath, String id, String externalId, boolean published) {}

    private record Version(String id, Instant modified, boolean published, String contentHash) {}

    private final DataHub hub;
    private final Duration overlap;
    private final int pageSize;
    private final Clock clock;
    private Set<Version> returned = Set.of();

    /**
     * @param pimcore  its base URL is the Data Hub endpoint, and it adds the API key
     * @param overlap  how far behind the last change seen a poll begins; longer than any transaction in Pimcore takes
     * @param pageSize how many objects one request lists, at least 1
     */
    public PimcoreSweep(Port pimcore, Duration overlap, int pageSize, Clock clock) {
        this.hub = new DataHub(pimcore, clock);
        this.overlap = overlap;
        this.pageSize = pageSize;
        this.clock = clock;
    }

    /**
     * What changed, unpublished products included; deleted ones are not found like this. One request when nothing did.
     *
     * @param lastSeen {@link Changes#seen()} of the poll before, or where to begin
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help; nothing counts as returned then
     * @throws dev.caravan.failure.BadSettings       when key, endpoint or its columns are wrong
     */
    public Changes poll(Instant lastSeen) {
        var settled = clock.instant().minus(UNSETTLED);
        var objects = changedSince(lastSeen.minus(overlap));
        var seen = lastSeen;
        var remembered = new HashSet<Version>();
        var changes = new LinkedHashMap<String, ChangedProduct>();
        var above = new LinkedHashMap<String, Instant>();
        for (var node : objects) {
            var modified = modified(node);
            if (modified.isAfter(seen)) seen = modified;
            var version = new Version(
                    node.path("id").asText(),
                    modified,
                    node.path("published").asBoolean(),
                    node.path("contentHash").asText(null));
            if (modified.isBefore(settled)) remembered.add(version);
            if (returned.contains(version)) continue;
            var path = node.path("fullpath").asText();
            if (Lookup.isVariant(node)) {
                above.merge(PimcoreReader.parent(path), modified, PimcoreSweep::later);
            } else {
                changes.put(path, changed(node, modified));
            }
        }
        addParents(changes, above);
        returned = remembered;
        return new Changes(
                changes.values().stream()
                        .sorted(Comparator.comparing(ChangedProduct::modificationDate))
                        .toList(),
                seen);
    }

    /** Lets the next poll return again what the last one did, because it could not be written down. */
    public void forget() {
        returned = Set.of();
    }

    /**
     * All products, variants aside, to find what was unpublished or deleted unseen.
     *
     * @throws dev.caravan.failure.TargetUnavailable when waiting may help; a part of them would be taken for the whole, so there is none
     * @throws dev.caravan.failure.BadSettings       when key, endpoint or its columns are wrong
     */
    public List<Identity> identities() {
        var identities = new ArrayList<Identity>();
        long last = 0;
        // By id and not by offset: with offsets, a product deleted while we list would hide another.
        for (List<JsonNode> page = null; page == null || page.size() == pageSize; ) {
            var filter = Json.object();
            filter.putObject("id").put("$gt", last);
            var variables = Json.object().put("filter", filter.toString()).put("first", pageSize);
            page = Lookup.nodes(hub.read(IDENTITIES, variables).path("products"));
            for (var node : page) {
                last = Math.max(last, node.path("id").asLong());
                if (Lookup.isVariant(node)) continue;
                identities.add(new Identity(
                        node.path("fullpath").asText(),
                        node.path("id").asText(),
                        node.path("externalId").asText(null),
                        node.path("published").asBoolean()));
            }
        }
        return identities;
    }

    /** Pages by date and not by offset, as far as that is possible: an object changed while we list moves to the end and would hide another. */
    private Collection<JsonNode> changedSince(Instant begin) {
        var objects = new LinkedHashMap<String, JsonNode>();
        long from = Math.max(0, begin.getEpochSecond());
        int after = 0;
        while (true) {
            var filter = Json.object();
            filter.putObject("modificationDate").put("$gte", from);
            var variables = Json.object()
                    .put("filter", filter.toString())
                    .put("first", pageSize)
                    .put("after", after);
            var page = Lookup.nodes(hub.read(CHANGED, variables).path("changed"));
            for (var node : page) {
                var id = node.path("id").asText();
                objects.remove(id); // so that it comes last now
                objects.put(id, node);
            }
            if (page.size() < pageSize) return objects.values();
            long last = modified(page.get(page.size() - 1)).getEpochSecond();
            after = last > from ? 0 : after + pageSize;
            from = Math.max(from, last);
        }
    }

    private void addParents(Map<String, ChangedProduct> changes, Map<String, Instant> above) {
        above.forEach((path, modified) -> changes.computeIfPresent(
                path,
                (same, product) -> new ChangedProduct(
                        product.fullpath(),
                        product.id(),
                        product.published(),
                        product.contentHash(),
                        later(product.modificationDate(), modified))));
        var missing = above.keySet().stream()
                .filter(path -> !changes.containsKey(path))
                .toList();
        for (int at = 0; at < missing.size(); at += pageSize) {
            var paths = missing.subList(at, Math.min(at + pageSize, missing.size()));
            var variables = Json.object().put("paths", Lookup.quoted(paths));
            for (var node : Lookup.nodes(hub.read(PARENTS, variables).path("parents"))) {
                var path = node.path("fullpath").asText();
                changes.put(path, changed(node, later(modified(node), above.getOrDefault(path, Instant.EPOCH))));
            }
        }
    }

    private static ChangedProduct changed(JsonNode node, Instant modified) {
        return new ChangedProduct(
                node.path("fullpath").asText(),
                node.path("id").asText(),
                node.path("published").asBoolean(),
                node.path("contentHash").asText(null),
                modified);
    }

    private static Instant modified(JsonNode node) {
        return PimcoreDates.read(node.path("modificationDate")).orElse(Instant.EPOCH);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
