package dev.caravan.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.state.Caches;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static final Map<String, String> REQUIRED = Map.of(
            "DATABASE_URL", "jdbc:postgresql://127.0.0.1:5432/caravan?user=caravan&password=hush",
            "PIMCORE_URL", "https://pim.example/pimcore-graphql-webservices/caravan",
            "PIMCORE_API_KEY", "pim-key",
            "PIMCORE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "MEDUSA_URL", "https://shop.example",
            "MEDUSA_API_KEY", "sk_123");

    @Test
    void what_has_no_default_is_enough_to_start() {
        assertThat(Settings.of(REQUIRED).validated()).isNotNull();
    }

    @Test
    void user_and_password_of_the_database_may_come_apart_from_its_url() {
        var settings = Settings.of(Map.of(
                "DATABASE_URL", "jdbc:postgresql://db:5432/caravan?sslmode=require",
                "DATABASE_USER", "caravan",
                "DATABASE_PASSWORD", "p&ss=w ord%"));
        var bare = Settings.of(Map.of("DATABASE_URL", "jdbc:postgresql://db/caravan", "DATABASE_USER", "caravan"));

        assertThat(settings.text("database.url"))
                .isEqualTo("jdbc:postgresql://db:5432/caravan?sslmode=require&user=caravan&password=p%26ss%3Dw+ord%25");
        assertThat(settings.forCamel().getProperty("database.url")).isEqualTo(settings.text("database.url"));
        assertThat(org.postgresql.Driver.parseURL(settings.text("database.url"), null))
                .containsEntry("user", "caravan")
                .containsEntry("password", "p&ss=w ord%");
        assertThat(settings.inForce())
                .filteredOn(setting -> setting.key().equals("database.password"))
                .extracting(Settings.InForce::value)
                .containsExactly("set");
        assertThat(bare.text("database.url")).isEqualTo("jdbc:postgresql://db/caravan?user=caravan");
    }

    @Test
    void every_setting_has_a_key_of_its_own_and_a_default_unless_it_is_required() {
        var settings = Settings.of(Map.of());
        var keys = new HashSet<String>();

        for (var setting : Settings.ALL) {
            assertThat(keys.add(setting.key())).as(setting.key()).isTrue();
            assertThat(setting.description()).as(setting.key()).endsWith(".");
            assertThat(settings.origin(setting))
                    .as(setting.key())
                    .isEqualTo(setting.required() ? "unset" : "application.properties");
        }
    }

    @Test
    void every_default_is_valid() {
        var settings = Settings.of(Map.of());

        for (var setting : Settings.ALL) {
            if (setting.required()) continue;
            assertThat(setting.problem().apply(settings.text(setting.key())))
                    .as(setting.key())
                    .isEmpty();
        }
    }

    @Test
    void application_properties_has_no_key_that_is_not_a_setting() {
        assertThat(Settings.of(Map.of()).unknown()).isEmpty();
    }

    @Test
    void one_start_names_everything_that_is_missing_by_its_variable() {
        assertThatThrownBy(() -> Settings.of(Map.of()).validated())
                .isInstanceOf(BadSettings.class)
                .message()
                .satisfies(message -> assertThat(message.lines())
                        .hasSize(6)
                        .allMatch(line -> line.startsWith("set "))
                        .anyMatch(line -> line.equals("set MEDUSA_URL: Medusa's base URL."))
                        .anyMatch(line -> line.startsWith("set DATABASE_URL: ")));
    }

    @Test
    void several_wrong_values_are_named_together_with_what_would_be_right() {
        var environment = with(
                "PRODUCTS_PAGE_SIZE",
                "0",
                "CARAVAN_FLOWS",
                "products,bills",
                "PRODUCTS_IMAGE_REQUIRED",
                "yes",
                "MEDUSA_URL",
                "ftp://shop");

        assertThatThrownBy(() -> Settings.of(environment).validated())
                .isInstanceOf(BadSettings.class)
                .message()
                .satisfies(message -> assertThat(message.lines())
                        .hasSize(4)
                        .anyMatch(line -> line.startsWith("PRODUCTS_PAGE_SIZE=0 must be between 1 and 100: "))
                        .anyMatch(line ->
                                line.startsWith("CARAVAN_FLOWS=products,bills must be a comma-separated list of flows"))
                        .anyMatch(line -> line.startsWith("PRODUCTS_IMAGE_REQUIRED=yes must be one of true, false: "))
                        .anyMatch(line ->
                                line.startsWith("MEDUSA_URL=ftp://shop must start with http:// or https://: ")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PRODUCTS_PAGE_SIZE     | twenty         | must be a whole number",
                "PRODUCTS_PAGE_SIZE     | 101            | must be between 1 and 100",
                "UPLOADS_MAX_INFLATED_BYTES | 99999999999999999999 | must be a whole number",
                "MEDUSA_URL             | http://a b     | must be a URL",
                "MEDUSA_URL             | localhost:9000 | must start with http:// or https://",
                "MEDUSA_URL             | https:///x     | must be a URL",
                "CARAVAN_PREFIX         | Caravan        | must be lower-case letters, digits and hyphens",
                "CARAVAN_ROUTES         | routes         | must be classpath:routes or file:FOLDER",
                "PRODUCTS_PUBLISH       | WHEN-COMPLETE  | must be one of when-complete, manual",
                "OTEL_EXPORTER_OTLP_ENDPOINT | collector:4318 | must start with http:// or https://",
                "OTEL_EXPORTER_OTLP_PROTOCOL | grpc      | must be one of http/protobuf",
                "OTEL_TRACES_SAMPLER    | sometimes      | must be one of always_on, always_off",
                "OTEL_TRACES_SAMPLER_ARG | 2             | must be between 0 and 1",
                "CARAVAN_FLOWS          | products,      | must be a comma-separated list of flows",
                "PRODUCTS_QUEUE         | {{no.such-key}} | refers to {{no.such-key}}, which is not set"
            })
    void a_wrong_value_is_named_with_what_is_wrong(String variable, String value, String problem) {
        assertThatThrownBy(() -> Settings.of(with(variable, value)).validated())
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith(variable + "=" + value + " " + problem);
    }

    @ParameterizedTest
    @CsvSource({
        "DATABASE_URL, jdbc:mysql://root:hush@localhost/caravan",
        "PIMCORE_WEBHOOK_SECRET, hush!",
        "OTEL_EXPORTER_OTLP_HEADERS, hush",
    })
    void a_secret_that_is_wrong_is_not_shown(String variable, String secret) {
        assertThatThrownBy(() -> Settings.of(with(variable, secret)).validated())
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith(variable + " must ")
                .message()
                .doesNotContain("hush");
    }

    @Test
    void placeholders_are_resolved_also_in_what_the_environment_says() {
        assertThat(Settings.of(Map.of()).text("products.queue")).isEqualTo("caravan-products");
        assertThat(Settings.of(Map.of("CARAVAN_PREFIX", "eu")).text("products.queue"))
                .isEqualTo("eu-products");
        assertThat(Settings.of(Map.of(
                                "CARAVAN_PREFIX", "eu", "PRODUCTS_QUEUE", "{{caravan.prefix}}-p-{{caravan.flows}}"))
                        .text("products.queue"))
                .isEqualTo("eu-p-products,orders,clickstream,customers,tasks");
    }

    @Test
    void a_value_that_refers_to_itself_is_named() {
        var settings = Settings.of(Map.of("INBOX_BUCKET", "{{archive.bucket}}", "ARCHIVE_BUCKET", "{{inbox.bucket}}"));

        assertThatThrownBy(() -> settings.text("inbox.bucket"))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("inbox.bucket")
                .hasMessageContaining("itself");
    }

    @Test
    void the_environment_wins_over_application_properties() {
        var settings = Settings.of(Map.of("PRODUCTS_PAGE_SIZE", " 7 "));

        assertThat(settings.integer("products.page-size")).isEqualTo(7);
        assertThat(settings.origin(setting("products.page-size"))).isEqualTo("environment");
        assertThat(settings.origin(setting("uploads.page-size"))).isEqualTo("application.properties");
        assertThat(settings.origin(setting("medusa.url"))).isEqualTo("unset");
    }

    @Test
    void an_environment_variable_that_is_empty_counts_as_not_set_as_compose_files_pass_it() {
        var settings = Settings.of(with("PRODUCTS_PAGE_SIZE", "", "CARAVAN_FLOWS", "  "))
                .validated();

        assertThat(settings.integer("products.page-size")).isEqualTo(20);
        assertThat(settings.text("caravan.flows")).isEqualTo("products,orders,clickstream,customers,tasks");
        assertThat(settings.origin(setting("products.page-size"))).isEqualTo("application.properties");
        assertThatThrownBy(() -> Settings.of(with("MEDUSA_URL", " ")).validated())
                .hasMessage("set MEDUSA_URL: Medusa's base URL.");
    }

    @Test
    void a_duration_has_the_unit_of_its_key() {
        var settings = Settings.of(Map.of());

        assertThat(settings.duration("retry.first-delay-milliseconds")).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.duration("retry.max-delay-seconds")).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.duration("caravan.idempotency-days")).isEqualTo(Duration.ofDays(15));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.duration("products.page-size"))
                .withMessageContaining("products.page-size");
    }

    @Test
    void numbers_flags_and_addresses_are_read_as_such() {
        var settings = Settings.of(REQUIRED);

        assertThat(settings.number("uploads.max-inflated-bytes")).isEqualTo(21_474_836_480L);
        assertThat(settings.flag("products.image-required")).isFalse();
        assertThat(settings.uri("medusa.url")).hasHost("shop.example");
        assertThat(settings.text("no.such.key")).isEmpty();
    }

    @Test
    void camel_sees_the_same_values_required_ones_included() {
        var settings = Settings.of(with("PRODUCTS_PAGE_SIZE", "7"));

        var camel = settings.forCamel();

        assertThat(camel)
                .containsEntry("products.page-size", "7")
                .containsEntry("products.queue", "caravan-products")
                .containsEntry("medusa.url", "https://shop.example")
                .containsEntry("camel.main.shutdownTimeout", "30");
        assertThat(new TreeMap<>(camel).values())
                .noneMatch(value -> value.toString().contains("{{"));
    }

    @Test
    void the_caches_keep_what_they_are_told_to_for_as_long_as_they_are_told_to() {
        var caches = Caches.Settings.read(
                Settings.of(Map.of("CARAVAN_IDEMPOTENCY_DAYS", "3", "CARAVAN_NODE_NAME", "one"))::text);

        assertThat(caches.idempotentLifespan()).isEqualTo(Duration.ofDays(3));
        assertThat(caches.nodeName()).isEqualTo("one");
    }

    private static Map<String, String> with(String... changes) {
        var environment = new HashMap<>(REQUIRED);
        for (int i = 0; i < changes.length; i += 2) environment.put(changes[i], changes[i + 1]);
        return environment;
    }

    private static Setting setting(String key) {
        return Settings.ALL.stream()
                .filter(setting -> setting.key().equals(key))
                .findFirst()
                .orElseThrow();
    }
}
