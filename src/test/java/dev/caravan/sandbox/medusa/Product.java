package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** A product with everything that hangs on it. Once saved in the table it is not changed any more: change a {@link #copy()}. */
final class Product {
    final ObjectNode columns;
    List<Option> options = new ArrayList<>();
    List<ObjectNode> images = new ArrayList<>();
    List<String> categories = new ArrayList<>();
    List<String> tags = new ArrayList<>();
    List<String> channels = new ArrayList<>();
    List<Variant> variants = new ArrayList<>();
    String shippingProfile;
    private int revision;

    Product(ObjectNode columns) {
        this.columns = columns;
    }

    /** An option such as Size, with the values variants choose from. */
    record Option(ObjectNode columns, List<ObjectNode> values) {
        String id() {
            return columns.get("id").textValue();
        }

        String title() {
            return columns.get("title").textValue();
        }

        ObjectNode value(String id) {
            return values.stream()
                    .filter(value -> value.get("id").textValue().equals(id))
                    .findFirst()
                    .orElse(null);
        }

        ObjectNode valueNamed(String text) {
            return values.stream()
                    .filter(value -> value.get("value").textValue().equals(text))
                    .findFirst()
                    .orElse(null);
        }

        Option copy() {
            return new Option(columns.deepCopy(), copies(values));
        }
    }

    String id() {
        return columns.get("id").textValue();
    }

    String text(String column) {
        var value = columns.get(column);
        return value == null || value.isNull() ? null : value.textValue();
    }

    String status() {
        return Columns.PRODUCT.value(columns, "status").textValue();
    }

    Variant variant(String id) {
        return variants.stream()
                .filter(variant -> variant.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    Option option(String id) {
        return options.stream()
                .filter(option -> option.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    Option optionTitled(String title) {
        return options.stream()
                .filter(option -> option.title().equals(title))
                .findFirst()
                .orElse(null);
    }

    /** Values of a column over all variants, absent ones left out. */
    Collection<String> ofVariants(String column) {
        return variants.stream()
                .map(variant -> variant.text(column))
                .filter(Objects::nonNull)
                .collect(Collectors.toList());
    }

    Collection<String> variantIds() {
        return variants.stream().map(Variant::id).toList();
    }

    Collection<String> priceIds() {
        return variants.stream()
                .flatMap(variant -> variant.prices.stream())
                .map(Price::id)
                .toList();
    }

    Collection<String> itemIds() {
        return variants.stream()
                .flatMap(variant -> variant.links.stream())
                .map(Variant.Link::itemId)
                .toList();
    }

    /**
     * The variants as a reply shows them: the last one first, and turned on by one with every change. Medusa promises no order, so a client
     * that relies on the order it sent is to fail here.
     */
    List<Variant> variantsUnordered() {
        var shown = new ArrayList<>(variants);
        Collections.reverse(shown);
        Collections.rotate(shown, revision);
        return shown;
    }

    Product copy() {
        var copy = new Product(columns.deepCopy());
        copy.options = options.stream().map(Option::copy).collect(Collectors.toCollection(ArrayList::new));
        copy.images = copies(images);
        copy.categories = new ArrayList<>(categories);
        copy.tags = new ArrayList<>(tags);
        copy.channels = new ArrayList<>(channels);
        copy.variants = variants.stream().map(Variant::copy).collect(Collectors.toCollection(ArrayList::new));
        copy.shippingProfile = shippingProfile;
        copy.revision = revision;
        return copy;
    }

    Product nextRevision() {
        var copy = copy();
        copy.revision++;
        return copy;
    }

    private static List<ObjectNode> copies(List<ObjectNode> rows) {
        return rows.stream().map(ObjectNode::deepCopy).collect(Collectors.toCollection(ArrayList::new));
    }
}
