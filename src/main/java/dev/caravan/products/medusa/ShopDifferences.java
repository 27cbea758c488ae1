package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Changes.Change;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What a write would change in the shop. It is the write itself, rehearsed: it looks, decides, and what it then wants to send is kept
 * instead. So this can never say "the same" where a write would do something, nor the other way round. Not for use by several threads.
 */
public final class ShopDifferences {
    /**
     * @param missing whether the shop does not have it at all
     * @param changes field by field, as Medusa names them: {@code variants.prices}; empty when nothing differs
     * @param problem why it could not be told, or null
     */
    public record Finding(String handle, boolean missing, List<Change> changes, String problem) {
        public boolean same() {
            return changes.isEmpty() && problem == null;
        }

        /** Each field with what it would become, in alphabetical order: {@code subtitle = Summer}. */
        public List<String> fields() {
            var fields = new TreeSet<String>();
            for (var change : changes)
                fields.add(change.wanted() == null ? change.field() : change.field() + " = " + shown(change.wanted()));
            return List.copyOf(fields);
        }
    }

    /**
     * A product in the shop.
     *
     * @param externalId as Pimcore has it, or null when a merchant made the product
     */
    public record Shown(String handle, String externalId) {}

    private static final String TARGET = "medusa";
    private static final int LISTED_PER_REQUEST = 200;

    private final Port medusa;
    private final AdminApi api;
    private final Function<Port, MedusaShop> shops;
    private Rehearsal rehearsal;
    private MedusaShop shop;

    /** @param shops makes the shop that writes, on a port of ours */
    public ShopDifferences(Port medusa, Function<Port, MedusaShop> shops, Clock clock) {
        this.medusa = medusa;
        this.api = new AdminApi(medusa, clock);
        this.shops = shops;
    }

    /**
     * @param products as {@link MedusaShop#write} takes them
     * @return one finding each, in the order given; two looks when all are as they should be
     * @throws TargetUnavailable when Medusa does not answer
     * @throws BadSettings       when the sales channel or another place is missing
     */
    public List<Finding> ofWriting(List<ObjectNode> products) {
        return find(products, product -> product.path("handle").asText(), MedusaShop::write);
    }

    /** As {@link #ofWriting}, for products that are to be off sale, by handle. */
    public List<Finding> ofDrafting(List<String> handles) {
        return find(handles, handle -> handle, MedusaShop::draft);
    }

    /** All products in the shop, on sale or not. */
    public List<Shown> all() {
        var all = new ArrayList<Shown>();
        for (int offset = 0; ; offset += LISTED_PER_REQUEST) {
            var page = api.get("/admin/products?fields=id,handle,external_id&order=id&limit=" + LISTED_PER_REQUEST
                            + "&offset=" + offset)
                    .path("products");
            for (var product : page)
                all.add(new Shown(
                        product.path("handle").asText(),
                        product.path("external_id").asText(null)));
            if (page.size() < LISTED_PER_REQUEST) return all;
        }
    }

    private interface Work<T> {
        List<Outcome> on(MedusaShop shop, List<T> items);
    }

    /** Most pages are in order as a whole; of one that is not, each half is looked at by itself, down to the products. */
    private <T> List<Finding> find(List<T> items, Function<T, String> handle, Work<T> work) {
        if (items.isEmpty()) return List.of();
        if (shop == null) {
            rehearsal = new Rehearsal();
            shop = shops.apply(rehearsal);
        }
        var rehearsal = this.rehearsal;
        var outcomes = work.on(shop, items);
        // Who "wrote" something believes by now that it is there.
        if (!rehearsal.kept.isEmpty() || rehearsal.outage != null) shop = null;
        var inOrder =
                rehearsal.kept.isEmpty() && outcomes.stream().noneMatch(outcome -> outcome instanceof Outcome.Failed);
        if (inOrder) {
            return items.stream()
                    .map(item -> new Finding(handle.apply(item), false, List.of(), null))
                    .toList();
        }
        if (rehearsal.outage != null) throw rehearsal.outage;
        if (items.size() == 1) return List.of(finding(handle.apply(items.get(0)), rehearsal, outcomes.get(0)));
        var findings = new ArrayList<>(find(items.subList(0, items.size() / 2), handle, work));
        findings.addAll(find(items.subList(items.size() / 2, items.size()), handle, work));
        return findings;
    }

    private static Finding finding(String handle, Rehearsal rehearsal, Outcome outcome) {
        var changes = new ArrayList<Change>();
        var missing = false;
        for (var call : rehearsal.kept) {
            var area = call.path().replaceFirst("\\?.*", "").replaceFirst("^/admin/", "");
            var name = area.replaceAll("/[a-z]+_[0-9A-Z]+", "");
            var told = new Told(handle, rehearsal.seen, changes);
            if (area.equals("products/batch")) {
                var batch = Json.read(call.body());
                missing |= !batch.path("create").isEmpty();
                batch.path("update").forEach(patch -> told.flatten("", patch, Json.object()));
            } else if (call.body() == null) {
                changes.add(new Change(TARGET, handle, call.method() + " " + name, null, null));
            } else {
                told.flatten(
                        name.replace("products/", "").replace("/batch", ""), Json.read(call.body()), Json.object());
            }
        }
        if (missing) changes.add(new Change(TARGET, handle, "missing", null, null));
        var failed = changes.isEmpty() && outcome instanceof Outcome.Failed failure ? failure.message() : null;
        return new Finding(handle, missing, List.copyOf(changes), failed);
    }

    /**
     * Takes what would be sent apart, field by field.
     *
     * @param seen what the shop has, by id
     */
    private record Told(String handle, Map<String, JsonNode> seen, List<Change> changes) {
        /** @param found the object in the shop that the value belongs to; empty when it is new, or has no id of its own */
        void flatten(String name, JsonNode value, JsonNode found) {
            if (value.isArray()) {
                if (value.isEmpty()
                        || value.path(0).isValueNode()
                        || name.endsWith("prices")
                        || name.endsWith("images")) add(name, value, found);
                else value.forEach(item -> flatten(name, item, found));
            } else if (value.isObject()) {
                var there = seen.getOrDefault(value.path("id").asText(), found);
                value.properties().forEach(field -> {
                    if (field.getKey().equals("id") || field.getKey().endsWith("_id") && !name.isEmpty()) return;
                    var step = List.of("update", "create").contains(field.getKey()) ? "" : field.getKey();
                    flatten(
                            name.isEmpty() || step.isEmpty() ? name + step : name + "." + step,
                            field.getValue(),
                            field.getValue().isObject() ? there.path(field.getKey()) : there);
                });
            } else {
                add(name, value, found);
            }
        }

        private void add(String name, JsonNode wanted, JsonNode found) {
            var there = found.path(name.substring(name.lastIndexOf('.') + 1));
            changes.add(new Change(TARGET, handle, name, wanted, there.isMissingNode() ? null : there));
        }
    }

    private static String shown(JsonNode value) {
        var text = value.isTextual() ? value.textValue() : value.toString();
        return text.length() > 120 ? text.substring(0, 119) + "…" : text;
    }

    /** Lets looks through until something is to be written, keeps what is written, and then answers no more. */
    private final class Rehearsal implements Port {
        private final List<Call> kept = new ArrayList<>();
        private final Map<String, JsonNode> seen = new HashMap<>();
        private TargetUnavailable outage;

        @Override
        public Reply send(Call call) {
            if (!call.reads()) {
                kept.add(call);
                return new Reply(
                        200, Map.of("Content-Type", "application/json"), "{}".getBytes(StandardCharsets.UTF_8));
            }
            // A look after something was "written" would see that it was not; the rehearsal is over.
            if (!kept.isEmpty()) throw new TargetUnavailable("medusa", "rehearsed");
            try {
                var reply = medusa.send(call);
                if (reply.ok()) see(Json.read(reply.body()));
                return reply;
            } catch (TargetUnavailable e) {
                outage = e;
                throw e;
            }
        }

        private void see(JsonNode node) {
            if (node.path("id").isTextual()) seen.put(node.path("id").textValue(), node);
            node.forEach(this::see);
        }
    }
}
