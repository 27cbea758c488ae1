package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.util.List;

/** A schema of any step, with the rules its constraints name (see {@code docs/rules.md}). Thread-safe. */
public final class StepSchema {
    private final RuleSchema schema;

    private StepSchema(RuleSchema schema) {
        this.schema = schema;
    }

    /** @throws BadSettings when there is a mistake in it: file, line, what and how to go on */
    public static StepSchema of(RouteFiles files, String path) {
        return new StepSchema(RuleSchema.of(path, files.bytes(path), CoreRule.RECORD_SHAPE));
    }

    /** Why the value is refused, each pointing into it; empty when it is not. */
    public List<Reason> check(JsonNode value) {
        return schema.violations(value).stream()
                .filter(violation -> !violation.rule().warning())
                .map(RuleSchema.Violation::reason)
                .toList();
    }
}
