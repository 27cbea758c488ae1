package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;

/**
 * Why a record was refused, or what to know about it although it was accepted.
 *
 * @param pointer RFC 6901 JSON Pointer into the source record; empty for the record as a whole
 * @param rule    stable id of the rule, from {@code docs/rules.md}
 * @param message one sentence that names the thing and the value
 * @param value   what stands there, cut when long; JSON null when nothing does
 */
public record Reason(String pointer, String rule, String message, JsonNode value) {
    public Reason {
        Objects.requireNonNull(pointer);
        Objects.requireNonNull(rule);
        value = value == null ? com.fasterxml.jackson.databind.node.NullNode.instance : value;
    }
}
