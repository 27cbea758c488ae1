package dev.caravan.clickstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClickRulesTest {
    private static final RouteFiles ROUTES = RouteFiles.at("file:routes");

    @Test
    void the_shipped_rules_are_read_in_their_order() {
        assertThat(ClickRules.load(ROUTES).all())
                .extracting(ClickRule::name)
                .containsExactly(
                        "too-many-clicks",
                        "bulk-quantity",
                        "big-cart",
                        "bot",
                        "many-addresses",
                        "many-countries",
                        "failed-payments");
    }

    @Test
    void the_task_of_a_rule_has_the_priority_of_its_severity_unless_it_says_another_one_or_none() {
        var rules = ClickRules.parse("""
                as-severe: {watch: rate, limit: 1, window-seconds: 60, severity: high}
                less: {watch: rate, limit: 1, window-seconds: 60, severity: high, task: low}
                too-many: {watch: rate, limit: 1, window-seconds: 60, severity: high, task: none}
                """);

        assertThat(rules.all())
                .extracting(ClickRule::task)
                .containsExactly(Optional.of("high"), Optional.of("low"), Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            watch: rate              ; watch: rates         ; clickstream/3-alert/rules.yaml:6: watch is "rates": write one of rate, value, pattern, distinct, count
            limit: 100               ; limit: 0             ; clickstream/3-alert/rules.yaml:7: limit is 0: write a whole number from 1 to 1000000
            window-seconds: 60       ; window-seconds: 7201 ; clickstream/3-alert/rules.yaml:8: window-seconds is 7201: write a whole number from 1 to 7200
            severity: high           ; severity: dire       ; clickstream/3-alert/rules.yaml:9: severity is "dire": write one of low, medium, high
            field: quantity          ; field: colour        ; clickstream/3-alert/rules.yaml:13: field is "colour": write one of quantity, price, cart_value
            '(?i)bot'                ; '(bot'               ; clickstream/3-alert/rules.yaml:28: pattern is no regular expression: Unclosed group: write one of Java's, such as "(?i)bot|crawl"
            '[payment_failed]'       ; payment_failed       ; clickstream/3-alert/rules.yaml:48: types is "payment_failed": write a list of texts, such as [a, b]
            limit: 3                 ; most: 3              ; clickstream/3-alert/rules.yaml:46: rule failed-payments has no limit: write it below its name
            """)
    void what_is_wrong_is_told_by_line_with_what_would_be_right(String right, String wrong, String told) {
        var text = new String(ROUTES.bytes(ClickRules.FILE), StandardCharsets.UTF_8)
                .replaceFirst(Pattern.quote(right), wrong);

        assertThatThrownBy(() -> ClickRules.parse(text))
                .isInstanceOf(BadSettings.class)
                .hasMessage(told);
    }

    @Test
    void more_rules_about_single_clicks_than_there_are_bits_for_are_refused() {
        var text = new StringBuilder();
        for (int i = 0; i < 16; i++)
            text.append("big-" + i)
                    .append(": {watch: value, field: price, limit: 1, window-seconds: 60, severity: low}\n");

        assertThatThrownBy(() -> ClickRules.parse(text.toString()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("more than 15 rules watch value or pattern");
    }
}
