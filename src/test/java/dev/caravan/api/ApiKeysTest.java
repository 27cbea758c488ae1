package dev.caravan.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.failure.BadSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
    private static final String HASH = "a".repeat(64);

    @Test
    void a_key_is_known_by_its_hash_only() {
        var mara = ApiKeys.generate();
        var noor = ApiKeys.generate();
        var setting =
                ApiKeys.entry("mara", Role.OPERATOR, mara) + ", " + ApiKeys.entry("noor", Role.VIEWER, noor) + ",";

        var keys = ApiKeys.parse(setting);

        assertThat(setting).doesNotContain(mara).doesNotContain(noor);
        assertThat(keys.caller(mara)).contains(new Caller("mara", Role.OPERATOR));
        assertThat(keys.caller(noor)).contains(new Caller("noor", Role.VIEWER));
        assertThat(keys.caller(mara + "x")).isEmpty();
        assertThat(keys.caller("")).isEmpty();
    }

    @Test
    void keys_are_long_random_and_safe_in_a_shell() {
        assertThat(ApiKeys.generate()).matches("ck_[A-Za-z0-9_-]{32}").isNotEqualTo(ApiKeys.generate());
    }

    @Test
    void without_keys_nobody_is_known() {
        assertThat(ApiKeys.parse("").caller("anything")).isEmpty();
        assertThat(ApiKeys.parse(" , ").caller("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mara",
                "mara:operator",
                "mara:boss:" + "HASH",
                "mara:operator:xyz",
                "mara:operator:abcd",
                ":operator:HASH",
                "mara:operator:HASH:more"
            })
    void an_entry_that_is_none_is_named_by_its_place_and_not_shown(String entry) {
        var wrong = entry.replace("HASH", HASH);

        assertThatThrownBy(() -> ApiKeys.parse("noor:viewer:" + HASH + "," + wrong))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith("CARAVAN_API_KEYS: entry 2 must be NAME:ROLE:SHA256")
                .message()
                .doesNotContain(wrong);
    }

    @ParameterizedTest
    @CsvSource({
        "PRODUCER, PRODUCER, true", "PRODUCER, VIEWER, false", "PRODUCER, OPERATOR, false",
        "VIEWER, PRODUCER, false", "VIEWER, VIEWER, true", "VIEWER, OPERATOR, false",
        "OPERATOR, PRODUCER, false", "OPERATOR, VIEWER, true", "OPERATOR, OPERATOR, true"
    })
    void an_operator_may_look_too_and_nobody_else_may_do_more_than_their_role(Role role, Role needed, boolean may) {
        assertThat(role.covers(needed)).isEqualTo(may);
    }

    @Test
    void a_role_may_be_written_in_any_case() {
        var key = ApiKeys.generate();

        assertThat(ApiKeys.parse(ApiKeys.entry("mara", Role.VIEWER, key).replace("viewer", "Viewer"))
                        .caller(key))
                .isPresent();
    }
}
