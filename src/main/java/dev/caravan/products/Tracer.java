package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.records.Sources;
import dev.caravan.records.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Finds where in the source record a part of the product came from: a source text that reads the same is changed, the record mapped again,
 * and if that part of the product changes too, the text was its source. For what is missing, and when nothing is found,
 * {@link Sources} knows. Costly, and only used when there is something to complain about.
 */
final class Tracer {
    private static final int MOST_TRIED = 50;

    /** A part of a variant other than its SKU. */
    private static final Pattern VARIANT = Pattern.compile("/variants/([0-9]+)((?!/sku$)/.*)");

    private final Supplier supplier;
    private final JsonNode source;
    private final JsonNode product;

    Tracer(Supplier supplier, JsonNode source, JsonNode product) {
        this.supplier = supplier;
        this.source = source;
        this.product = product;
    }

    /** @return a pointer into the source, or empty when it cannot be told */
    String pointerOf(String productPointer) {
        var value = product.at(productPointer);
        if (value.isValueNode() && !value.isNull() && !value.asText().isEmpty()) {
            for (var candidate : textsLike(value.asText())) {
                if (changesWith(candidate, productPointer)) return candidate;
            }
        }
        return expected(productPointer);
    }

    /** As {@link #pointerOf}, for a text the product does not have any more. */
    String pointerOfText(String text, String productPointer) {
        var candidates = textsLike(text);
        return candidates.isEmpty() ? expected(productPointer) : candidates.get(0);
    }

    /** Where the supplier says it comes from. A mapping may sort a list, so a variant is looked for by its SKU first. */
    private String expected(String productPointer) {
        var variant = VARIANT.matcher(productPointer);
        if (variant.matches()) {
            var sku = pointerOf("/variants/" + variant.group(1) + "/sku");
            var pattern = supplier.sources()
                    .table()
                    .getOrDefault("/variants/*/sku", List.of(""))
                    .get(0);
            var found = Pattern.compile(Pattern.quote(pattern).replace("*", "\\E([0-9]+)\\Q"))
                    .matcher(sku);
            if (found.matches() && found.groupCount() == 1) {
                return supplier.sources().pointerFor("/variants/" + found.group(1) + variant.group(2), source);
            }
        }
        return supplier.sources().pointerFor(productPointer, source);
    }

    private boolean changesWith(String sourcePointer, String productPointer) {
        var changed = source.deepCopy();
        int slash = sourcePointer.lastIndexOf('/');
        var owner = changed.at(sourcePointer.substring(0, slash));
        var name = sourcePointer.substring(slash + 1).replace("~1", "/").replace("~0", "~");
        if (owner instanceof ObjectNode object) {
            object.set(name, altered(object.get(name)));
        } else if (owner instanceof ArrayNode array) {
            array.set(Integer.parseInt(name), altered(array.get(Integer.parseInt(name))));
        }
        try {
            return !Normaliser.mapped(supplier, changed)
                    .product()
                    .at(productPointer)
                    .equals(product.at(productPointer));
        } catch (JsltException e) {
            return true;
        }
    }

    private static JsonNode altered(JsonNode value) {
        return TextNode.valueOf(value.asText() + (value.asText().matches(".*[0-9]") ? "1" : "x"));
    }

    private List<String> textsLike(String text) {
        var found = new ArrayList<String>();
        collect(source, "", Texts.clean(text), found);
        return found;
    }

    private static void collect(JsonNode node, String pointer, String text, List<String> found) {
        if (found.size() >= MOST_TRIED) return;
        if (node.isObject()) {
            node.properties()
                    .forEach(member -> collect(
                            member.getValue(),
                            pointer + "/" + member.getKey().replace("~", "~0").replace("/", "~1"),
                            text,
                            found));
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) collect(node.get(i), pointer + "/" + i, text, found);
        } else if (!pointer.isEmpty()
                && !node.isNull()
                && Texts.clean(node.asText()).equals(text)) {
            found.add(pointer);
        }
    }
}
