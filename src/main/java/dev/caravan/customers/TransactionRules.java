package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.records.Reason;
import dev.caravan.records.Rule;
import dev.caravan.settings.Settings;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/** What becomes of a transaction that breaks a rule: it is refused, or counts with a warning. Each rule has its setting. */
public final class TransactionRules {
    private final Map<TransactionRule, Rule> rules = new EnumMap<>(TransactionRule.class);

    private TransactionRules() {}

    /** As the settings say. */
    public static TransactionRules of(Settings settings) {
        var all = new TransactionRules();
        for (var rule : TransactionRule.values()) {
            var warns = settings.text(CustomerFlow.NAME + "." + rule.id()).equals("warn");
            all.rules.put(rule, new Rule(rule.id(), rule.message(), warns));
        }
        return all;
    }

    /** All there are. */
    public Collection<Rule> all() {
        return rules.values();
    }

    Rule of(TransactionRule rule) {
        return rules.get(rule);
    }

    Reason reason(TransactionRule broken, String pointer, JsonNode value) {
        var rule = rules.get(broken);
        return new Reason(pointer, rule.id(), rule.messageFor(value), value);
    }

    /** Whether a reason alone refuses nothing. */
    boolean warns(Reason reason) {
        return rules.values().stream()
                .anyMatch(rule -> rule.warning() && rule.id().equals(reason.rule()));
    }
}
