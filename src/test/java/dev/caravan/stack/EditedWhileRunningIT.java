package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Routes, Kamelets and mappings edited in place while files come in: nothing is restarted, nothing is lost, nothing is done twice. */
@TestMethodOrder(OrderAnnotation.class)
@Tag("operate")
class EditedWhileRunningIT {
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
    private static final String ACME = "routes/products/2-normalise/acme/product.jslt";
    private static final String PIMCORE = "routes/products/3-pimcore/pimcore.camel.yaml";
    private static final String NORMALISE = "routes/products/2-normalise/normalise.camel.yaml";
    private static final String KAMELET = "kamelets/medusa-admin-action.kamelet.yaml";
    private static final Path LOG = Path.of("target", "edited-while-running-it.log");
    private static final int RECORDS = 20;

    @TempDir
    private static Path folder;

    private static Stack stack;
    private static int number;

    @BeforeAll
    static void start() throws IOException {
        for (var root : List.of("routes", "kamelets")) {
            try (var files = Files.walk(Path.of(root))) {
                for (var file : files.filter(Files::isRegularFile).toList())
                    write(file.toString(), Files.readString(file));
            }
        }
        write(ACME, MAPPING.formatted("price"));
        Files.deleteIfExists(LOG);
        stack = Stack.start("edited-while-running-it", settings -> settings.with(
                        "CARAVAN_ROUTES", "file:" + folder.resolve("routes"))
                .with("CARAVAN_KAMELETS", "file:" + folder.resolve("kamelets"))
                .with("CARAVAN_ROUTES_RELOAD_SECONDS", "1"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    @Order(1)
    void under_load_edits_take_effect_and_every_product_is_delivered_once() throws IOException {
        var balances = new ConcurrentLinkedQueue<Map<String, Long>>();
        var loading = new AtomicBoolean(true);
        var load = IntStream.range(0, 3)
                .mapToObj(worker -> CompletableFuture.runAsync(() -> {
                    for (int i = worker; loading.get(); i += 3) {
                        var file = generated(Options.of("shein", RECORDS, 7_000 + i));
                        balances.add(states(stack.delivered("products/shein/load-" + i + ".json", file)));
                    }
                }))
                .toList();
        patiently().until(() -> !balances.isEmpty());

        edit(PIMCORE, "\"{{products.page-size}}\"", "7");
        edit(NORMALISE, "into products on the bus", "into products, on their way to the bus");
        edit(KAMELET, "connectTimeout: 5000", "connectTimeout: 4000");
        edit(ACME, ".price", ".preis");

        loading.set(false);
        load.forEach(CompletableFuture::join);
        assertThat(balances).containsOnly(Map.of("delivered", (long) RECORDS));
        long products = (long) balances.size() * RECORDS;
        assertThat(count("select count(*) from journey.hop where what like 'written to Pimcore%'"))
                .isEqualTo(products);
        assertThat(count("select count(*) from journey.hop where what like 'created in Medusa%'"))
                .isEqualTo(products);
        assertThat(count("select count(*) from dead_letters.letter")).isZero();
        assertThat(stack.caravan().get("/api/ledger").path("balanced").asBoolean())
                .isTrue();
    }

    @Test
    @Order(2)
    void records_are_mapped_by_the_edited_mapping_which_is_archived_by_its_hash() {
        var balance = stack.delivered("products/acme/new.json", Json.bytes(article("preis", "19.90")));

        assertThat(states(balance)).isEqualTo(Map.of("delivered", 1L));
        assertThat(count("select count(*) from products.mapping where supplier = 'acme'"))
                .isEqualTo(1);
        assertThat(
                        count(
                                "select count(*) from products.mapping where supplier = 'acme' and files::text like '%.preis%'"))
                .isEqualTo(1);
    }

    @Test
    @Order(3)
    void a_broken_edit_is_refused_and_what_ran_before_goes_on() throws IOException {
        long taken = audited("edit-taken");

        write(PIMCORE, read(PIMCORE).replace("method: write", "method: writes"));
        patiently().until(() -> audited("edit-refused") == 1);

        var balance = stack.delivered("products/acme/meanwhile.json", Json.bytes(article("preis", "5.00")));
        assertThat(states(balance)).isEqualTo(Map.of("delivered", 1L));
        assertThat(audited("edit-taken")).isEqualTo(taken);
        assertThat(Files.readString(LOG))
                .containsOnlyOnce("edit refused: " + PIMCORE
                        + ":17:13: bean pimcoreStep has no method \"writes\": did you mean \"write\"?");
    }

    @Test
    @Order(4)
    void repaired_and_with_one_edit_more_it_takes_effect() throws IOException {
        write(ACME, MAPPING.formatted("cost"));
        edit(PIMCORE, "method: writes", "method: write");

        var balance = stack.delivered("products/acme/repaired.json", Json.bytes(article("cost", "7.50")));
        assertThat(states(balance)).isEqualTo(Map.of("delivered", 1L));
        assertThat(audited("edit-refused")).isEqualTo(1);
    }

    private static ArrayNode article(String price, String amount) {
        var id = "a" + ++number;
        return Json.array()
                .add(Json.object()
                        .put("number", id)
                        .put("title", "Article " + id)
                        .put("pieces", 4)
                        .put(price, amount));
    }

    /** Edits a file and waits until that has taken effect. */
    private static void edit(String file, String text, String instead) throws IOException {
        long before = audited("edit-taken");
        var content = read(file);
        assertThat(content).contains(text);
        write(file, content.replace(text, instead));
        patiently().until(() -> audited("edit-taken") > before);
    }

    private static long audited(String action) {
        return count("select count(*) from audit.action where action = '" + action + "'");
    }

    private static long count(String query) {
        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var rows = connection.createStatement().executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    private static void write(String file, String content) throws IOException {
        Files.createDirectories(folder.resolve(file).getParent());
        Files.writeString(folder.resolve(file), content);
    }
}
