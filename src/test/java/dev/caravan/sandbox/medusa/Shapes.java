package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What Medusa accepts in a request body, and how it complains: a wrong type, too, is reported as "is required". */
final class Shapes {
    private static final Rule TEXT = typed(JsonNode::isTextual);
    private static final Rule NUMBER = typed(JsonNode::isNumber);
    private static final Rule FLAG = typed(JsonNode::isBoolean);
    private static final Rule MAP = typed(JsonNode::isObject);
    private static final Rule ID_OR_OBJECT = typed(node -> node.isTextual() || node.isObject());
    private static final Rule NOT_NEGATIVE = (value, path, issues) -> {
        if (!value.isNumber()) issues.add("Field '" + path + "' is required");
        else if (value.decimalValue().signum() < 0)
            issues.add("Value for field '" + path + "' too small, expected at least: '0'");
    };
    private static final Rule STATUS = oneOf("draft", "proposed", "published", "rejected");

    private static final Shape ID = shape().need("id", TEXT);
    private static final Shape IMAGE = shape().may("id", TEXT).need("url", TEXT).may("metadata", MAP);
    private static final Shape PRICE = shape().need("currency_code", TEXT)
            .need("amount", NUMBER)
            .may("min_quantity", NUMBER)
            .may("max_quantity", NUMBER)
            .may("rules", MAP)
            .may("id", TEXT);
    private static final Shape PRICE_UPDATE = shape().may("currency_code", TEXT)
            .may("amount", NUMBER)
            .may("min_quantity", NUMBER)
            .may("max_quantity", NUMBER)
            .may("rules", MAP)
            .may("id", TEXT);
    private static final Shape STOCK_LINK =
            shape().need("inventory_item_id", TEXT).need("required_quantity", NUMBER);
    private static final Shape OPTION = shape().need("title", TEXT).need("values", listOf(TEXT));

    static final Shape VARIANT = variant().need("title", TEXT).need("prices", listOf(PRICE));
    static final Shape VARIANT_UPDATE =
            variant().may("title", TEXT).may("prices", listOf(PRICE_UPDATE)).may("id", TEXT);
    static final Shape VARIANT_BATCH_UPDATE =
            variant().may("title", TEXT).may("prices", listOf(PRICE_UPDATE)).need("id", TEXT);
    static final Shape VARIANT_BATCH = shape().may("create", listOf(VARIANT))
            .may("update", listOf(VARIANT_BATCH_UPDATE))
            .may("delete", listOf(TEXT));
    static final Shape VARIANT_STOCK = STOCK_LINK;

    static final Shape PRODUCT =
            product().need("title", TEXT).may("options", listOf(OPTION)).may("variants", listOf(VARIANT));
    static final Shape PRODUCT_UPDATE =
            product().may("title", TEXT).may("variants", listOf(VARIANT_UPDATE)).removed("options", "2.16.0");
    static final Shape PRODUCT_BATCH = shape().may("create", listOf(PRODUCT))
            .may(
                    "update",
                    listOf(product()
                            .may("title", TEXT)
                            .may("variants", listOf(VARIANT_UPDATE))
                            .removed("options", "2.16.0")
                            .need("id", TEXT)))
            .may("delete", listOf(TEXT));

    static final Shape OPTION_BATCH = shape().may(
                    "update",
                    listOf(shape().need("product_option_id", TEXT)
                            .may("add", listOf(ID_OR_OBJECT))
                            .may("remove", listOf(TEXT))))
            .may("add", listOf(ID_OR_OBJECT))
            .may("remove", listOf(TEXT));
    static final Shape OPTION_UPDATE = shape().may("title", TEXT)
            .may("values", listOf(TEXT))
            .may("metadata", MAP)
            .may("is_exclusive", FLAG);
    static final Shape OPTION_VALUE_UPDATE =
            shape().may("value", TEXT).may("metadata", MAP).may("rank", NUMBER);

    static final Shape CATEGORY = category().need("name", TEXT);
    static final Shape CATEGORY_UPDATE = category().may("name", TEXT);

    static final Shape CUSTOMER = shape().may("email", TEXT)
            .may("company_name", TEXT)
            .may("first_name", TEXT)
            .may("last_name", TEXT)
            .may("phone", TEXT)
            .may("metadata", MAP);

    static final Shape LEVELS = shape().may("create", listOf(level()))
            .may("update", listOf(level()))
            .may("delete", listOf(TEXT))
            .may("force", FLAG);
    static final Shape ITEM = item().may(
                    "location_levels",
                    listOf(shape().need("location_id", TEXT)
                            .may("stocked_quantity", NOT_NEGATIVE)
                            .may("incoming_quantity", NOT_NEGATIVE)));
    static final Shape ITEM_UPDATE = item();
    static final Shape ITEM_LEVEL = shape().need("location_id", TEXT)
            .may("stocked_quantity", NOT_NEGATIVE)
            .may("incoming_quantity", NOT_NEGATIVE);
    static final Shape ITEM_LEVEL_UPDATE =
            shape().may("stocked_quantity", NOT_NEGATIVE).may("incoming_quantity", NOT_NEGATIVE);

    static final Shape TAG =
            shape().need("value", TEXT).may("external_id", TEXT).may("metadata", MAP);
    static final Shape COLLECTION = shape().need("title", TEXT)
            .may("handle", TEXT)
            .may("external_id", TEXT)
            .may("metadata", MAP);
    static final Shape API_KEY = shape().need("title", TEXT).need("type", oneOf("publishable", "secret"));
    static final Shape SALES_CHANNEL = shape().need("name", TEXT)
            .may("description", TEXT)
            .may("is_disabled", FLAG)
            .may("metadata", MAP);

    private Shapes() {}

    interface Rule {
        void check(JsonNode value, String path, List<String> issues);
    }

    /** An object with known fields. */
    static final class Shape implements Rule {
        private record Field(Rule rule, boolean required) {}

        private final Map<String, Field> fields = new LinkedHashMap<>();

        Shape need(String name, Rule rule) {
            fields.put(name, new Field(rule, true));
            return this;
        }

        Shape may(String name, Rule rule) {
            fields.put(name, new Field(rule, false));
            return this;
        }

        Shape removed(String name, String version) {
            return may(
                    name,
                    (value, path, issues) -> issues.add("The '" + name + "' property was removed in version " + version
                            + ". Please remove it from your request payload."));
        }

        /** @throws MedusaError listing every field that does not fit */
        void check(JsonNode body) {
            var issues = new ArrayList<String>();
            check(body, "", issues);
            if (!issues.isEmpty()) throw MedusaError.invalid("Invalid request: " + String.join("; ", issues));
        }

        @Override
        public void check(JsonNode value, String path, List<String> issues) {
            if (!value.isObject()) {
                issues.add("Field '" + path + "' is required");
                return;
            }
            fields.forEach((name, field) -> {
                var part = value.path(name);
                var absent = part.isMissingNode() || part.isNull();
                if (absent && field.required()) issues.add("Field '" + join(path, name) + "' is required");
                if (!absent) field.rule().check(part, join(path, name), issues);
            });
            var unknown = new ArrayList<String>();
            value.fieldNames().forEachRemaining(name -> {
                if (!fields.containsKey(name)) unknown.add(name);
            });
            if (!unknown.isEmpty()) issues.add("Unrecognized fields: '" + String.join(", ", unknown) + "'");
        }
    }

    private static Shape shape() {
        return new Shape();
    }

    private static Shape product() {
        return shape().may("subtitle", TEXT)
                .may("description", TEXT)
                .may("is_giftcard", FLAG)
                .may("discountable", FLAG)
                .may("images", listOf(IMAGE))
                .may("thumbnail", TEXT)
                .may("handle", TEXT)
                .may("status", STATUS)
                .may("external_id", TEXT)
                .may("type_id", TEXT)
                .may("collection_id", TEXT)
                .may("categories", listOf(ID))
                .may("tags", listOf(ID))
                .may("sales_channels", listOf(ID))
                .may("shipping_profile_id", TEXT)
                .may("weight", NUMBER)
                .may("length", NUMBER)
                .may("height", NUMBER)
                .may("width", NUMBER)
                .may("hs_code", TEXT)
                .may("mid_code", TEXT)
                .may("origin_country", TEXT)
                .may("material", TEXT)
                .may("metadata", MAP)
                .may("additional_data", MAP);
    }

    private static Shape variant() {
        return shape().may("sku", TEXT)
                .may("ean", TEXT)
                .may("upc", TEXT)
                .may("barcode", TEXT)
                .may("hs_code", TEXT)
                .may("mid_code", TEXT)
                .may("inventory_items", listOf(STOCK_LINK))
                .may("allow_backorder", FLAG)
                .may("manage_inventory", FLAG)
                .may("variant_rank", NUMBER)
                .may("weight", NUMBER)
                .may("length", NUMBER)
                .may("height", NUMBER)
                .may("width", NUMBER)
                .may("origin_country", TEXT)
                .may("material", TEXT)
                .may("thumbnail", TEXT)
                .may("metadata", MAP)
                .may("options", MAP)
                .may("additional_data", MAP);
    }

    private static Shape category() {
        return shape().may("description", TEXT)
                .may("handle", TEXT)
                .may("is_internal", FLAG)
                .may("is_active", FLAG)
                .may("parent_category_id", TEXT)
                .may("external_id", TEXT)
                .may("rank", NUMBER)
                .may("metadata", MAP)
                .may("additional_data", MAP);
    }

    private static Shape item() {
        return shape().may("sku", TEXT)
                .may("hs_code", TEXT)
                .may("weight", NUMBER)
                .may("length", NUMBER)
                .may("height", NUMBER)
                .may("width", NUMBER)
                .may("origin_country", TEXT)
                .may("mid_code", TEXT)
                .may("material", TEXT)
                .may("title", TEXT)
                .may("description", TEXT)
                .may("requires_shipping", FLAG)
                .may("thumbnail", TEXT)
                .may("metadata", MAP);
    }

    private static Shape level() {
        return shape().need("inventory_item_id", TEXT)
                .need("location_id", TEXT)
                .may("stocked_quantity", NOT_NEGATIVE)
                .may("incoming_quantity", NOT_NEGATIVE)
                .may("id", TEXT);
    }

    private static Rule listOf(Rule item) {
        return (value, path, issues) -> {
            if (!value.isArray()) {
                issues.add("Field '" + path + "' is required");
                return;
            }
            for (int i = 0; i < value.size(); i++) item.check(value.get(i), join(path, String.valueOf(i)), issues);
        };
    }

    private static Rule typed(Predicate<JsonNode> type) {
        return (value, path, issues) -> {
            if (!type.test(value)) issues.add("Field '" + path + "' is required");
        };
    }

    private static Rule oneOf(String... choices) {
        return (value, path, issues) -> {
            if (!List.of(choices).contains(value.asText())) {
                issues.add("Expected: '" + String.join(", ", choices) + "' for field '" + path + "', but got: '"
                        + value.asText() + "'");
            }
        };
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + ", " + name;
    }
}
