package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.schibsted.spt.data.jslt.Expression;
import com.schibsted.spt.data.jslt.Function;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Jslt;
import dev.caravan.json.Json;
import dev.caravan.products.ProductKey;
import java.nio.charset.StandardCharsets;

/**
 * The mapping {@code pimcore-product.jslt}: a canonical product in, {@code {product:{key, input}, variants:[{key, input}],
 * categories:[{key, input}]}} out. Unlike JSLT by itself it keeps nulls and empty lists, because they are what empties a field in Pimcore.
 */
public final class PimcoreMapping {
    /** Where the mapping lies, below the routes. */
    public static final String FILE = "products/3-pimcore/pimcore-product.jslt";

    private volatile Expression expression;

    private PimcoreMapping(Expression expression) {
        this.expression = expression;
    }

    /**
     * @param jslt the mapping's text in UTF-8
     * @param name what to call it in error messages, such as its path
     * @throws BadSettings when it does not compile
     */
    public static PimcoreMapping compile(byte[] jslt, String name) {
        try {
            return new PimcoreMapping(Jslt.parser(new String(jslt, StandardCharsets.UTF_8), new Handle())
                    .withSource(name)
                    .withObjectFilter(value -> true)
                    .compile());
        } catch (JsltException e) {
            throw new BadSettings(name + ": " + e.getMessage());
        }
    }

    /** Maps like the other from the next product on. */
    public void becomes(PimcoreMapping other) {
        expression = other.expression;
    }

    /** @throws BadMessage when the mapping cannot make anything of this product */
    public JsonNode apply(ObjectNode product) {
        try {
            return expression.apply(product);
        } catch (JsltException e) {
            throw new BadMessage("the mapping to Pimcore failed: " + e.getMessage(), e);
        }
    }

    /** Of what the mapping makes of a product; of the product itself where it can make nothing of it. */
    String digest(PimcoreWrite write) {
        try {
            return Json.hash(apply(write.product()));
        } catch (BadMessage e) {
            return Json.hash(write.product());
        }
    }

    /** {@code handle(supplier, id)}, as {@link ProductKey#handle(String, String)}. */
    private static final class Handle implements Function {
        @Override
        public String getName() {
            return "handle";
        }

        @Override
        public int getMinArguments() {
            return 2;
        }

        @Override
        public int getMaxArguments() {
            return 2;
        }

        @Override
        public JsonNode call(JsonNode input, JsonNode[] arguments) {
            for (var argument : arguments) {
                if (!argument.isValueNode() || argument.asText("").isBlank()) {
                    throw new JsltException("handle(supplier, id) called with " + arguments[0] + ", " + arguments[1]);
                }
            }
            return TextNode.valueOf(ProductKey.handle(arguments[0].asText(), arguments[1].asText()));
        }
    }
}
