package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.records;
import static dev.caravan.stack.Stack.states;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.stack.Stack.Writes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A folder of routes beside the JAR, edited as a user edits it; and no webhooks, so that only the sweep sees what changes in Pimcore. */
@Tag("operate")
@TestMethodOrder(OrderAnnotation.class)
class EditedRoutesIT {
    private static final String SUPPLIERS = "products/2-normalise/";

    /** Reads the price where this supplier once had it. */
    private static final String MAPPING = """
            {
              "id": .number,
              "sku": .number,
              "name": {"en": .title},
              "variants": [{
                "sku": .number,
                "options": {"Size": "one-size"},
                "prices": [for ([.%s]) {"currency": "SAR", "amount": .} if (.)],
                "stock": .pieces
              }]
            }
            """;

    @TempDir
    private static Path folder;

    private static Path routes;
    private static Stack stack;

    @BeforeAll
    static void start() throws IOException {
        routes = folder.resolve("routes");
        try (var files = Files.walk(Path.of("routes"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var copy = routes.resolve(Path.of("routes").relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        supplier("acme", MAPPING.formatted("price"));
        setting("shein-us", "stock-when-absent: hold", "stock-when-absent: unmanaged");
        stack = Stack.start("edited-routes-it", settings -> settings.with("CARAVAN_ROUTES", "file:" + routes)
                .with("PUBLICATIONS_SWEEP_SECONDS", "2"));
        stack.sandbox().pimcore().webhooks(false);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    @Order(1)
    void the_routes_in_the_folder_are_the_ones_that_run() {
        var balance = stack.delivered(
                "products/acme/old.json",
                Json.bytes(Json.array().add(article("a1").put("price", "9.90"))));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 1L));
        assertThat(stack.price("sar", "acme-a1", "a1")).isEqualTo("9.9");
    }

    @Test
    @Order(1)
    void a_supplier_that_tells_no_stock_is_sold_without_counting_when_its_setting_says_so() {
        var balance = stack.delivered("products/shein-us/us.csv", generated(Options.of("shein-us", 3, 41)));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 3L));
        for (var handle : stack.handles(balance)) {
            assertThat(stack.onSale("usd")).containsKey(handle);
            assertThat(stack.inMedusa(handle).at("/variants/0/managed").asBoolean(true))
                    .isFalse();
        }
    }

    @Test
    @Order(1)
    void without_webhooks_the_sweep_finds_what_a_person_unpublished_and_published() {
        var handle = stack.handles(stack.delivered("products/shein/swept.json", generated(Options.of("shein", 1, 42))))
                .get(0);
        var path = stack.inPimcore(handle).fullpath();

        stack.sandbox().pimcore().unpublish(path);

        patiently().untilAsserted(() -> assertThat(
                        stack.inMedusa(handle).path("status").asText())
                .isEqualTo("draft"));

        stack.sandbox().pimcore().publish(path);

        patiently().untilAsserted(() -> assertThat(stack.onSale("sar")).containsKey(handle));
    }

    @Test
    @Order(2)
    void after_the_mapping_is_repaired_the_quarantined_records_are_released_and_counted_once() throws IOException {
        var key = "products/acme/new.json";
        var file = Json.array()
                .add(article("b1").put("preis", "19.90"))
                .add(article("b2").put("price", "5.00"))
                .add(article("b3").put("preis", "29.90"));
        var refused = stack.delivered(key, Json.bytes(file));
        assertThat(states(refused)).isEqualTo(Map.of("delivered", 1L, "quarantined", 2L));
        assertThat(stack.quarantined(key).findValuesAsText("rule")).containsOnly("price-missing");
        var unknown = stack.delivered(
                "products/bazaar/first.json",
                Json.bytes(Json.array().add(article("c1").put("price", "7.50"))));
        assertThat(states(unknown)).isEqualTo(Map.of("quarantined", 1L));

        supplier("acme", MAPPING.formatted("preis"));
        supplier("bazaar", MAPPING.formatted("price"));
        stack.restart(settings -> settings);
        var released = stack.caravan().post("/api/quarantine/release", Json.object());

        assertThat(released).isEqualTo(Json.object().put("released", 3).put("stillRefused", 0));
        patiently().untilAsserted(() -> assertThat(states(stack.balances(key).get(0)))
                .isEqualTo(Map.of("delivered", 3L)));
        patiently().untilAsserted(() -> assertThat(
                        states(stack.balances("products/bazaar/first.json").get(0)))
                .isEqualTo(Map.of("delivered", 1L)));
        assertThat(stack.price("sar", "acme-b1", "b1")).isEqualTo("19.9");
        assertThat(stack.price("sar", "bazaar-c1", "c1")).isEqualTo("7.5");
        assertThat(stack.quarantined(key)).isEmpty();
        assertThat(stack.caravan().get("/api/ledger").path("balanced").asBoolean())
                .isTrue();
    }

    @Test
    @Order(3)
    void a_rehearsal_tells_what_a_replay_would_come_to_with_the_files_as_they_are_and_sends_nothing()
            throws IOException {
        var key = "products/shein/rehearsed.json";
        var file = generated(Options.of("shein", 3, 43));
        var ids = records(file).stream()
                .map(record -> record.at("/info/productInfo/goods_id").asText())
                .toList();
        var faults = stack.sandbox().pimcore().faults();
        ids.forEach(id -> faults.reject("shein:" + id, "no price list"));
        assertThat(states(stack.delivered(key, file))).isEqualTo(Map.of("parked", 3L));
        stack.send(stack.sandbox().aws().resources().products(), "{\"detail\":{\"supplier\":\"shein\"}}");
        var operator = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
        patiently().until(() -> operator.run("dead-letters", "list").out().contains("4 open"));

        var unchanged = operator.run("dead-letters", "rehearse");

        assertThat(unchanged.out())
                .startsWith("0 would pass, 1 would fail, 3 would send again what was refused before")
                .contains("3 letters: ")
                .contains("no price list")
                .contains("1 letters: ProductIngested without id");
        assertThat(unchanged.code()).isEqualTo(1);

        edit("products/3-pimcore/pimcore-product.jslt", "\"brand\": .brand,", "\"brand\": \"Caravan's own\",");
        var edited = new Cli.Ended[1];
        var writes = stack.writesOf(() -> edited[0] = operator.run("dead-letters", "rehearse", "--changes"));

        assertThat(edited[0].out())
                .contains("3 would pass, 1 would fail" + System.lineSeparator())
                .contains("shein/" + ids.get(0) + "  pass")
                .contains("  pimcore shein:" + ids.get(0) + " would be made");
        assertThat(writes).isEqualTo(Writes.NONE);
        assertThat(states(stack.balances(key).get(0))).isEqualTo(Map.of("parked", 3L));
        assertThat(operator.run("dead-letters", "list").out()).contains("4 open");

        ids.forEach(id -> faults.accept("shein:" + id));
        stack.restart(settings -> settings);
        var again = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
        again.run("dead-letters", "replay", "--flow", "products");
        patiently().untilAsserted(() -> assertThat(states(stack.balances(key).get(0)))
                .isEqualTo(Map.of("delivered", 3L)));
        patiently().until(() -> again.run("dead-letters", "list").out().contains("1 open"));
        editedAndReplayed(again, ids.get(0));
    }

    /** The last open letter gets the message of one that came through. */
    private static void editedAndReplayed(Cli operator, String id) throws IOException {
        var letter = operator.run("dead-letters", "list").out().substring(0, 36);
        var other = stack.caravan()
                .get("/api/dead-letters?state=replayed&lane=shein%2F" + id)
                .path(0);
        var message = stack.caravan()
                .get("/api/dead-letters/" + other.path("id").asText())
                .path("body")
                .asText();
        var file = folder.resolve("message.json");

        Files.writeString(file, message.replace("\"contentHash\"", "\"kontentHash\""));
        var refused =
                operator.run("dead-letters", "edit", "--id", letter, "--message", file.toString(), "--why", "by hand");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("contentHash");

        Files.writeString(file, message);
        var edited =
                operator.run("dead-letters", "edit", "--id", letter, "--message", file.toString(), "--why", "by hand");
        assertThat(edited.out()).startsWith(letter).contains("add /detail-type: \"ProductIngested\"");
        assertThat(operator.run("dead-letters", "rehearse").out()).startsWith("1 would pass, 0 would fail");
        operator.run("dead-letters", "replay", "--id", letter);
        patiently().until(() -> operator.run("dead-letters", "list").out().startsWith("0 open"));
        assertThat(operator.run("dead-letters", "show", letter).out())
                .contains("\"what\" : \"edit\"")
                .contains("\"why\" : \"by hand\"");
    }

    private static com.fasterxml.jackson.databind.node.ObjectNode article(String number) {
        return Json.object()
                .put("number", number)
                .put("title", "Article " + number)
                .put("pieces", 4);
    }

    private static void supplier(String name, String mapping) throws IOException {
        var file = routes.resolve(SUPPLIERS + name + "/product.jslt");
        Files.createDirectories(file.getParent());
        Files.write(file, mapping.getBytes(UTF_8));
    }

    private static void setting(String supplier, String from, String to) throws IOException {
        edit(SUPPLIERS + supplier + "/supplier.yaml", from, to);
    }

    private static void edit(String path, String from, String to) throws IOException {
        var file = routes.resolve(path);
        var text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }
}
