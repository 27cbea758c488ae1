package dev.caravan.products;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The suppliers we can read. One exists when {@code routes/products/2-normalise/<supplier>/product.jslt} does; beside it
 * {@code record.schema.json} (what it may send) and {@code supplier.yaml} (its settings), both optional.
 */
public final class Suppliers {
    private static final String STEP = "products/2-normalise/";
    private static final String MAPPING = "/product.jslt";
    private static final String PRODUCT_SCHEMA = STEP + "product.schema.json";
    private static final List<String> SETTINGS = List.of("title", "stock-when-absent", "sources");

    private volatile SortedMap<String, Supplier> byName = new TreeMap<>();

    private Suppliers() {}

    /** @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right */
    public static Suppliers load(RouteFiles files) {
        var suppliers = new Suppliers();
        if (!files.has(PRODUCT_SCHEMA))
            throw new BadSettings(files.uri(PRODUCT_SCHEMA) + ":1: missing: it says what a product is");
        var productSchema = RuleSchema.of(PRODUCT_SCHEMA, files.bytes(PRODUCT_SCHEMA), CoreRule.PRODUCT_SHAPE);
        for (var path : files.endingWith(MAPPING)) {
            if (!path.startsWith(STEP)) continue;
            var name = path.substring(STEP.length(), path.length() - MAPPING.length());
            if (!name.matches("[a-z0-9][a-z0-9-]*")) {
                throw new BadSettings(path + ":1: \"" + name
                        + "\" cannot name a supplier: use lower-case letters, digits and hyphens, in one folder");
            }
            suppliers.byName.put(name, supplier(files, name, productSchema));
        }
        return suppliers;
    }

    /** Makes these the suppliers that the others are, from the next question on; who has asked for one keeps what it got. */
    void becomes(Suppliers others) {
        byName = others.byName;
    }

    /** The supplier whose inbox prefix this is. */
    public Optional<Supplier> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** All, by name. */
    public Collection<Supplier> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    private static Supplier supplier(RouteFiles files, String name, RuleSchema productSchema) {
        var folder = STEP + name + "/";
        var schemaPath = folder + "record.schema.json";
        var recordSchema = RuleSchema.of(
                schemaPath, files.has(schemaPath) ? files.bytes(schemaPath) : bytes("{}"), CoreRule.RECORD_SHAPE);
        var settings = new Settings(files, folder + "supplier.yaml");
        var own = ownFiles(files, folder);
        return new Supplier(
                name,
                settings.text("title").orElse(name),
                settings.stockWhenAbsent(),
                own,
                hash(own),
                Mapping.of(files, STEP + name + MAPPING),
                recordSchema,
                productSchema,
                settings.sources());
    }

    /** All but the cases, and the schema of the product. */
    private static SortedMap<String, byte[]> ownFiles(RouteFiles files, String folder) {
        var own = new TreeMap<String, byte[]>();
        own.put(PRODUCT_SCHEMA, files.bytes(PRODUCT_SCHEMA));
        files.endingWith("").stream()
                .filter(path -> path.startsWith(folder) && !path.startsWith(folder + "cases/"))
                .forEach(path -> own.put(path, files.bytes(path)));
        return own;
    }

    private static String hash(SortedMap<String, byte[]> files) {
        var all = new ByteArrayOutputStream();
        files.forEach((path, content) -> {
            all.writeBytes(bytes(path + "\n" + content.length + "\n"));
            all.writeBytes(content);
        });
        return Json.sha256(all.toByteArray());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The content of a {@code supplier.yaml}. */
    private static final class Settings {
        private final String path;
        private final String text;
        private final JsonNode values;

        Settings(RouteFiles files, String path) {
            this.path = path;
            this.text = files.has(path) ? new String(files.bytes(path), StandardCharsets.UTF_8) : "";
            try {
                var read = new YAMLMapper().readTree(text);
                values = read.isMissingNode() || read.isNull() ? Json.object() : read;
            } catch (IOException e) {
                throw new BadSettings(path + ": not YAML: "
                        + e.getMessage().lines().findFirst().orElse("") + ": write one \"key: value\" a line");
            }
            if (!values.isObject())
                throw new BadSettings(path + ":1: not a list of settings: write one \"key: value\" a line");
            values.fieldNames().forEachRemaining(key -> {
                if (!SETTINGS.contains(key))
                    throw wrong(key, "unknown setting \"" + key + "\"", "known are " + String.join(", ", SETTINGS));
            });
        }

        Optional<String> text(String key) {
            return values.hasNonNull(key) ? Optional.of(values.get(key).asText()) : Optional.empty();
        }

        StockWhenAbsent stockWhenAbsent() {
            var stated = text("stock-when-absent");
            if (stated.isEmpty()) return StockWhenAbsent.HOLD;
            return StockWhenAbsent.parse(stated.get())
                    .orElseThrow(() -> wrong(
                            "stock-when-absent",
                            "stock-when-absent is \"" + stated.get() + "\"",
                            "write hold, unmanaged or a whole number"));
        }

        Sources sources() {
            Map<String, String> table = new LinkedHashMap<>();
            values.path("sources").properties().forEach(entry -> {
                checkPointer(entry.getKey(), entry.getKey());
                checkPointer(entry.getKey(), entry.getValue().asText());
                table.put(entry.getKey(), entry.getValue().asText());
            });
            return new Sources(table);
        }

        private void checkPointer(String key, String pointer) {
            try {
                JsonPointer.compile(pointer);
            } catch (IllegalArgumentException e) {
                throw wrong(
                        key,
                        "\"" + pointer + "\" is no JSON Pointer",
                        "start it with a slash, such as /info/productInfo/goods_id");
            }
        }

        private BadSettings wrong(String key, String what, String advice) {
            int line = 1;
            int number = 0;
            for (var content : text.lines().toList()) {
                number++;
                if (content.strip().startsWith(key + ":")) line = number;
            }
            return new BadSettings(path + ":" + line + ": " + what + ": " + advice);
        }
    }
}
