package dev.caravan.products.medusa;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.schibsted.spt.data.jslt.Parser;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The mapping as shipped, on its cases as shipped. */
class ShopProductMappingTest {
    private static final String STEP = "products/4-medusa/";
    private static final RouteFiles FILES = RouteFiles.at("classpath:routes");

    static List<String> cases() {
        return FILES.endingWith(".in.json").stream()
                .filter(path -> path.startsWith(STEP + "cases/"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void makes_the_shop_product_that_stands_beside_the_case(String path) {
        var made = mapped(Json.read(FILES.bytes(path)));

        assertThat(made.toPrettyString())
                .isEqualTo(Json.read(FILES.bytes(path.replace(".in.json", ".out.json")))
                        .toPrettyString());
        assertThat(violations(made)).isEmpty();
    }

    @Test
    void there_are_cases() {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(4);
    }

    @Test
    void the_schema_refuses_a_price_that_is_a_number() {
        var made = mapped(Json.read(FILES.bytes(cases().get(0))));
        var prices = made.at("/variants/0/prices/0");

        ((ObjectNode) prices).put("amount", 23.8);

        assertThat(violations(made)).hasSize(1);
    }

    static JsonNode mapped(JsonNode document) {
        var mapping = new String(FILES.bytes(STEP + "shop-product.jslt"), StandardCharsets.UTF_8);
        return new Parser(new StringReader(mapping)).compile().apply(document);
    }

    static List<String> violations(JsonNode product) {
        var file = Json.read(FILES.bytes(STEP + "shop-product.schema.json"));
        var schema =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(file);
        return schema.validate(product).stream().map(Object::toString).toList();
    }
}
