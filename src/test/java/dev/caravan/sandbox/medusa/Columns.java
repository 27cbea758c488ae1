package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;

/**
 * An entity's own columns in the order Medusa replies them. A row keeps only those that differ from the default, because ten thousand
 * products of mostly nulls would fill the heap.
 *
 * @param names    in reply order
 * @param defaults for the few that are not null unless told
 */
record Columns(String[] names, Map<String, JsonNode> defaults) {
    static final Columns PRODUCT = new Columns(
            names(
                    "id title subtitle status external_id description handle is_giftcard discountable thumbnail collection_id type_id weight"
                            + " length height width hs_code origin_country mid_code material created_at updated_at deleted_at metadata"),
            Map.of(
                    "status",
                    TextNode.valueOf("draft"),
                    "is_giftcard",
                    BooleanNode.FALSE,
                    "discountable",
                    BooleanNode.TRUE));
    static final Columns VARIANT = new Columns(
            names(
                    "id title sku barcode ean upc allow_backorder manage_inventory hs_code origin_country mid_code material weight length"
                            + " height width metadata variant_rank thumbnail product_id created_at updated_at deleted_at"),
            Map.of(
                    "allow_backorder",
                    BooleanNode.FALSE,
                    "manage_inventory",
                    BooleanNode.TRUE,
                    "variant_rank",
                    IntNode.valueOf(0)));
    static final Columns INVENTORY_ITEM = new Columns(
            names(
                    "id sku title description thumbnail origin_country hs_code requires_shipping mid_code material unit_of_measure weight"
                            + " length height width metadata created_at updated_at deleted_at"),
            Map.of("requires_shipping", BooleanNode.TRUE));
    static final Columns OPTION = new Columns(
            names("id title is_exclusive metadata created_at updated_at deleted_at"),
            Map.of("is_exclusive", BooleanNode.TRUE));
    static final Columns OPTION_VALUE =
            new Columns(names("id value rank metadata option_id created_at updated_at deleted_at"), Map.of());
    static final Columns IMAGE =
            new Columns(names("id url metadata rank product_id created_at updated_at deleted_at"), Map.of());
    static final Columns CATEGORY = new Columns(
            names(
                    "id name description handle is_active is_internal rank external_id parent_category_id created_at updated_at metadata"),
            Map.of(
                    "description",
                    TextNode.valueOf(""),
                    "is_active",
                    BooleanNode.FALSE,
                    "is_internal",
                    BooleanNode.FALSE));
    static final Columns TAG = new Columns(names("id value external_id created_at updated_at metadata"), Map.of());
    static final Columns COLLECTION =
            new Columns(names("id title handle external_id created_at updated_at metadata"), Map.of());

    static final Columns CUSTOMER = new Columns(
            names(
                    "id company_name first_name last_name email phone metadata has_account created_by created_at updated_at deleted_at"),
            Map.of("has_account", BooleanNode.FALSE));

    JsonNode value(ObjectNode row, String name) {
        var value = row.get(name);
        return value == null || value.isNull()
                ? defaults.getOrDefault(name, JsonNodeFactory.instance.nullNode())
                : value;
    }

    ObjectNode view(ObjectNode row, Fields fields) {
        var view = JsonNodeFactory.instance.objectNode();
        for (var name : names) if (fields.has(name)) view.set(name, value(row, name));
        return view;
    }

    /** Takes over what the client sent for columns of this entity, but for its id and metadata. */
    boolean take(ObjectNode sent, ObjectNode row) {
        var changed = false;
        for (var name : names) {
            if (!sent.has(name) || name.equals("id") || name.equals("metadata")) continue;
            row.set(name, sent.get(name));
            changed = true;
        }
        return changed;
    }

    private static String[] names(String list) {
        return list.split(" ");
    }
}
