package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.products.ProductKey;
import dev.caravan.routes.RouteFiles;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PimcoreMappingTest {
    private static final RouteFiles FILES = RouteFiles.at("file:routes");

    static PimcoreMapping mapping() {
        return PimcoreMapping.compile(FILES.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE);
    }

    static Stream<String> cases() {
        return FILES.endingWith(".in.json").stream().filter(path -> path.startsWith("products/3-pimcore/"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void each_case_gives_what_stands_beside_it(String path) {
        var product = (ObjectNode) Json.read(FILES.bytes(path));

        var mapped = mapping().apply(product);

        assertThat(mapped.toPrettyString())
                .isEqualTo(Json.read(FILES.bytes(path.replace(".in.json", ".out.json")))
                        .toPrettyString());
    }

    @Test
    void keys_are_the_handles_every_other_system_uses() {
        var product = (ObjectNode) Json.read(FILES.bytes("products/3-pimcore/cases/ids-that-are-no-safe-keys.in.json"));

        var mapped = mapping().apply(product);

        assertThat(mapped.at("/product/key").asText()).isEqualTo(new ProductKey("acme", "a/7:200 é").handle());
        assertThat(mapped.at("/variants/0/key").asText()).isEqualTo(ProductKey.handle("acme", "A 1/XL"));
        assertThat(mapped.at("/categories/0/key").asText()).isEqualTo(ProductKey.handle("acme", "Bags & more"));
    }

    @Test
    void a_product_without_an_id_is_a_bad_message() {
        var product = Json.object().put("supplier", "acme");

        assertThatThrownBy(() -> mapping().apply(product))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("handle(supplier, id)");
    }

    @Test
    void a_mapping_that_does_not_compile_is_a_bad_setting_that_names_the_file() {
        assertThatThrownBy(() -> PimcoreMapping.compile("{ \"a\": ".getBytes(), "x.jslt"))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("x.jslt");
    }
}
