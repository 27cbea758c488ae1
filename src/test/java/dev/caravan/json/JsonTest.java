package dev.caravan.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadMessage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "{\"a\":1} {\"b\":2}",
                "{\"a\":1}x",
                "{a:1}",
                "{\"a\":01}",
                "[1,]",
                "",
                "  ",
                "nul"
            })
    void what_is_not_one_strict_json_value_is_refused(String text) {
        assertThatThrownBy(() -> Json.read(text))
                .isInstanceOf(BadMessage.class)
                .hasMessageStartingWith("not readable as JSON: ")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void a_value_may_nest_as_deep_as_allowed_and_not_deeper() {
        assertThat(Json.read("[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH)))
                .isNotNull();
        assertThatThrownBy(() -> Json.read("[".repeat(Json.MAX_DEPTH + 1) + "]".repeat(Json.MAX_DEPTH + 1)))
                .isInstanceOf(BadMessage.class);
        assertThatThrownBy(() -> Json.read("{\"a\":".repeat(100_000))).isInstanceOf(BadMessage.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "23.80",
                "0.10",
                "12345678901234567890.123456789012345678901234567890",
                "100",
                "9007199254740993",
                "1E+3"
            })
    void the_digits_of_a_number_stay_as_they_are(String number) {
        assertThat(new String(Json.bytes(Json.read("{\"n\":" + number + "}")), StandardCharsets.UTF_8))
                .isEqualTo("{\"n\":" + number + "}");
        assertThat(new String(Json.canonicalBytes(Json.read("[" + number + "]")), StandardCharsets.UTF_8))
                .isEqualTo("[" + number + "]");
    }

    @Test
    void the_same_value_has_the_same_canonical_bytes_whatever_the_order_of_its_keys() {
        var one = Json.read("{\"b\" : [2, 1, {\"z\":null,\"a\":true}], \"a\": \"ف\"}");
        var other = Json.read("{\"a\":\"\\u0641\",\"b\":[2,1,{\"a\":true,\"z\":null}]}");

        assertThat(new String(Json.canonicalBytes(one), StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":\"ف\",\"b\":[2,1,{\"a\":true,\"z\":null}]}");
        assertThat(Json.canonicalBytes(other)).isEqualTo(Json.canonicalBytes(one));
        assertThat(Json.hash(other)).isEqualTo(Json.hash(one)).matches("[0-9a-f]{64}");
    }

    @Test
    void the_order_of_an_array_means_something() {
        assertThat(Json.hash(Json.read("[1,2]"))).isNotEqualTo(Json.hash(Json.read("[2,1]")));
    }

    @Test
    void plain_bytes_keep_the_order_of_keys() {
        assertThat(new String(Json.bytes(Json.object().put("b", 1).put("a", 2)), StandardCharsets.UTF_8))
                .isEqualTo("{\"b\":1,\"a\":2}");
    }

    @Test
    void sha256_is_that_of_everybody() {
        assertThat(Json.sha256("abc".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
