package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.stack.Stack.Writes;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Drift put into both targets by hand, behind the flow's back. */
@Tag("operate")
class ReconcileIT {
    private static final int PRODUCTS = 200;

    private static Stack stack;
    private static Cli cli;

    @BeforeAll
    static void start() {
        // So that nobody but reconcile finds what was changed.
        stack = Stack.start("reconcile-it", settings -> settings.with("PUBLICATIONS_SWEEP_SECONDS", "86400"));
        cli = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void one_percent_of_drift_is_found_completely_and_repaired_with_as_many_writes() throws Exception {
        var handles = stack.handles(
                stack.delivered("products/shein/reconciled.json", generated(Options.of("shein", PRODUCTS, 71))));
        stack.quiet();
        stack.sandbox().pimcore().webhooks(false);
        assertThat(cli.run("reconcile").out()).endsWith("in sync\n");
        var edited = handles.get(20);
        var renamed = handles.get(150);
        var brand = stack.inPimcore(edited).text("brand");
        var title = stack.inMedusa(renamed).path("title").asText();

        stack.sandbox().pimcore().edit(stack.inPimcore(edited).fullpath(), Map.of("brand", "Drifted"));
        rename(stack.inMedusa(renamed).path("id").asText(), "Drifted");

        var seen = cli.run("reconcile");
        assertThat(seen.code()).as(seen.out() + seen.err()).isEqualTo(1);
        assertThat(seen.out())
                .contains(" compared, 0 missing, 1 different, 0 extra, 0 unowned\n  different  " + edited)
                .contains("brand is \"Drifted\" and should be \"" + brand + "\"")
                .contains("  different  " + renamed + "  title = " + title)
                .endsWith("not in sync; --repair sends what differs\n");

        var writes = stack.writesOf(() -> {
            var repaired = cli.run("reconcile", "--repair", "--rate", "1000");
            assertThat(repaired.code()).as(repaired.out() + repaired.err()).isZero();
            assertThat(repaired.out()).contains("repaired 1 products in Pimcore with 1 writes, and 1 in Medusa");
            patiently().untilAsserted(() -> assertThat(
                            stack.inMedusa(renamed).path("title").asText())
                    .isEqualTo(title));
        });

        assertThat(writes).isEqualTo(new Writes(1, 1));
        assertThat(stack.inPimcore(edited).text("brand")).isEqualTo(brand);
        var again = cli.run("reconcile");
        assertThat(again.code()).as(again.out()).isZero();
        assertThat(again.out())
                .containsPattern("Pimcore: \\d+ compared, 0 missing, 0 different, 0 extra")
                .containsPattern("Medusa: \\d+ compared, 0 missing, 0 different, 0 extra");
        assertThat(stack.journey(edited).path("journey").toString()).contains("repaired in Pimcore: brand");
    }

    @Test
    void what_is_missing_comes_back_and_what_is_too_much_is_only_named() throws Exception {
        var handles = stack.handles(stack.delivered("products/shein/lost.json", generated(Options.of("shein", 3, 72))));
        stack.quiet();
        stack.sandbox().pimcore().webhooks(false);
        var lost = handles.get(1);
        stack.sandbox().pimcore().delete(stack.inPimcore(lost).fullpath());
        admin("POST", "/admin/products", """
                {"title":"A merchant's own","handle":"own","options":[{"title":"Size","values":["One"]}]}""");

        var seen = cli.run("reconcile");
        assertThat(seen.out()).contains("  missing    " + lost).contains("  unowned    own");
        var repaired = cli.run("reconcile", "--repair");

        assertThat(repaired.code()).as(repaired.out()).isZero();
        assertThat(stack.inPimcore(lost).published()).isTrue();
        patiently().untilAsserted(() -> assertThat(stack.onSale("sar")).containsKey(lost));
        assertThat(stack.inMedusa("own").isMissingNode()).isFalse();
    }

    @Test
    void only_products_are_reconciled_and_only_by_an_operator() {
        var unknown = cli.run("reconcile", "--flow", "orders");

        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("there is no flow \"orders\" to reconcile");
    }

    @Test
    void setup_pimcore_finds_everything_there_and_check_live_nothing_to_say_of_it() {
        var sandbox = new Cli(stack.sandbox().environment());

        var setup = sandbox.run("setup", "pimcore");
        var check = sandbox.run("check", "--live");

        assertThat(setup.code()).as(setup.out() + setup.err()).isZero();
        assertThat(setup.out())
                .containsSubsequence("there    endpoint", "there    classes", "there    columns", "folder /products");
        assertThat(check.out() + check.err()).doesNotContain("Pimcore");
    }

    private static void rename(String id, String title) throws Exception {
        admin("POST", "/admin/products/" + id, "{\"title\":\"" + title + "\"}");
    }

    private static void admin(String method, String path, String body) throws Exception {
        var medusa = stack.sandbox().medusa();
        var basic = Base64.getEncoder().encodeToString((medusa.secretKey() + ":").getBytes(UTF_8));
        var answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(medusa.url().resolve(path))
                                .header("Authorization", "Basic " + basic)
                                .header("Content-Type", "application/json")
                                .method(method, BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(List.of(200, 201)).as(answer.body()).contains(answer.statusCode());
    }
}
