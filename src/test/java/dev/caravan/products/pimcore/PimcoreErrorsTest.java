package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Reply;
import dev.caravan.products.pimcore.PimcoreErrors.Remedy;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PimcoreErrorsTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T07:00:00Z"), ZoneOffset.UTC);
    private static final String PAGE = "<!DOCTYPE html><html><body><h1>Oops! An Error Occurred</h1></body></html>";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            unable to update object. Unknown id or fullpath                                                         | CREATE
            object with fullpath:'/products/none' not found                                                         | CREATE
            object with id:'77' not found                                                                           | CREATE
            Duplicate full path [ /products/acme-1 ] - cannot save object                                           | UPDATE
            unique constraint violation                                                                             | UPDATE
            Element with id  or fullpath /categories/acme-9 not found                                               | RELATE
            unable to resolve parent                                                                                | PARENT
            Validation failed: Empty mandatory field [ externalId ] fieldname=externalId                            | PARK
            Validation failed: Value in field [ brand ] is longer than 190 characters                               | PARK
            SQLSTATE[22001]: Data too long for column 'brand' at row 1                                              | PARK
            Variable "$input0" got invalid value "12,5" at "input0.stock"; Int cannot represent non-integer value: "12,5" | PARK
            Variable "$input4" got invalid value 1732152000000 at "input4.stock"; Int cannot represent non 32-bit signed integer value: 1732152000000 | PARK
            unable to decode filter                                                                                 | PARK
            Field "colour" is not defined by type "UpdateProductInput".                                             | SETTINGS
            Field "nope" is not defined by type "UpdateProductInput". Did you mean "name"?                          | SETTINGS
            Variable "$input1" got invalid value {"colour":"red"}; Field "colour" is not defined by type "UpdateProductInput". | SETTINGS
            Variable "$input1" got invalid value {"fr":"Sac"} at "input1.name"; Field "fr" is not defined by type "LocalizedString". | SETTINGS
            Cannot query field "colour" on type "object_Product".                                                   | SETTINGS
            Unknown argument "published" on field "updateProduct" of type "Mutations".                              | SETTINGS
            Syntax Error: Unexpected <EOF>                                                                          | SETTINGS
            Syntax Error: Expected Name, found }                                                                    | SETTINGS
            permission denied. check your workspace settings                                                        | SETTINGS
            Internal server error                                                                                   | RETRY
            subscriber failed                                                                                       | RETRY
            SQLSTATE[40001]: Deadlock found when trying to get lock; try restarting transaction                     | RETRY
            something nobody has seen yet                                                                           | RETRY
            """)
    void each_message_has_its_remedy(String message, Remedy remedy) {
        assertThat(PimcoreErrors.remedy(message)).isEqualTo(remedy);
    }

    @Test
    void each_line_of_the_table_for_people_is_what_the_table_says() {
        var rows = PimcoreErrors.markdown()
                .lines()
                .filter(row -> row.startsWith("| `") && !row.contains("and all else"))
                .map(row -> row.split("[|`] ?"))
                .toList();

        assertThat(rows).hasSizeGreaterThan(15).allSatisfy(row -> assertThat(PimcoreErrors.remedy(row[2]))
                .as(row[2])
                .hasToString(row[4].strip().toUpperCase(Locale.ROOT)));
    }

    @Test
    void a_field_the_endpoint_lacks_is_named_with_what_to_do() {
        var message =
                "Variable \"$input1\" got invalid value {\"colour\":\"red\"}; Field \"colour\" is not defined by type \"UpdateProductInput\".";

        assertThat(PimcoreErrors.explained(message))
                .isEqualTo(
                        "Pimcore's endpoint has no field \"colour\" in UpdateProductInput: add it to the "
                                + "Data Hub columns (a language: to valid_languages), or take it out of products/3-pimcore/pimcore-product.jslt");
    }

    @Test
    void a_long_message_is_cut() {
        assertThat(PimcoreErrors.explained("x".repeat(10_000))).hasSizeLessThan(600);
    }

    @Test
    void the_variable_complained_of_tells_which_object_it_is() {
        assertThat(PimcoreErrors.variable("Variable \"$input12\" got invalid value 1"))
                .hasValue(12);
        assertThat(PimcoreErrors.variable("Syntax Error: Unexpected <EOF>")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504, 200})
    void a_page_instead_of_an_answer_heals_when_the_server_is_in_trouble(int status) {
        assertThat(failure(status, Map.of())).isInstanceOf(TargetUnavailable.class);
    }

    @ParameterizedTest
    @CsvSource({
        "401, PIMCORE_API_KEY",
        "403, PIMCORE_API_KEY",
        "404, PIMCORE_URL",
        "302, PIMCORE_URL",
        "413, fewer objects"
    })
    void a_page_instead_of_an_answer_is_a_matter_of_settings_when_we_are_in_the_wrong_place(int status, String hint) {
        assertThat(failure(status, Map.of())).isInstanceOf(BadSettings.class).hasMessageContaining(hint);
    }

    @Test
    void how_long_to_wait_is_taken_from_seconds_or_from_a_date() {
        assertThat(retryAfter("7")).isEqualTo(Duration.ofSeconds(7));
        assertThat(retryAfter("Sat, 21 Nov 2026 07:01:30 GMT")).isEqualTo(Duration.ofSeconds(90));
        assertThat(retryAfter("Sat, 21 Nov 2026 06:00:00 GMT")).isZero();
        assertThat(retryAfter("soon")).isNull();
    }

    private static Duration retryAfter(String header) {
        return ((TargetUnavailable) failure(429, Map.of("retry-after", header)))
                .retryAfter()
                .orElse(null);
    }

    private static RuntimeException failure(int status, Map<String, String> headers) {
        return PimcoreErrors.failure(new Reply(status, headers, PAGE.getBytes(StandardCharsets.UTF_8)), CLOCK);
    }
}
