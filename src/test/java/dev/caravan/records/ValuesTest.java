package dev.caravan.records;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "250.0 | \"250\"",
                "\"250\" | \"250\"",
                "2.5e2 | \"250\"",
                "-0.50 | \"-0.5\"",
                "0.00 | \"0\"",
                "\" 7 \" | \"7\"",
                "\"7 dollars\" | \"7 dollars\"",
                "\"1e3\" | \"1e3\"",
                "\"--1\" | \"--1\"",
                "\"1.2.3\" | \"1.2.3\"",
                "\"٣\" | \"٣\"",
                "1e400 | 1e400",
                "true | true",
                "[1] | [1]",
                "\"  \" | null",
                "null | null"
            })
    void an_amount_has_one_form_and_what_is_none_stays_for_the_schema(String given, String canonical) {
        assertThat(read(Values.decimal(Json.read(given)))).isEqualTo(read(Json.read(canonical)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2 | 2",
                "\"2\" | 2",
                "2.0 | 2",
                "\"02\" | 2",
                "1.5 | 1.5",
                "3000000000 | 3000000000",
                "true | true",
                "\"two\" | \"two\"",
                "null | null"
            })
    void a_count_is_a_whole_number(String given, String canonical) {
        assertThat(read(Values.integer(Json.read(given)))).isEqualTo(read(Json.read(canonical)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"2025-08-28T12:28:45.353Z\" | \"2025-08-28T12:28:45.353Z\"",
                "\"2025-08-28T14:28:45+02:00\" | \"2025-08-28T12:28:45.000Z\"",
                "1756384125353 | \"2025-08-28T12:28:45.353Z\"",
                "\"1756384125353\" | \"2025-08-28T12:28:45.353Z\"",
                "\"2025-08-28T12:28:45.3539Z\" | \"2025-08-28T12:28:45.353Z\"",
                "\"2025-08-28T12:28:45\" | \"2025-08-28T12:28:45\"",
                "\"yesterday\" | \"yesterday\"",
                "\"2025-02-30T12:28:45.353Z\" | \"no moment: 2025-02-30T12:28:45.353Z\"",
                "\"2025-02-29T12:28:45.353Z\" | \"no moment: 2025-02-29T12:28:45.353Z\"",
                "\"2024-02-29T23:59:59.999Z\" | \"2024-02-29T23:59:59.999Z\"",
                "\"2025-13-01T12:28:45.353Z\" | \"no moment: 2025-13-01T12:28:45.353Z\"",
                "\"2025-00-01T12:28:45.353Z\" | \"no moment: 2025-00-01T12:28:45.353Z\"",
                "\"2025-01-00T12:28:45.353Z\" | \"no moment: 2025-01-00T12:28:45.353Z\"",
                "\"2025-01-01T24:00:00.000Z\" | \"no moment: 2025-01-01T24:00:00.000Z\"",
                "\"2025-01-01T12:60:45.353Z\" | \"no moment: 2025-01-01T12:60:45.353Z\"",
                "\"2025-01-01T12:28:60.353Z\" | \"no moment: 2025-01-01T12:28:60.353Z\"",
                "{} | {}",
                "null | null"
            })
    void a_moment_is_in_utc_with_milliseconds(String given, String canonical) {
        assertThat(read(Values.instant(Json.read(given)))).isEqualTo(read(Json.read(canonical)));
    }

    /** Whatever the Java type of a number. */
    private static JsonNode read(JsonNode value) {
        return value == null ? read(Json.read("null")) : Json.read(Json.bytes(value));
    }
}
