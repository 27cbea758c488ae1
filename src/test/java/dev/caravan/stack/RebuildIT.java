package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.stack.Stack.Writes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The database is gone, without a backup: what {@code docs/operations/backup.md} says to do gives it back, from the inbox alone. */
@Tag("operate")
class RebuildIT {
    /** Where each of the samples is put, and which it is. */
    private static final Map<String, String> FILES = Map.of(
            "catalog/products.json", "product_catalog.json",
            "inventory/stock.csv", "inventory.csv",
            "orders/day.jsonl", "orders.jsonl",
            "transactions/day.csv", "transactions.csv",
            "tickets/day.json", "tickets.json",
            "products/shein/day.json", "shein_products.json");

    /**
     * What has to be there again, row by row: all but ids and times of the work itself. What Pimcore tells of published products has an
     * upload a page, and pages are cut anew.
     */
    private static final List<String> QUESTIONS = List.of(
            "select u.object_key, e.flow, e.state, sum(e.last_index - e.first_index + 1) from ledger.upload u join ledger.entry e on e.upload = u.id where not u.object_key ~ 'catalog/[0-9a-f]{8}-' group by 1, 2, 3 order by 1, 2, 3",
            "select order_id, placed_at, day, customer, channel, status, currency from orders.placed order by 1",
            "select order_id, position, product_id, quantity, unit_price from orders.line order by 1, 2",
            "select * from orders.revenue_by_day order by day, channel, country, state, currency, status",
            "select product_id, category, brand, price from orders.product order by 1",
            "select user_id, orders, lifetime_value from customers.profile order by 1",
            "select user_id, valid_from, valid_to, country, support_status from customers.history order by 1, 2",
            "select supplier, id, content_hash, pimcore_id, medusa_id from products.product order by 1, 2");

    @Test
    void the_inbox_makes_the_same_tables_again_and_nothing_is_written_twice_to_pimcore_and_the_shop() throws Exception {
        try (var stack = Stack.start("rebuild-it", settings -> settings)) {
            for (var file : FILES.entrySet())
                stack.delivered(file.getKey(), Files.readAllBytes(Path.of("samples", file.getValue())));
            stack.quiet();
            var lost = database(stack);
            var before = tables(lost);
            assertThat(before.values()).noneMatch(List::isEmpty);

            var began = Instant.now();
            var rebuilt = lost.replaceFirst("/postgres(?=\\?|$)", "/rebuilt");
            execute(lost, "create database rebuilt");
            stack.restart(settings -> settings.with("DATABASE_URL", rebuilt));
            var writes = stack.writesOf(() -> {
                var cli = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
                var bucket = stack.sandbox().aws().resources().inbox();
                for (var key : FILES.keySet())
                    assertThat(cli.run("ingest", "s3://" + bucket + "/" + key).code())
                            .isZero();
                patiently().untilAsserted(() -> assertThat(tables(rebuilt)).isEqualTo(before));
            });
            var took = Duration.between(began, Instant.now());

            assertThat(writes).isEqualTo(Writes.NONE);
            System.out.println(
                    "rebuilt from " + FILES.size() + " objects in " + took.toSeconds() + " s, start included");
        }
    }

    private static String database(Stack stack) {
        return stack.sandbox().environment().get("DATABASE_URL");
    }

    private static Map<String, List<String>> tables(String database) throws SQLException {
        var tables = new LinkedHashMap<String, List<String>>();
        try (var connection = DriverManager.getConnection(database);
                var statement = connection.createStatement()) {
            for (var question : QUESTIONS) {
                var rows = new ArrayList<String>();
                try (var found = statement.executeQuery(question)) {
                    while (found.next()) {
                        var row = new ArrayList<String>();
                        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) row.add(found.getString(i));
                        rows.add(row.toString());
                    }
                }
                tables.put(question, rows);
            }
        }
        return tables;
    }

    private static void execute(String database, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
