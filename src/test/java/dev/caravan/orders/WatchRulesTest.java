package dev.caravan.orders;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.orders.WatchRules.OrderCount;
import dev.caravan.orders.WatchRules.WatchRule;
import dev.caravan.routes.RouteFiles;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchRulesTest {
    private static final RouteFiles ROUTES = RouteFiles.at("file:routes");

    @Test
    void the_shipped_rules_watch_all_there_is_to_watch() {
        var rules = WatchRules.load(ROUTES).all();

        assertThat(rules)
                .extracting(WatchRule::name)
                .containsExactly(
                        "value-of-customer",
                        "value-of-product",
                        "orders-of-channel",
                        "quality-of-orders",
                        "stock-low",
                        "stock-out-before-delivery");
        assertThat(rules).allSatisfy(rule -> assertThat(rule.task()).isPresent());
        assertThat(((OrderCount) rules.get(2)).windowsHours()).isEqualTo(List.of(1, 6, 24));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            score: 10            | score: many          | orders/4-alert/rules.yaml:10: score is "many": write a number from 1 to 1000
            minimum: 20          | minimum: 51          | orders/4-alert/rules.yaml:9: minimum is greater than history: with 50 or less
            side: both           | side: below          | orders/4-alert/rules.yaml:18: side is "below": write one of above, both
            '  late-minutes: 10' | '  late: 10'         | orders/4-alert/rules.yaml:26: rule orders-of-channel has no late-minutes: write it below its name
            drop: 0.05           | drop: 0.05; most: 1  | orders/4-alert/rules.yaml:43: a rule that watches quality has no "most": known are drop, history, minimum, records, score, task, watch
            watch: low-stock     | watch: little-stock  | orders/4-alert/rules.yaml:46: watch is "little-stock": write one of order-value, order-count, quality, low-stock, stock-out
            stock-low:           | Stock:               | orders/4-alert/rules.yaml:45: "Stock" cannot name a rule: use lower-case letters, digits and hyphens
            '[1, 6, 24]'         | '[1, 48]'            | orders/4-alert/rules.yaml:28: windows-hours is 48: write a whole number from 1 to 24
            """)
    void what_is_wrong_is_told_by_line_with_what_would_be_right(String right, String wrong, String told) {
        var text = new String(ROUTES.bytes(WatchRules.FILE), UTF_8)
                .replaceFirst(Pattern.quote(right), wrong.replace("; ", "\n  "));

        assertThatThrownBy(() -> WatchRules.parse(text))
                .isInstanceOf(BadSettings.class)
                .hasMessage(told);
    }

    @Test
    void a_rule_twice_or_a_list_is_refused_and_nothing_is_nothing() {
        assertThatThrownBy(() ->
                        WatchRules.parse("a: {watch: low-stock, task: none}\na: {watch: low-stock, task: none}\n"))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith("orders/4-alert/rules.yaml:1: not YAML");
        assertThatThrownBy(() -> WatchRules.parse("- watch: low-stock\n"))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith("orders/4-alert/rules.yaml:1: no rules");
        assertThat(WatchRules.parse("# nothing\n").all()).isEmpty();
        assertThat(WatchRules.parse("a: {watch: low-stock, task: none}\n").all())
                .allSatisfy(rule -> assertThat(rule.task()).isEmpty());
    }
}
