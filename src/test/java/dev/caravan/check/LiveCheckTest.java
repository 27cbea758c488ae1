package dev.caravan.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.check.LiveCheck.AwsLook;
import dev.caravan.products.pimcore.PimcoreSetup;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.sandbox.Sandbox;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

class LiveCheckTest {
    private static Sandbox sandbox;

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start();
        PimcoreSetup.of(Settings.of(sandbox.environment()), Clock.systemUTC()).make();
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Test
    void where_everything_is_nothing_is_missing() {
        assertThat(problems()).isEmpty();
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', textBlock = """
            INBOX_BUCKET           | nowhere | S3 bucket nowhere      | create it, or set INBOX_BUCKET
            PRODUCTS_QUEUE         | nowhere | SQS queue nowhere      | create it, or set PRODUCTS_QUEUE
            PRODUCTS_QUEUE         | caravan-products-dead | SQS queue caravan-products-dead | has no dead-letter queue
            EVENTS_BUS             | nowhere | EventBridge bus nowhere | set EVENTS_BUS
            PIMCORE_API_KEY        | wrong   | Pimcore                | check PIMCORE_API_KEY
            MEDUSA_API_KEY         | sk_no   | Medusa                 | Set MEDUSA_API_KEY to a secret API key
            MEDUSA_SALES_CHANNEL   | Web     | Medusa                 | has no sales channel "Web": make it, or set MEDUSA_SALES_CHANNEL, or run setup medusa
            MEDUSA_REGIONS         | Gulf:AED:AE | Medusa             | has no currency aed: add it
            """)
    void what_a_setting_names_and_is_not_there_is_told(String variable, String value, String who, String what) {
        assertThat(problems(variable, value)).anySatisfy(problem -> {
            assertThat(problem.file()).isEqualTo(who);
            assertThat(problem.what()).contains(what);
        });
    }

    @Test
    void who_does_not_answer_is_told_with_the_setting_to_look_at() {
        var nobody = "http://127.0.0.1:" + CaravanProcess.freePort();

        assertThat(whats("MEDUSA_URL", nobody)).singleElement().asString().contains("check MEDUSA_URL");
        assertThat(whats("PIMCORE_URL", nobody)).singleElement().asString().contains("check PIMCORE_URL");
        assertThat(whats("DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/none?user=none"))
                .singleElement()
                .asString()
                .contains("in DATABASE_URL");
    }

    @Test
    void an_address_that_leads_elsewhere_is_told() {
        var medusa = sandbox.medusa().url().toString();

        assertThat(whats("PIMCORE_URL", medusa + "/health")).isNotEmpty();
        assertThat(whats("MEDUSA_URL", medusa + "/elsewhere"))
                .singleElement()
                .asString()
                .contains("Set MEDUSA_URL");
    }

    @Test
    void a_medusa_nobody_has_set_up_is_told_piece_by_piece() {
        try (var bare = new MedusaStandIn(MedusaStandIn.Settings.defaults().bare())) {
            var settings = environment("MEDUSA_URL", bare.url().toString());
            settings.put("MEDUSA_API_KEY", bare.secretKey());

            assertThat(problems(settings))
                    .extracting(Problem::what)
                    .contains("has no tax region sa: make it, or run setup medusa")
                    .hasSize(8);
        }
    }

    @Test
    void an_inbox_without_versions_is_told() {
        var s3 = sandbox.aws().clients().s3();
        var inbox = sandbox.aws().resources().inbox();
        s3.putBucketVersioning(request ->
                request.bucket(inbox).versioningConfiguration(by -> by.status(BucketVersioningStatus.SUSPENDED)));

        var problems = whats("INBOX_BUCKET", inbox);

        s3.putBucketVersioning(request ->
                request.bucket(inbox).versioningConfiguration(by -> by.status(BucketVersioningStatus.ENABLED)));
        assertThat(problems).singleElement().asString().contains("keeps no versions");
    }

    private static List<String> whats(String variable, String value) {
        return problems(variable, value).stream().map(Problem::what).toList();
    }

    private static List<Problem> problems(String variable, String value) {
        return problems(environment(variable, value));
    }

    private static List<Problem> problems() {
        return problems(new TreeMap<>(sandbox.environment()));
    }

    private static List<Problem> problems(TreeMap<String, String> environment) {
        var clients = sandbox.aws().clients();
        return new LiveCheck(
                        Settings.of(environment),
                        new AwsLook(clients.s3(), clients.sqs(), clients.eventBridge()),
                        Clock.systemUTC())
                .problems();
    }

    private static TreeMap<String, String> environment(String variable, String value) {
        var environment = new TreeMap<>(sandbox.environment());
        environment.put(variable, value);
        return environment;
    }
}
