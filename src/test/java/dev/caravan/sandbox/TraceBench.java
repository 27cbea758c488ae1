package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Random;

/** How long an operator waits for one journey among many. */
final class TraceBench {
    /** Three hops a product, as a product on sale has them, and its place in the ledger. */
    private static final String JOURNEYS = """
            insert into ledger.upload (id, flow, supplier, bucket, object_key, version_id, event_time, sequencer, state, received, started_at)
            values ('00000000-0000-0000-0000-000000000001', 'products', 'shein', 'caravan-inbox', 'products/shein/many.json', 'v1', now(), '01', 'complete', %1$d, now());
            insert into products.product (supplier, id, handle, source_version, content_hash, upload, index, accepted_at)
            select 'shein', 'p' || i, 'shein-p' || i, 'v', md5(i::text), '00000000-0000-0000-0000-000000000001', i, now() from generate_series(1, %1$d) i;
            insert into products.sku (sku, supplier, id) select 's' || i, 'shein', 'p' || i from generate_series(1, %1$d) i;
            insert into ledger.entry (upload, flow, first_index, last_index, state, thing, changed_at)
            select '00000000-0000-0000-0000-000000000001', 'products', i, i, 'delivered', 'shein/p' || i, now() from generate_series(1, %1$d) i;
            insert into journey.hop (flow, thing, at, step, upload, index, what, data)
            select 'products', 'shein/p' || i, now() + make_interval(secs => step), 'products-step-' || step, '00000000-0000-0000-0000-000000000001', i,
                   'something happened to it', jsonb_build_object('contentHash', md5(i::text), 'bucket', 'caravan-inbox')
            from generate_series(1, %1$d) i, generate_series(1, 3) step;
            analyze""";

    private TraceBench() {}

    /** @param count products whose journeys are stored */
    static ObjectNode run(Sandbox sandbox, CaravanProcess caravan, int count, int questions) throws SQLException {
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl())) {
            try (var statement = connection.createStatement()) {
                statement.execute(JOURNEYS.formatted(count));
            }
            var random = new Random(1);
            for (int i = 0; i < 200; i++) ask(caravan, 1 + random.nextInt(count));
            var api = new double[questions];
            var bare = new double[questions];
            for (int i = 0; i < questions; i++) {
                int product = 1 + random.nextInt(count);
                long began = System.nanoTime();
                ask(caravan, product);
                api[i] = (System.nanoTime() - began) / 1e6;
                int other = 1 + random.nextInt(count);
                began = System.nanoTime();
                hops(connection, other);
                bare[i] = (System.nanoTime() - began) / 1e6;
            }
            Arrays.sort(api);
            Arrays.sort(bare);
            var result =
                    Json.object().put("bench", "trace").put("journeys", count).put("questions", questions);
            result.set("milliseconds", Bench.percentiles(api, 50, 90, 99, 100));
            result.set("bareMilliseconds", Bench.percentiles(bare, 50, 90, 99, 100));
            return result.put("limitMilliseconds", 100)
                    .put("ratio", Bench.rounded(bare[questions / 2] / api[questions / 2]));
        }
    }

    private static void ask(CaravanProcess caravan, int product) {
        var found = caravan.get("/api/journeys?id=s" + product);
        if (found.size() != 1 || found.get(0).path("journey").size() != 3)
            throw new IllegalStateException("not the journey of s" + product + ": " + found);
    }

    private static void hops(Connection connection, int product) throws SQLException {
        try (var select = connection.prepareStatement(
                "select at, step, what, data::text from journey.hop where flow = 'products' and thing = ? order by at")) {
            select.setString(1, "shein/p" + product);
            var rows = select.executeQuery();
            int count = 0;
            while (rows.next()) count++;
            if (count != 3) throw new IllegalStateException(count + " hops of " + product);
        }
    }
}
