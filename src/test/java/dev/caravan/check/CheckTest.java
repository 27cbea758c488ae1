package dev.caravan.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is shipped is right; and each of these mistakes in a copy of it is found, in the right file and on the right line. */
class CheckTest {
    private static final Path SHIPPED = Path.of("").toAbsolutePath();

    @TempDir
    Path copy;

    @Test
    void nothing_is_wrong_with_what_is_shipped() {
        assertThat(check(SHIPPED, Map.of(), false)).isEmpty();
    }

    /** A file, the text that is replaced in it, what it becomes, the line of the problem (0: any), and words of the message. */
    static Stream<Arguments> mistakes() {
        var pimcore = "routes/products/3-pimcore/pimcore.camel.yaml";
        var normalise = "routes/products/2-normalise/normalise.camel.yaml";
        var kamelet = "kamelets/pimcore-data-hub-action.kamelet.yaml";
        var shein = "routes/products/2-normalise/shein/";
        return Stream.of(
                mistake(
                        "a colon is missing",
                        pimcore,
                        "    id: products-pimcore",
                        "    id products-pimcore",
                        0,
                        "not YAML"),
                mistake(
                        "a key stands twice",
                        pimcore,
                        "    group: products",
                        "    group: products\n    group: products",
                        4,
                        "twice"),
                mistake(
                        "a step is misspelt",
                        normalise,
                        "        - setProperty:",
                        "        - setPropery:",
                        12,
                        "\"setPropery\" is not known here",
                        "setProperty"),
                mistake(
                        "a route's option is misspelt",
                        pimcore,
                        "    routePolicy:",
                        "    routePolcy:",
                        5,
                        "did you mean \"routePolicy\"?"),
                mistake(
                        "a component is misspelt",
                        pimcore,
                        "uri: sqs-batch",
                        "uri: sqs-bach",
                        7,
                        "no component \"sqs-bach\""),
                mistake(
                        "an endpoint's option is misspelt",
                        pimcore,
                        "        concurrentConsumers:",
                        "        concurentConsumers:",
                        11,
                        "did you mean \"concurrentConsumers\"?"),
                mistake(
                        "a header that a component reads is misspelt",
                        "routes/orders/3-report/day.camel.yaml",
                        "name: CamelAwsS3Key",
                        "name: CamelAwsS3Kye",
                        29,
                        "no component knows header \"CamelAwsS3Kye\": did you mean \"CamelAwsS3Key\"?"),
                mistake(
                        "a setting is misspelt",
                        pimcore,
                        "{{products.page-size}}",
                        "{{products.pagesize}}",
                        10,
                        "did you mean \"products.page-size\"?"),
                mistake(
                        "a bean is misspelt",
                        pimcore,
                        "ref: pimcoreStep",
                        "ref: pimcoreSteps",
                        16,
                        "no bean \"pimcoreSteps\"",
                        "did you mean \"pimcoreStep\"?"),
                mistake(
                        "a bean's method is misspelt",
                        pimcore,
                        "method: write",
                        "method: writes",
                        17,
                        "no method \"writes\"",
                        "did you mean \"write\"?"),
                mistake(
                        "two routes have one id",
                        pimcore,
                        "id: products-pimcore",
                        "id: products-normalise",
                        2,
                        "route id \"products-normalise\" is taken by routes/products/2-normalise/normalise.camel.yaml:2"),
                mistake(
                        "a route is called that is not there",
                        "routes/products/1-receive/receive.camel.yaml",
                        "name: products-normalise",
                        "name: products-normalize",
                        0,
                        "no route begins with direct:products-normalize"),
                mistake(
                        "a route the application needs is renamed",
                        "routes/_shared/pimcore.camel.yaml",
                        "name: pimcore-call",
                        "name: pimcore-calls",
                        1,
                        "no route begins with direct:pimcore-call,"),
                mistake(
                        "an error handling is named that is not there",
                        pimcore,
                        "    group: products",
                        "    routeConfigurationId: gentle\n    group: products",
                        3,
                        "no routeConfiguration \"gentle\""),
                mistake("a route without a description", pimcore, "    description:", "    note:", 1, "no description"),
                mistake(
                        "a Kamelet's property is not used",
                        kamelet,
                        "{{timeoutSeconds}}000",
                        "60000",
                        23,
                        "\"timeoutSeconds\" is declared and not used"),
                mistake(
                        "a Kamelet uses what it does not declare",
                        kamelet,
                        "constant: \"{{apiKey}}\"",
                        "constant: \"{{apiToken}}\"",
                        0,
                        "{{apiToken}} is used and not declared"),
                mistake(
                        "a Kamelet has another name than its file",
                        kamelet,
                        "  name: pimcore-data-hub-action",
                        "  name: pimcore-hub-action",
                        4,
                        "the file's is \"pimcore-data-hub-action\""),
                mistake(
                        "a Kamelet is called without what it needs",
                        "routes/_shared/pimcore.camel.yaml",
                        "              apiKey:",
                        "              key:",
                        0,
                        "needs \"apiKey\""),
                mistake("a mapping has a bracket too few", shein + "product.jslt", "\n}", "\n", 0, "product.jslt"),
                mistake("a schema has a comma too few", shein + "record.schema.json", "\",\n", "\"\n", 3, "not JSON"),
                mistake(
                        "a schema's type is none",
                        "routes/products/4-medusa/shop-product.schema.json",
                        "\"type\": \"object\"",
                        "\"type\": \"objekt\"",
                        5,
                        "does not have a value in the enumeration"),
                mistake(
                        "a supplier's setting is misspelt",
                        shein + "supplier.yaml",
                        "stock-when-absent:",
                        "stock-if-absent:",
                        4,
                        "unknown setting \"stock-if-absent\""),
                mistake(
                        "a rule for alerts watches what nobody can",
                        "routes/orders/4-alert/rules.yaml",
                        "watch: stock-out",
                        "watch: stock-outs",
                        50,
                        "watch is \"stock-outs\": write one of order-value, order-count, quality, low-stock, stock-out"),
                mistake(
                        "a mapping does something else than its cases say",
                        shein + "product.jslt",
                        "\"brand\":",
                        "\"make\":",
                        0,
                        "cases/"));
    }

    private static Arguments mistake(String name, String file, String text, String instead, int line, String... said) {
        return Arguments.of(name, file, text, instead, line, List.of(said));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void is_found(String name, String file, String text, String instead, int line, List<String> said)
            throws IOException {
        Copies.of(SHIPPED, copy, "routes", "kamelets");
        var original = Files.readString(copy.resolve(file));
        assertThat(original).contains(text);
        int at = original.indexOf(text);
        Files.writeString(
                copy.resolve(file), original.substring(0, at) + instead + original.substring(at + text.length()));

        var problems = check(copy, Map.of(), false);

        assertThat(problems).anySatisfy(problem -> {
            assertThat(problem.toString()).contains(said);
            if (said.contains("cases/")) return;
            assertThat(problem.file()).isEqualTo(file);
            if (line > 0) assertThat(problem.line()).as(problem.toString()).isEqualTo(line);
            else assertThat(problem.line()).isPositive();
        });
    }

    @Test
    void a_wrong_setting_is_found() {
        assertThat(check(SHIPPED, Map.of("PRODUCTS_PAGE_SIZE", "many"), false))
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .startsWith("environment: PRODUCTS_PAGE_SIZE=many must be a whole number"));
    }

    @Test
    void what_only_a_running_instance_needs_is_asked_for_only_then() {
        assertThat(check(SHIPPED, Map.of(), true))
                .extracting(Problem::what)
                .anyMatch(what -> what.startsWith("set DATABASE_URL"));
    }

    @Test
    void a_route_file_that_camel_does_not_see_is_found() throws IOException {
        Copies.of(SHIPPED, copy, "routes", "kamelets");
        Files.writeString(copy.resolve("routes/products/extra.yaml"), "- route: {}");

        assertThat(check(copy, Map.of(), false))
                .singleElement()
                .hasToString("routes/products/extra.yaml:1: Camel does not see this file: name it *.camel.yaml");
    }

    private static List<Problem> check(Path root, Map<String, String> environment, boolean complete) {
        return new Check(
                        RouteFiles.at("file:" + root.resolve("routes")),
                        RouteFiles.at("file:" + root.resolve("kamelets")),
                        Settings.of(environment))
                .problems(complete);
    }
}
