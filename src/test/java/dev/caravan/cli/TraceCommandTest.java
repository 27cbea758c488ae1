package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceCommandTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"two words\" | two words",
                "7 | 7",
                "[1, 2] | 1; 2",
                "{\"a\": 1} | {\"a\":1}",
                "[{\"pointer\": \"/name\", \"rule\": \"no-name\", \"message\": \"a name is missing\"}] | no-name at \"/name\": a name is missing",
            })
    void a_fact_is_said_in_words(String fact, String said) {
        assertThat(TraceCommand.said(Json.read(fact))).isEqualTo(said);
    }
}
