package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.testing.Acme.article;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import dev.caravan.stack.Stack.Writes;
import dev.caravan.testing.Acme;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changed routes beside the live ones, in the packaged JAR. */
@Tag("operate")
class ShadowIT {
    private static final byte[] FILE = Json.bytes(Json.array()
            .add(article("1", "Lamp", "9.90"))
            .add(article("2", "Chair", "25"))
            .add(article("3", "Table", "40")));

    @TempDir
    Path folder;

    /** What came of a file. */
    private record Came(Map<String, String> shop, Writes writes) {}

    @Test
    void the_shadow_tells_what_it_would_do_and_the_shop_is_the_same_with_it_and_without() {
        var inForce = Acme.in(folder.resolve("in-force")).folder();
        var changed = Acme.in(folder.resolve("changed"))
                .edited(Acme.MAPPING, "{\"en\": .title}", "{\"en\": if (.title == \"Chair\") \"Seat\" else .title}")
                .folder();
        var without = run(inForce, "");

        var with = run(inForce, "file:" + changed);

        assertThat(with).isEqualTo(without);
        assertThat(with.shop()).hasSize(3).containsKey("acme-2");
    }

    private static Came run(Path inForce, String shadow) {
        UnaryOperator<dev.caravan.sandbox.CaravanProcess.Options> settings =
                options -> options.with("CARAVAN_ROUTES", "file:" + inForce)
                        .with("SHADOW_ROUTES", shadow)
                        .with("SHADOW_PERCENT", "100");
        try (var stack = Stack.start("shadow-it", settings)) {
            var writes = stack.writesOf(() -> stack.delivered("products/acme/a.json", FILE));
            var shop = new TreeMap<String, String>();
            stack.onSale("sar")
                    .forEach((handle, product) -> shop.put(
                            handle,
                            product.path("title").asText() + " "
                                    + stack.price("sar", handle, handle.replace("acme-", ""))));
            var cli = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
            if (shadow.isEmpty()) {
                assertThat(cli.run("shadow").code()).isEqualTo(2);
                return new Came(shop, writes);
            }
            patiently()
                    .until(() ->
                            stack.caravan().get("/api/shadow").path("records").asInt() == 3);
            var told = cli.run("shadow");
            assertThat(told.code()).isEqualTo(1);
            assertThat(told.out())
                    .contains("records: 3, the same: 2, different: 1")
                    .contains("products/acme/a.json record 1  delivered")
                    .contains("/medusa/title  \"Chair\" → \"Seat\"");
            return new Came(shop, writes);
        }
    }
}
