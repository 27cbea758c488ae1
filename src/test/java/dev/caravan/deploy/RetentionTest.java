package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.archive.Dataset;
import dev.caravan.archive.Datasets;
import dev.caravan.settings.Settings;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is let go by settings is let go by the bucket, too, and not sooner. */
class RetentionTest {
    private static final Template STORAGE = Template.named("storage");
    private static final Map<Dataset, String> SETTINGS = Map.of(
            Datasets.CLICKS, "clickstream.clicks-kept-days",
            Datasets.SESSIONS, "clickstream.sessions-kept-days",
            Datasets.TRANSACTIONS, "customers.transactions-kept-days",
            Datasets.PROFILE_HISTORY, "customers.transactions-kept-days",
            Datasets.TICKETS, "customers.tickets-kept-days",
            Datasets.ORDERS, "orders.kept-days");

    /** By the area in which they come, the parameter that says how long: as long as what is made of them. */
    private static final Map<String, String> ORIGINALS = Map.of(
            "products", "RawDays",
            "inventory", "RawDays",
            "catalog", "RawDays",
            "orders", "OrderDays",
            "transactions", "TransactionDays",
            "tickets", "TicketDays",
            "clicks", "ClickDays");

    static Iterable<Dataset> datasets() {
        return Datasets.ALL;
    }

    @ParameterizedTest
    @MethodSource("datasets")
    void a_data_set_has_a_rule_of_the_bucket_for_as_long_as_its_setting_says(Dataset dataset) {
        var rule = rule("parquet/" + dataset.name() + "/");

        var parameter = rule.at("/ExpirationInDays/Ref").asText();

        assertThat(STORAGE.tree().at("/Parameters/" + parameter + "/Default").asInt())
                .isEqualTo(Settings.of(Map.of()).integer(SETTINGS.get(dataset)));
        assertThat(STORAGE.tree()
                        .at("/Parameters/" + parameter + "/Description")
                        .asText())
                .contains(SETTINGS.get(dataset));
    }

    @Test
    void originals_are_kept_as_long_as_what_is_made_of_them() {
        assertThat(expiring()
                        .filter(rule -> rule.path("Prefix").asText().startsWith("raw/"))
                        .collect(Collectors.toMap(
                                rule -> rule.path("Prefix").asText().split("/")[1],
                                rule -> rule.at("/ExpirationInDays/Ref").asText())))
                .isEqualTo(ORIGINALS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet/", "raw/"})
    void no_other_rule_takes_objects_sooner(String folder) {
        assertThat(expiring().map(rule -> rule.path("Prefix").asText()).filter(folder::startsWith))
                .isEmpty();
    }

    /** S3 refuses a rule whose objects are to move after they are gone. */
    @Test
    void no_parameter_can_be_so_short_that_objects_go_before_they_move() {
        expiring().forEach(rule -> {
            var parameter = "/Parameters/" + rule.at("/ExpirationInDays/Ref").asText();
            rule.path("Transitions").forEach(to -> assertThat(
                            STORAGE.tree().at(parameter + "/MinValue").asInt())
                    .as(rule.path("Prefix").asText())
                    .isGreaterThan(to.path("TransitionInDays").asInt()));
        });
    }

    private static Stream<JsonNode> expiring() {
        return rules().valueStream().filter(rule -> rule.has("ExpirationInDays"));
    }

    private static JsonNode rule(String prefix) {
        return rules().valueStream()
                .filter(rule -> rule.path("Prefix").asText("").equals(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no rule for " + prefix));
    }

    private static JsonNode rules() {
        return STORAGE.tree().at("/Resources/Archive/Properties/LifecycleConfiguration/Rules");
    }
}
