package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
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
     * @param fields  as Medusa names them, with what they would become: {@code variants.prices}; empty when nothing differs
     * @param problem why it could not be told, or null
     */
    public record Finding(String handle, List<String> fields, String problem) {
        public boolean same() {
            return fields.isEmpty() && problem == null;
        }
    }

    /**
     * A product in the shop.
     *
     * @param externalId as Pimcore has it, or null when a merchant made the product
     */
    public record Shown(String handle, String externalId) {}

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
                    .map(item -> new Finding(handle.apply(item), List.of(), null))
                    .toList();
        }
        if (rehearsal.outage != null) throw rehearsal.outage;
        if (items.size() == 1) return List.of(finding(handle.apply(items.get(0)), rehearsal, outcomes.get(0)));
        var findings = new ArrayList<>(find(items.subList(0, items.size() / 2), handle, work));
        findings.addAll(find(items.subList(items.size() / 2, items.size()), handle, work));
        return findings;
    }

    private static Finding finding(String handle, Rehearsal rehearsal, Outcome outcome) {
        var fields = new TreeSet<String>();
        for (var call : rehearsal.kept) {
            var area = call.path().replaceFirst("\\?.*", "").replaceFirst("^/admin/", "");
            if (area.equals("products/batch")) products(Json.read(call.body()), fields);
            else if (call.body() == null) fields.add(call.method() + " " + area.replaceAll("/[a-z]+_[0-9A-Z]+", ""));
            else
                flatten(
                        area.replaceAll("/[a-z]+_[0-9A-Z]+", "")
                                .replace("products/", "")
                                .replace("/batch", ""),
                        Json.read(call.body()),
                        fields);
        }
        var failed = fields.isEmpty() && outcome instanceof Outcome.Failed failure ? failure.message() : null;
        return new Finding(handle, List.copyOf(fields), failed);
    }

    private static void products(JsonNode batch, TreeSet<String> fields) {
        if (!batch.path("create").isEmpty()) fields.add("missing");
        batch.path("update").forEach(patch -> flatten("", patch, fields));
    }

    private static void flatten(String name, JsonNode value, TreeSet<String> fields) {
        if (value.isArray()) {
            if (value.isEmpty() || value.path(0).isValueNode() || name.endsWith("prices") || name.endsWith("images"))
                fields.add(name + " = " + shown(value));
            else value.forEach(item -> flatten(name, item, fields));
        } else if (value.isObject()) {
            value.properties().forEach(field -> {
                if (field.getKey().equals("id") || field.getKey().endsWith("_id") && !name.isEmpty()) return;
                var step = List.of("update", "create").contains(field.getKey()) ? "" : field.getKey();
                flatten(name.isEmpty() || step.isEmpty() ? name + step : name + "." + step, field.getValue(), fields);
            });
        } else {
            fields.add(name + " = " + shown(value));
        }
    }

    private static String shown(JsonNode value) {
        var text = value.isTextual() ? value.textValue() : value.toString();
        return text.length() > 120 ? text.substring(0, 119) + "…" : text;
    }

    /** Lets looks through until something is to be written, keeps what is written, and then answers no more. */
    private final class Rehearsal implements Port {
        private final List<Call> kept = new ArrayList<>();
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
                return medusa.send(call);
            } catch (TargetUnavailable e) {
                outage = e;
                throw e;
            }
        }
    }
}
