package dev.caravan.clickstream;

import dev.caravan.records.Rule;

/** The rules about clicks that no schema can express; the others stand in {@code click.schema.json}. */
public enum IntakeRule {
    TIMESTAMP_FUTURE("timestamp-future", "the time stamp {value} is more than 24 hours in the future"),
    VISITOR_MISSING("visitor-missing", "the event tells neither a user nor a session");

    private final Rule rule;

    IntakeRule(String id, String message) {
        this.rule = new Rule(id, message, false);
    }

    /** As reasons name it. */
    public Rule rule() {
        return rule;
    }
}
