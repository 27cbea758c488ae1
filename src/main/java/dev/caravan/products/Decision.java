package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.records.Reason;
import java.util.List;

/** What becomes of a source record. */
public sealed interface Decision {
    /**
     * It is a product.
     *
     * @param product     canonical, as in {@code product.schema.json}, with its warnings and origin
     * @param key         who it is
     * @param contentHash the same for the same content, wherever it came from: {@code origin} and {@code warnings} are left out
     * @param warnings    what is missing from it, which does not keep it from being sold
     */
    record Accepted(ObjectNode product, ProductKey key, String contentHash, List<Reason> warnings) implements Decision {
        public Accepted {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * It goes to quarantine.
     *
     * @param reasons at least one; each points into the source record
     */
    record Rejected(List<Reason> reasons) implements Decision {
        public Rejected {
            reasons = List.copyOf(reasons);
            if (reasons.isEmpty()) throw new IllegalArgumentException("rejected without a reason");
        }

        Rejected(Reason reason) {
            this(List.of(reason));
        }
    }
}
