package dev.caravan.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleSchemaTest {
    @Test
    void a_constraint_without_a_rule_of_its_own_is_told_by_the_general_one() {
        var violations =
                schema("{\"properties\": {\"a\": {\"type\": \"string\"}}}").violations(Json.read("{\"a\": 1}"));

        assertThat(violations).extracting(violation -> violation.rule().id()).containsExactly("record-shape");
        assertThat(violations.get(0).message()).isEqualTo("integer found, string expected");
        assertThat(violations.get(0).pointer()).isEqualTo("/a");
    }

    @Test
    void a_missing_member_is_told_by_its_own_rule_and_with_the_pointer_it_would_have() {
        var schema = schema("""
                {"required": ["a/b", "c"], "x-rule": "something-missing", "x-message": "something is missing",
                 "properties": {"a/b": {"x-missing": {"rule": "no-ab", "message": "a/b is missing", "level": "warning"}}}}""");

        var violations = schema.violations(Json.object());

        assertThat(violations).extracting(RuleSchema.Violation::pointer).containsExactly("/a~1b", "/c");
        assertThat(violations)
                .extracting(violation -> violation.rule().id())
                .containsExactly("no-ab", "something-missing");
        assertThat(violations)
                .extracting(violation -> violation.rule().warning())
                .containsExactly(true, false);
        assertThat(schema.rules()).containsOnlyKeys("no-ab", "something-missing");
    }

    @Test
    void repeats_are_told_where_they_stand() {
        var schema = schema("{\"x-unique\": \"/k/n\", \"x-rule\": \"repeated\", \"x-message\": \"{value} again\"}");

        var violations = schema.violations(
                Json.read(
                        "[{\"k\":{\"n\":\"a\"}},{\"k\":{\"n\":\"b\"}},{\"k\":{\"n\":\"a\"}},{\"k\":{}},{\"k\":{}},{\"k\":{\"n\":null}},{\"k\":{\"n\":null}}]"));

        assertThat(violations).extracting(RuleSchema.Violation::pointer).containsExactly("/2/k/n");
        assertThat(violations).extracting(RuleSchema.Violation::message).containsExactly("\"a\" again");
        assertThat(schema.violations(Json.read("{}"))).isEmpty();
    }

    @Test
    void warnings_alone_are_told_without_the_full_validator_and_alike() {
        var schema = schema("""
                {"properties": {"list": {"allOf": [{"minItems": 1, "x-rule": "empty", "x-message": "the list is {value}", "x-level": "warning"}]},
                                "name": {"allOf": [{"required": ["en"], "x-rule": "no-en", "x-message": "no English", "x-level": "warning"}]}}}""");

        for (var value : new String[] {
            "{}", "{\"list\":[]}", "{\"name\":{}}", "{\"list\":[],\"name\":{\"ar\":\"x\"}}", "{\"list\":1,\"name\":2}"
        }) {
            assertThat(schema.violations(Json.read(value))).as(value).isEqualTo(schema.fullyChecked(Json.read(value)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"enum\": [1, \"a\"]} | 1 | 2",
                "{\"exclusiveMinimum\": 0} | 0.1 | 0",
                "{\"minProperties\": 1} | {\"a\":1} | {}",
                "{\"propertyNames\": {\"pattern\": \"^a\"}} | {\"ab\":1} | {\"b\":1}",
                "{\"propertyNames\": {\"maxLength\": 1}} | {\"a\":1} | {\"bb\":1}",
                "{\"contains\": {\"const\": \"x\"}} | [1,\"x\"] | [1]",
                "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"boolean\"}]} | true | 1",
                "{\"oneOf\": [{\"type\": \"string\"}]} | \"a\" | 1",
                "{\"if\": {\"type\": \"integer\"}, \"then\": {\"minimum\": 5}} | 6 | 4",
                "{\"if\": {\"type\": \"string\"}, \"else\": {\"minimum\": 5}} | 6 | 4",
                "{\"not\": {\"minimum\": 5}} | 4 | 6",
                "{\"not\": {\"const\": 5}} | 4 | 5",
                "{\"additionalProperties\": false, \"properties\": {\"a\": true}} | {\"a\":1} | {\"b\":1}",
                "{\"patternProperties\": {\"^a\": {}}, \"additionalProperties\": false} | {\"ab\":1} | {\"b\":1}",
                "{\"properties\": {\"a\": {\"$ref\": \"#\"}}, \"type\": \"object\"} | {\"a\":{\"a\":{}}} | {\"a\":{\"a\":1}}",
                "{\"properties\": {\"a\": {\"$ref\": \"#/$defs/n\"}}, \"$defs\": {\"n\": {\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#/$defs/n\"}}}}} | {\"a\":{\"a\":{}}} | {\"a\":{\"a\":1}}",
                "{\"maxLength\": 2} | \"ab\" | \"abc\"",
                "{\"maximum\": 2, \"minimum\": 1} | 1.5 | 3",
                "{\"type\": \"integer\"} | 1.0 | 1.5",
                "{\"maxItems\": 1, \"minItems\": 1} | [1] | [1,2]",
            })
    void the_quick_answer_says_nothing_else_than_the_full_validator(String schema, String valid, String invalid) {
        assertThat(schema(schema).violations(Json.read(valid))).isEmpty();
        assertThat(schema(schema).violations(Json.read(invalid))).isNotEmpty();
    }

    private static RuleSchema schema(String text) {
        return RuleSchema.of("test.schema.json", text.getBytes(UTF_8), CoreRule.RECORD_SHAPE);
    }
}
