package dev.caravan.products;

import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Writes files such as a supplier sends, of any size, for tests: the same bytes for the same options, a record at a time. A record depends
 * on seed and index alone, so files of one seed agree on the products they share. The shape of a SHEIN record, with all that nobody reads,
 * comes from {@code generate/shein.json}.
 */
public final class ProductGenerator {
    /** What a file's records are wrapped in. */
    public enum Layout {
        /** A JSON array. */
        ARRAY,
        /** A JSON object a line. */
        NDJSON
    }

    /** What can be wrong with a record, and the rule that finds it. */
    public enum Defect {
        MALFORMED("record-malformed"),
        DUPLICATE_KEY("record-duplicate-key"),
        NOT_UTF8("record-not-utf8"),
        NOT_AN_OBJECT("not-an-object"),
        ERROR_CODE("code-not-0"),
        NO_PRODUCT_INFO("no-product-info"),
        BLANK_ID("id-missing"),
        NO_NAME("no-name"),
        NO_SKU("no-sku"),
        SKU_WITHOUT_CODE("sku-code-missing"),
        REPEATED_SKU("sku-repeated"),
        NO_PRICE("price-missing"),
        ZERO_PRICE("price-not-positive"),
        NEGATIVE_PRICE("price-not-positive"),
        UNREADABLE_PRICE("price-unreadable"),
        NEGATIVE_STOCK("stock-negative"),
        UNREADABLE_STOCK("stock-unreadable");

        private final String rule;

        Defect(String rule) {
            this.rule = rule;
        }

        /** The id of the rule that refuses such a record. */
        public String rule() {
            return rule;
        }
    }

    /**
     * A defect in the written file.
     *
     * @param index of the record in the file, from 0
     */
    public record Planted(long index, Defect defect) {}

    /**
     * What to write.
     *
     * @param count         how many records
     * @param seed          another seed, other products
     * @param supplier      {@code shein} or {@code shein-us} (CSV, whatever the layout)
     * @param layout        of the file
     * @param defectRate    how many of the records are defective, from 0 to 1
     * @param defects       of which kinds; for {@code shein-us} only those a row can have
     * @param priceChangeOf index of the one product whose first price is one riyal or dollar higher than without this; -1 for none
     * @param skus          SKUs of each product of {@code shein}; 0 for four to six
     * @param reordered     last record first
     * @param respaced      the same content with other blanks and line ends; not for CSV and NDJSON
     */
    public record Options(
            long count,
            long seed,
            String supplier,
            Layout layout,
            double defectRate,
            Set<Defect> defects,
            long priceChangeOf,
            int skus,
            boolean reordered,
            boolean respaced) {
        public Options {
            defects = Set.copyOf(defects);
            if (count < 0) throw new IllegalArgumentException("count is below zero: " + count);
            if (defectRate < 0 || defectRate > 1)
                throw new IllegalArgumentException("defect rate is not between 0 and 1: " + defectRate);
            if (skus < 0) throw new IllegalArgumentException("skus is below zero: " + skus);
        }

        /** Whole records in an array. */
        public static Options of(String supplier, long count, long seed) {
            return new Options(
                    count, seed, supplier, Layout.ARRAY, 0, EnumSet.allOf(Defect.class), -1, 0, false, false);
        }

        public Options withLayout(Layout layout) {
            return new Options(
                    count, seed, supplier, layout, defectRate, defects, priceChangeOf, skus, reordered, respaced);
        }

        public Options withDefects(double rate, Set<Defect> kinds) {
            return new Options(count, seed, supplier, layout, rate, kinds, priceChangeOf, skus, reordered, respaced);
        }

        public Options withPriceChangeOf(long index) {
            return new Options(count, seed, supplier, layout, defectRate, defects, index, skus, reordered, respaced);
        }

        /** So many SKUs each, in as many sizes. */
        public Options withSkus(int number) {
            return new Options(
                    count, seed, supplier, layout, defectRate, defects, priceChangeOf, number, reordered, respaced);
        }

        public Options withOtherOrderAndSpacing() {
            return new Options(count, seed, supplier, layout, defectRate, defects, priceChangeOf, skus, true, true);
        }
    }

    private static final Set<Defect> OF_ROWS = EnumSet.of(
            Defect.NOT_UTF8,
            Defect.BLANK_ID,
            Defect.NO_NAME,
            Defect.SKU_WITHOUT_CODE,
            Defect.NO_PRICE,
            Defect.ZERO_PRICE,
            Defect.NEGATIVE_PRICE,
            Defect.UNREADABLE_PRICE);
    private static final List<String> SIZES = List.of("XS", "S", "M", "L", "XL", "XXL");
    private static final List<String> SIZE_IDS = List.of("755", "568", "417", "387", "754", "763");
    private static final String[][] KINDS = {
        {"فستان", "Dress"},
        {"كنزة", "Sweater"},
        {"قميص", "Shirt"},
        {"بنطال", "Trousers"},
        {"معطف", "Coat"},
        {"تنورة", "Skirt"}
    };
    private static final String[][] STYLES = {
        {"أنيق", "Elegant"},
        {"كاجوال", "Casual"},
        {"طويل", "Long"},
        {"قصير", "Short"},
        {"محبوك", "Knitted"},
        {"واسع", "Loose"}
    };
    private static final String[][] COLORS = {
        {"أسود", "Black"},
        {"أحمر", "Red"},
        {"كحلي", "Navy Blue"},
        {"أبيض", "White"},
        {"وردي", "Pink"},
        {"رمادي", "Grey"}
    };
    private static final String[] BRANDS = {"NOORA", "WADI", "SAMAR", "LAYAN"};
    private static final String CSV_HEADER =
            "product_name,description,initial_price,final_price,currency,in_stock,color,size,main_image,category_tree,image_urls,model_number,other_attributes,product_id,brand";

    private final Options options;
    private final ObjectNode template;
    private final ObjectWriter writer;

    /** @throws BadSettings when there is no such supplier to generate for */
    public ProductGenerator(Options options) {
        if (!List.of("shein", "shein-us").contains(options.supplier())) {
            throw new BadSettings(
                    "cannot generate for supplier \"" + options.supplier() + "\": known are shein and shein-us");
        }
        this.options = options;
        this.template = template();
        boolean spread = options.respaced() && options.layout() == Layout.ARRAY;
        this.writer = spread
                ? Json.mapper().writer(new DefaultPrettyPrinter())
                : Json.mapper().writer();
    }

    /** Writes the file; the stream is flushed and left open. */
    public void write(OutputStream out) throws IOException {
        write(out, planted -> {});
    }

    /** As {@link #write(OutputStream)}, telling which defects it plants where, in the file's order. */
    public void write(OutputStream out, Consumer<Planted> manifest) throws IOException {
        boolean csv = options.supplier().equals("shein-us");
        boolean array = !csv && options.layout() == Layout.ARRAY;
        if (csv) out.write((CSV_HEADER + "\r\n").getBytes(StandardCharsets.UTF_8));
        if (array) out.write('[');
        for (long position = 0; position < options.count(); position++) {
            long index = options.reordered() ? options.count() - 1 - position : position;
            var random = new SplittableRandom(mixed(options.seed() * 0x9E3779B97F4A7C15L + index));
            var defect = defect(index, csv);
            if (defect != null) manifest.accept(new Planted(position, defect));
            if (array)
                out.write(
                        position == 0 ? "\n".getBytes(StandardCharsets.UTF_8) : ",\n".getBytes(StandardCharsets.UTF_8));
            out.write(csv ? row(index, random, defect) : record(index, random, defect));
            if (!array)
                out.write(csv ? "\r\n".getBytes(StandardCharsets.UTF_8) : "\n".getBytes(StandardCharsets.UTF_8));
        }
        if (array) out.write("\n]\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Its own random numbers, so that a defective record is otherwise the one it would have been. */
    private Defect defect(long index, boolean csv) {
        if (options.defectRate() == 0) return null;
        var random = new SplittableRandom(mixed(~options.seed() * 0x9E3779B97F4A7C15L + index));
        if (random.nextDouble() >= options.defectRate()) return null;
        var kinds = options.defects().stream()
                .filter(defect -> !csv || OF_ROWS.contains(defect))
                .sorted()
                .toList();
        return kinds.isEmpty() ? null : kinds.get(random.nextInt(kinds.size()));
    }

    private byte[] record(long index, SplittableRandom random, Defect defect) throws IOException {
        var id = id(index);
        var record = template.deepCopy();
        var info = (ObjectNode) record.get("info");
        var goods = (ObjectNode) info.get("productInfo");
        var levels = (ObjectNode) info.at("/saleAttr/multiLevelSaleAttribute");
        var colours = (ArrayNode) info.at("/saleAttr/mainSaleAttribute/info");
        var kind = KINDS[random.nextInt(KINDS.length)];
        var style = STYLES[random.nextInt(STYLES.length)];
        var brand = BRANDS[random.nextInt(BRANDS.length)];
        int firstColour = random.nextInt(COLORS.length);
        var article = "sz" + id + "01";
        goods.put("goods_id", id).put("goods_sn", article).put("productRelationID", "z" + id);
        goods.put("goods_name", brand + " " + kind[0] + " " + style[0] + " " + index);
        levels.put("goods_id", id).put("goods_sn", article).put("skc_name", article);
        ((ObjectNode) info.get("brandDetailInfo")).put("name", brand);

        int siblings = random.nextInt(4);
        var images = goods.putObject("allColorDetailImages");
        var prototype = (ObjectNode) colours.remove(0);
        for (int i = 0; i <= siblings; i++) {
            var colourId = i == 0 ? id : id + i;
            var color = COLORS[(firstColour + i) % COLORS.length];
            colours.add(prototype
                    .deepCopy()
                    .put("goods_id", colourId)
                    .put("goods_sn", "sz" + colourId + "01")
                    .put("attr_value_id", String.valueOf(112 + (firstColour + i) % COLORS.length))
                    .put("attr_value", color[0])
                    .put("goods_url_name", brand + " " + style[1] + " " + kind[1] + " " + color[1] + " " + index));
            var list = images.putArray(colourId);
            int count = 3 + random.nextInt(5);
            for (int n = 0; n < count; n++)
                list.addObject()
                        .put(
                                "origin_image",
                                "//img.shein.example/v4/" + colourId + "-" + n + "_thumbnail_750x999.webp");
        }
        var own = ((ObjectNode) goods.get("currentSkcImgInfo")).putArray("skcImages");
        images.get(id).forEach(image -> own.add(image.get("origin_image")));
        var details = (ArrayNode) goods.at("/productDescriptionInfo/completeProductDetails");
        for (var detail : details) {
            if (detail.path("attr_id").asInt() == 27) {
                ((ObjectNode) detail)
                        .put("attr_value_id", String.valueOf(112 + firstColour))
                        .put("attr_value", COLORS[firstColour][0])
                        .put("attr_value_en", COLORS[firstColour][1]);
            }
        }
        skus(levels, id, random, index);
        if (defect != null) spoil(record, defect);
        return spoilt(
                defect == Defect.NOT_AN_OBJECT ? Json.bytes(TextNode.valueOf(id)) : writer.writeValueAsBytes(record),
                defect);
    }

    private void skus(ObjectNode levels, String id, SplittableRandom random, long index) {
        var list = (ArrayNode) levels.get("sku_list");
        var prototype = (ObjectNode) list.remove(0);
        var sizes = (ArrayNode) levels.at("/skc_sale_attr/0/attr_value_list");
        var size = (ObjectNode) sizes.remove(0);
        int usual = 4 + random.nextInt(3);
        int count = options.skus() == 0 ? usual : options.skus();
        var was = BigDecimal.valueOf(500 + random.nextInt(40_000), 2);
        var price = random.nextBoolean()
                ? was
                : was.multiply(new BigDecimal("0.85")).setScale(2, RoundingMode.HALF_UP);
        for (int i = 0; i < count; i++) {
            var sku = prototype.deepCopy();
            var sizeId = i < SIZES.size() ? SIZE_IDS.get(i) : String.valueOf(9_000 + i);
            var sizeName = i < SIZES.size() ? SIZES.get(i) : String.valueOf(30 + i);
            var amount = options.priceChangeOf() == index && i == 0 ? price.add(BigDecimal.ONE) : price;
            sku.put("sku_code", "I" + Long.toString(Long.parseLong(id), 36) + i)
                    .put("stock", String.valueOf(random.nextInt(100)));
            for (var place : List.of("priceInfo", "price")) {
                money((ObjectNode) sku.at("/" + place + "/salePrice"), amount);
                money((ObjectNode) sku.at("/" + place + "/retailPrice"), was);
            }
            ((ObjectNode) sku.at("/sku_sale_attr/0"))
                    .put("attr_value_id", sizeId)
                    .put("attr_value_name", sizeName)
                    .put("attr_value_name_en", sizeName);
            list.add(sku);
            sizes.add(size.deepCopy()
                    .put("attr_value_id", sizeId)
                    .put("attr_value_name", sizeName)
                    .put("attr_value_name_en", sizeName));
        }
    }

    private static void money(ObjectNode price, BigDecimal riyals) {
        var dollars = riyals.divide(new BigDecimal("3.75"), 2, RoundingMode.HALF_UP);
        price.put("amount", riyals.toPlainString())
                .put("amountWithSymbol", "SR" + riyals.toPlainString())
                .put("usdAmount", dollars.toPlainString())
                .put("usdAmountWithSymbol", "$" + dollars.toPlainString());
    }

    private static void spoil(ObjectNode record, Defect defect) {
        var info = (ObjectNode) record.get("info");
        var goods = (ObjectNode) info.get("productInfo");
        var levels = (ObjectNode) info.at("/saleAttr/multiLevelSaleAttribute");
        var sku = (ObjectNode) levels.at("/sku_list/1");
        var price = (ObjectNode) sku.at("/price/salePrice");
        switch (defect) {
            case ERROR_CODE -> record.put("code", "300").putNull("info");
            case NO_PRODUCT_INFO -> info.remove("productInfo");
            case BLANK_ID -> goods.put("goods_id", " ");
            case NO_NAME -> {
                goods.put("goods_name", "");
                ((ObjectNode) info.at("/saleAttr/mainSaleAttribute")).putArray("info");
            }
            case NO_SKU -> levels.putArray("sku_list");
            case SKU_WITHOUT_CODE -> sku.remove("sku_code");
            case REPEATED_SKU -> sku.set("sku_code", levels.at("/sku_list/0/sku_code"));
            case NO_PRICE -> ((ObjectNode) sku.get("price")).remove("salePrice");
            case ZERO_PRICE -> price.put("amount", "0.00");
            case NEGATIVE_PRICE -> price.put("amount", "-1.50");
            case UNREADABLE_PRICE -> price.put("amount", "1,2,3");
            case NEGATIVE_STOCK -> sku.put("stock", "-3");
            case UNREADABLE_STOCK -> sku.put("stock", "many");
            default -> {}
        }
    }

    /** What is wrong with the bytes rather than with the content. */
    private static byte[] spoilt(byte[] bytes, Defect defect) {
        if (defect != Defect.MALFORMED && defect != Defect.DUPLICATE_KEY && defect != Defect.NOT_UTF8) return bytes;
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        var changed =
                switch (defect) {
                    case MALFORMED -> text.replaceFirst("\"code\"\\s*:", "\"code\" ");
                    case DUPLICATE_KEY -> text.replaceFirst("\\{", "{\"msg\":\"ok\",");
                    default -> text.replaceFirst("NOORA|WADI|SAMAR|LAYAN", "\u00ff\u00fe");
                };
        return changed.getBytes(StandardCharsets.ISO_8859_1);
    }

    private byte[] row(long index, SplittableRandom random, Defect defect) {
        var id = defect == Defect.BLANK_ID ? "" : id(index);
        var kind = KINDS[random.nextInt(KINDS.length)][1];
        var style = STYLES[random.nextInt(STYLES.length)][1];
        var brand = BRANDS[random.nextInt(BRANDS.length)];
        var color = COLORS[random.nextInt(COLORS.length)][1];
        var size = random.nextBoolean() ? "one-size" : SIZES.get(random.nextInt(SIZES.size()));
        var was = BigDecimal.valueOf(150 + random.nextInt(9_000), 2);
        var price =
                random.nextBoolean() ? was : was.multiply(new BigDecimal("0.9")).setScale(2, RoundingMode.HALF_UP);
        if (options.priceChangeOf() == index) price = price.add(BigDecimal.ONE);
        var amount = defect == null
                ? price.toPlainString()
                : switch (defect) {
                    case NO_PRICE -> "null";
                    case ZERO_PRICE -> "0";
                    case NEGATIVE_PRICE -> "-1.5";
                    case UNREADABLE_PRICE -> "1,2,3";
                    default -> price.toPlainString();
                };
        var name = brand + " " + style + " " + kind + ", \"" + color + "\" " + index;
        var image = "https://img.shein.example/us/" + id(index) + "-0.jpg";
        var images = Json.array().add(image).add(image).add("https://img.shein.example/us/" + id(index) + "-1.jpg");
        var categories = Json.array();
        categories.addObject().put("name", "Women").put("url", "https://us.shein.example/Women-c-2030.html");
        categories
                .addObject()
                .put("name", kind)
                .put("url", "https://us.shein.example/" + kind + "-c-" + (7000 + kind.length()) + ".html");
        var attributes = Json.array();
        attributes.addObject().put("name", "Color").put("value", color);
        attributes.addObject().put("name", "Style").put("value", style);
        var cells = List.of(
                defect == Defect.NO_NAME ? "null" : name,
                name + " at a good price.",
                was.toPlainString(),
                amount,
                "USD",
                "true",
                color,
                size,
                image,
                categories.toString(),
                images.toString(),
                defect == Defect.SKU_WITHOUT_CODE ? "" : "sm" + id(index),
                attributes.toString(),
                id,
                brand);
        var row = new StringBuilder();
        for (var cell : cells) {
            if (row.length() > 0) row.append(',');
            row.append(cell.matches("[^\",\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"');
        }
        return spoilt(row.toString().getBytes(StandardCharsets.UTF_8), defect);
    }

    /** Twelve digits; no other index of this seed has the same, nor any of the thousands of seeds beside it. */
    private String id(long index) {
        return String.format(Locale.ROOT, "%d%08d", 1000 + Math.floorMod(options.seed(), 9000), index);
    }

    private static long mixed(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    private static ObjectNode template() {
        try (InputStream in = ProductGenerator.class.getResourceAsStream("/generate/shein.json")) {
            return (ObjectNode) Json.read(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read generate/shein.json", e);
        }
    }
}
