package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import org.junit.jupiter.api.Test;

class AlertsCommandTest {
    @Test
    void alerts_are_told_with_their_evidence_and_what_clears_or_cleared_them() {
        var answer = Json.read("""
                {"alerts":[
                  {"state":"open","rule":"stock-low","title":"P-1: 3 in stock, below 10 is low","evidence":{"available":3},
                   "clears_when":"10 or more are in stock","raised_at":"2026-11-21T07:00:00Z"},
                  {"state":"cleared","rule":"orders-of-channel","title":"web: 0 orders in the last hour, usually 208","evidence":{"orders":0},
                   "clears_when":"there are more","raised_at":"2026-11-20T07:00:00Z","cleared_at":"2026-11-20T09:00:00Z"}]}""");

        assertThat(AlertsCommand.text(answer)).isEqualTo("""
                2026-11-21T07:00:00Z  P-1: 3 in stock, below 10 is low
                    rule stock-low, evidence {"available":3}
                    clears when 10 or more are in stock
                2026-11-20T07:00:00Z  web: 0 orders in the last hour, usually 208
                    rule orders-of-channel, evidence {"orders":0}
                    cleared 2026-11-20T09:00:00Z
                """);
        assertThat(AlertsCommand.text(Json.read("{\"alerts\":[]}"))).isEqualTo("no alerts\n");
    }
}
