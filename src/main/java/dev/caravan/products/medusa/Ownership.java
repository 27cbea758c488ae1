package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.products.medusa.FieldOwners.Field;
import dev.caravan.products.medusa.FieldOwners.Owner;

/**
 * Decides, for one product or variant, whether a field is ours to write. For fields that are the PIM's until somebody changes them, it
 * keeps a fingerprint of what we wrote: while the shop's value has that fingerprint, nobody has touched it.
 */
final class Ownership {
    /** In the metadata: field to fingerprint of the value we wrote last. */
    static final String WRITTEN_KEY = "caravan_written";

    private final FieldOwners owners;
    private final JsonNode before;
    private final ObjectNode written = Json.object();

    /** @param metadata the shop's, of the product or variant; empty when it is new */
    Ownership(FieldOwners owners, ObjectNode metadata) {
        this.owners = owners;
        this.before = metadata.path(WRITTEN_KEY);
    }

    /** Notes a value that goes out with a new product or variant. */
    Ownership made(Field field, JsonNode wanted) {
        if (owners.of(field) == Owner.PIM_UNTIL_SHOP_CHANGES_IT) written.put(field.word(), fingerprint(wanted));
        return this;
    }

    /**
     * Whether the field has to be sent.
     *
     * @param wanted what the PIM says
     * @param there  what the shop has, in the same form
     */
    boolean sends(Field field, JsonNode wanted, JsonNode there) {
        var differs = !wanted.equals(there);
        switch (owners.of(field)) {
            case PIM -> {
                return differs;
            }
            case SHOP -> {
                return false;
            }
            default -> {
                var last = before.path(field.word()).asText("");
                var changed = differs && !last.isEmpty() && !last.equals(fingerprint(there));
                written.put(field.word(), changed ? last : fingerprint(wanted));
                return differs && !changed;
            }
        }
    }

    /** Our metadata, with what has to be remembered. */
    ObjectNode remembered(ObjectNode metadata) {
        if (written.isEmpty()) return metadata;
        var with = metadata.deepCopy();
        with.set(WRITTEN_KEY, written);
        return with;
    }

    private static String fingerprint(JsonNode value) {
        return Json.sha256(Json.bytes(value)).substring(0, 16);
    }
}
