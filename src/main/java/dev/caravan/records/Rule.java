package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A rule as a schema states it beside a constraint: {@code x-rule}, {@code x-message}, {@code x-level}.
 *
 * @param id      stable; it is published in {@code docs/rules.md}
 * @param message one sentence, with <code>{value}</code> where the value goes
 * @param warning whether a record that breaks it is accepted all the same
 */
public record Rule(String id, String message, boolean warning) {
    /** The message with the value in its place. */
    public String messageFor(JsonNode value) {
        return message.contains("{value}") ? message.replace("{value}", Shown.inMessage(value)) : message;
    }
}
