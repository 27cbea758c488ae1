package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.archive.Dataset;
import dev.caravan.archive.Datasets;
import dev.caravan.settings.Settings;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
    void no_other_rule_takes_parquet_files_sooner() {
        assertThat(StreamSupport.stream(rules().spliterator(), false)
                        .filter(rule -> rule.has("ExpirationInDays"))
                        .map(rule -> rule.path("Prefix").asText())
                        .filter("parquet/"::startsWith))
                .isEmpty();
    }

    private static JsonNode rule(String prefix) {
        return StreamSupport.stream(rules().spliterator(), false)
                .filter(rule -> rule.path("Prefix").asText("").equals(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no rule for " + prefix));
    }

    private static JsonNode rules() {
        return STORAGE.tree().at("/Resources/Archive/Properties/LifecycleConfiguration/Rules");
    }
}
