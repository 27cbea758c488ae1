package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What becomes of a record that is brought to our shape. */
public sealed interface Shaped {
    /**
     * It has our shape.
     *
     * @param value    canonical, as the kind's schema says
     * @param source   the record as it was read
     * @param variant  how it was written
     * @param extras   members the mapping does not read, by JSON Pointer into the record; null when there are none
     * @param warnings what to know about it although it is accepted
     */
    record Accepted(ObjectNode value, JsonNode source, Variant variant, ObjectNode extras, List<Reason> warnings)
            implements Shaped {
        public Accepted {
            warnings = List.copyOf(warnings);
        }

        /** Where in the record a part of the value came from; empty when it cannot be told. */
        public String pointerFor(String pointer) {
            return variant.pointerFor(pointer, source);
        }
    }

    /**
     * It goes to quarantine.
     *
     * @param reasons at least one; each points into the source record. What alone would only have been warned of comes last
     * @param variant how it was written; null when that could not be told
     * @param value   what could be made of it; null when that is nothing
     * @param source  the record as it was read; null with the value
     */
    record Rejected(List<Reason> reasons, Variant variant, ObjectNode value, JsonNode source) implements Shaped {
        /** Nothing could be made of it. */
        public Rejected(List<Reason> reasons, Variant variant) {
            this(reasons, variant, null, null);
        }

        public Rejected {
            reasons = List.copyOf(reasons);
            if (reasons.isEmpty()) throw new IllegalArgumentException("rejected without a reason");
        }
    }
}
