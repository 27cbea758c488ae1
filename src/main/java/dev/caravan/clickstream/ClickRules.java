package dev.caravan.clickstream;

import java.util.List;

/** {@code routes/clickstream/3-alert/rules.yaml}: what is out of the ordinary with a visitor's clicks. */
public final class ClickRules {
    private final List<ClickRule> rules;

    public ClickRules(List<ClickRule> rules) {
        this.rules = List.copyOf(rules);
    }

    public List<ClickRule> all() {
        return rules;
    }
}
