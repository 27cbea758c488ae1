package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.pimcore.Desired.Item;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A Pimcore that is none: empty at first, it has what was written to it, exactly as written. Only {@link PimcoreReader}'s question is
 * answered. Nobody works there, so what is to be published is.
 */
public final class PretendPimcore implements Port {
    private static final Pattern QUOTED = Pattern.compile("'((?:[^']|'')*)'");

    /** Where the products lie. */
    public interface Shelf {
        /**
         * Takes a product in the place of what was there.
         *
         * @param mapped what the mapping made of it
         * @param node   as {@link PimcoreReader} is given it
         */
        void put(PimcoreWrite write, String fullpath, JsonNode mapped, ObjectNode node);

        Optional<JsonNode> get(String fullpath);
    }

    private final Shelf shelf;

    public PretendPimcore(Shelf shelf) {
        this.shelf = shelf;
    }

    /** @param mapping what makes objects of products */
    public PimcoreWriter writer(PimcoreMapping mapping) {
        return new PimcoreWriter() {
            @Override
            public List<Outcome> upsert(List<PimcoreWrite> writes) {
                return writes.stream().map(write -> write(mapping, write)).toList();
            }

            @Override
            public String digest(PimcoreWrite write) {
                return mapping.digest(write);
            }
        };
    }

    private Outcome write(PimcoreMapping mapping, PimcoreWrite write) {
        try {
            var mapped = mapping.apply(write.product());
            var desired = Desired.of(mapped);
            var before = shelf.get(desired.fullpath());
            var published = write.publish()
                    || before.map(node -> node.path("published").asBoolean()).orElse(false);
            shelf.put(write, desired.fullpath(), mapped, product(desired, write, published));
            return new Outcome.Written("new", desired.fullpath(), published, List.of());
        } catch (BadMessage e) {
            return new Outcome.Failed(Outcome.Kind.BAD_MESSAGE, e.getMessage());
        }
    }

    @Override
    public Reply send(Call call) {
        var request = Json.read(call.body());
        if (!request.path("query").asText().equals(PimcoreReader.QUERY))
            throw new TargetUnavailable("pimcore", "there is no Pimcore here to be asked, only what was written");
        var answer = Json.object();
        var edges = answer.putObject("data").putObject("products").putArray("edges");
        QUOTED.matcher(request.path("variables").path("products").asText())
                .results()
                .map(path -> path.group(1).replace("''", "'"))
                .forEach(path ->
                        shelf.get(path).ifPresent(node -> edges.addObject().set("node", node)));
        return new Reply(200, Map.of(), Json.bytes(answer));
    }

    private static ObjectNode product(Desired desired, PimcoreWrite write, boolean published) {
        var categories = new LinkedHashMap<String, JsonNode>();
        for (var category : desired.categories())
            categories.put(Lookup.path(category), fields(category).put("key", category.key()));
        var product = fields(desired.product())
                .put("fullpath", desired.fullpath())
                .put("key", desired.product().key())
                .put("published", published)
                .put("objectType", "object")
                .put("contentHash", write.contentHash())
                .put("sourceVersion", write.sourceVersion())
                .put(
                        "syncState",
                        new SyncState(
                                        published,
                                        SyncState.brief(desired.product().hash()),
                                        desired.manifest())
                                .text());
        var related = Json.array();
        for (var relation : product.path("categories")) {
            var category = categories.get(relation.path("fullpath").asText());
            if (category != null) related.add(category);
        }
        product.set("categories", related);
        for (var variant : desired.variants())
            product.withArray("children")
                    .add(fields(variant)
                            .put("key", variant.key())
                            .put("published", true)
                            .put("contentHash", variant.hash())
                            .put("sourceVersion", write.sourceVersion()));
        return product;
    }

    /** The input of a mutation as a query answers it: texts by language side by side, a collection as a list. */
    private static ObjectNode fields(Item item) {
        var fields = Json.object();
        item.input().properties().forEach(field -> {
            var name = field.getKey();
            var value = field.getValue();
            if (value.has("en") || value.has("ar")) {
                fields.set(name + "En", value.get("en"));
                fields.set(name + "Ar", value.get("ar"));
            } else if (value.path("items").isObject()) {
                var list = fields.putArray(name);
                value.path("items").forEach(items -> items.forEach(list::add));
            } else {
                fields.set(name, value);
            }
        });
        return fields;
    }
}
