package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.records.CoreRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Writes orders as JSON Lines, of any number, for tests: the same bytes for the same options, an order at a time. An order depends on seed and
 * number alone, so files of one seed agree on the orders they share. They are of a shop with 10,000 orders a day, fewer at night, that sells
 * what {@code samples/product_catalog.json} has.
 */
public final class OrderGenerator {
    /** What can be wrong with an order, the rule that finds it, and where. */
    public enum Defect {
        MALFORMED(CoreRule.RECORD_MALFORMED.id(), "/order_id"),
        CUT(CoreRule.RECORD_MALFORMED.id(), "/items"),
        NOT_UTF8(CoreRule.RECORD_NOT_UTF8.id(), ""),
        NOT_AN_OBJECT(CoreRule.RECORD_SHAPE.id(), ""),
        KEY_TWICE(CoreRule.RECORD_DUPLICATE_KEY.id(), "/order_id"),
        TOO_LONG(CoreRule.RECORD_TOO_LARGE.id(), ""),
        TOO_DEEP(CoreRule.RECORD_TOO_DEEP.id(), "/note" + "/0".repeat(Json.MAX_DEPTH - 1)),
        NO_ID("order-id-missing", "/order_id"),
        UNUSABLE_ID("order-id-unusable", "/order_id"),
        NO_CUSTOMER("customer-missing", "/customer_id"),
        UNUSABLE_CUSTOMER("customer-unusable", "/customer_id"),
        NO_TIMESTAMP("timestamp-missing", "/timestamp"),
        UNREADABLE_TIMESTAMP("timestamp-unreadable", "/timestamp"),
        FUTURE_TIMESTAMP(OrderRule.TIMESTAMP_FUTURE.rule().id(), "/timestamp"),
        NO_CHANNEL("channel-missing", "/channel"),
        UNREADABLE_CHANNEL("channel-unreadable", "/channel"),
        NO_STATUS("status-missing", "/status"),
        UNKNOWN_STATUS("status-unknown", "/status"),
        UNKNOWN_CURRENCY(OrderRule.CURRENCY_UNKNOWN.rule().id(), "/currency"),
        MIXED_CURRENCY(OrderRule.CURRENCY_MIXED.rule().id(), "/items/0/unit_price/currency"),
        NO_ITEMS("items-missing", "/items"),
        UNREADABLE_ITEMS("items-unreadable", "/items"),
        TOO_MANY_ITEMS("items-too-many", "/items"),
        NO_PRODUCT("product-missing", "/items/0/product_id"),
        UNREADABLE_PRODUCT("product-unreadable", "/items/0/product_id"),
        UNKNOWN_PRODUCT(OrderRule.PRODUCT_UNKNOWN.rule().id(), "/items/0/product_id"),
        NO_QUANTITY("quantity-missing", "/items/0/quantity"),
        UNREADABLE_QUANTITY("quantity-unreadable", "/items/0/quantity"),
        QUANTITY_NOT_POSITIVE("quantity-not-positive", "/items/0/quantity"),
        QUANTITY_TOO_LARGE("quantity-too-large", "/items/0/quantity"),
        NO_PRICE("price-missing", "/items/0/unit_price"),
        UNREADABLE_PRICE("price-unreadable", "/items/0/unit_price"),
        NEGATIVE_PRICE("price-negative", "/items/0/unit_price"),
        PRICE_TOO_LONG("price-too-long", "/items/0/unit_price"),
        WRONG_LINE_TOTAL(OrderRule.TOTAL_MISMATCH.rule().id(), "/items/0/line_total"),
        WRONG_TOTAL(OrderRule.TOTAL_MISMATCH.rule().id(), "/total"),
        UNREADABLE_TOTAL(OrderRule.TOTAL_UNREADABLE.rule().id(), "/total"),
        UNREADABLE_ADDRESS("address-unreadable", "/shipping_address/city");

        /** What the first line cannot be: by it a reader tells what kind of file it has. */
        private static final Set<Defect> NEVER_FIRST = Set.of(NOT_AN_OBJECT);

        private final String rule;
        private final String pointer;

        Defect(String rule, String pointer) {
            this.rule = rule;
            this.pointer = pointer;
        }

        /** The id of the rule that refuses such an order. */
        public String rule() {
            return rule;
        }

        /** JSON Pointer into the order. */
        public String pointer() {
            return pointer;
        }
    }

    /** How an order can be written otherwise, and is none the worse for it. */
    public enum Variant {
        CAMEL_CASE,
        ENVELOPE,
        CUSTOMER_AS_OBJECT,
        PRICE_AS_OBJECT,
        NUMBERS_AS_TEXT,
        EPOCH_MILLISECONDS,
        OFFSET,
        SHOUTED_STATUS,
        TOTALS_GIVEN,
        KEYS_REVERSED,
        CARRIAGE_RETURN,
        BLANK_LINE_BEFORE,
        /** The same line twice. */
        REPEATED,
        /** Before the order the same one as it was while it was pending. */
        EARLIER_VERSION,
        /** Fields that nobody reads; they are kept, so the content is another one. */
        EXTRA_FIELDS,
        /** One that counts as {@code other}, so the content is another one. */
        UNKNOWN_CHANNEL
    }

    /**
     * A defect in the written file.
     *
     * @param index   of the record in the file, from 0
     * @param line    on which it stands, from 1
     * @param orderId of the order as it would have been
     */
    public record Planted(long index, long line, String orderId, Defect defect) {}

    /**
     * What to write.
     *
     * @param count       how many orders
     * @param seed        another seed, other orders
     * @param defectRate  how many of the orders are defective, from 0 to 1
     * @param defects     of which kinds
     * @param variantRate how many of the others are written otherwise, from 0 to 1
     * @param variants    in which ways
     */
    public record Options(
            long count, long seed, double defectRate, Set<Defect> defects, double variantRate, Set<Variant> variants) {
        public Options {
            defects = Set.copyOf(defects);
            variants = Set.copyOf(variants);
            if (count < 0) throw new IllegalArgumentException("count is below zero: " + count);
            if (!isRate(defectRate))
                throw new IllegalArgumentException("defect rate is not between 0 and 1: " + defectRate);
            if (!isRate(variantRate))
                throw new IllegalArgumentException("variant rate is not between 0 and 1: " + variantRate);
        }

        /** Orders without a flaw, all written in one way. */
        public static Options of(long count, long seed) {
            return new Options(count, seed, 0, Set.of(), 0, Set.of());
        }

        public Options withDefects(double rate, Set<Defect> kinds) {
            return new Options(count, seed, rate, kinds, variantRate, variants);
        }

        public Options withVariants(double rate, Set<Variant> ways) {
            return new Options(count, seed, defectRate, defects, rate, ways);
        }

        private static boolean isRate(double rate) {
            return rate >= 0 && rate <= 1;
        }
    }

    private static final Instant FIRST_DAY = Instant.parse("2025-05-01T00:00:00Z");
    private static final int ORDERS_A_DAY = 10_000;
    private static final int DAYS = 120;
    private static final long DAY = 86_400_000;
    /** How much less is ordered at midnight, and more at noon, than on average. */
    private static final double NIGHT = 0.6;

    private static final int CUSTOMERS = 20_000;
    private static final String[][] PLACES = {
        {"TX", "Houston", "Austin", "Dallas"},
        {"CA", "San Diego", "Fresno", "Oakland"},
        {"NY", "Albany", "Buffalo", "Yonkers"},
        {"FL", "Miami", "Tampa", "Orlando"},
        {"IL", "Chicago", "Springfield", "Peoria"}
    };
    private static final int LONGEST = 1 << 20;
    private static final int MOST_ITEMS = 10_000;
    private static final byte[] LINE_END = {'\n'};

    private record Product(String id, BigDecimal price) {}

    private final Options options;
    private final List<Product> products;
    private final List<Defect> defects;
    private final List<Variant> variants;

    public OrderGenerator(Options options) {
        this.options = options;
        this.products = products();
        this.defects = options.defects().stream().sorted().toList();
        this.variants = options.variants().stream().sorted().toList();
    }

    /** Writes the file; the stream is flushed and left open. */
    public void write(OutputStream out) throws IOException {
        write(out, planted -> {});
    }

    /** As {@link #write(OutputStream)}, telling which defects it plants where, in the file's order. */
    public void write(OutputStream out, Consumer<Planted> manifest) throws IOException {
        long index = 0;
        long line = 1;
        for (long number = 0; number < options.count(); number++) {
            var order = order(number);
            var random = random(~options.seed(), number);
            boolean defective = !defects.isEmpty() && random.nextDouble() < options.defectRate();
            if (defective) {
                var defect = defects.get(random.nextInt(defects.size()));
                if (number == 0 && Defect.NEVER_FIRST.contains(defect)) defect = Defect.NO_ID;
                manifest.accept(
                        new Planted(index++, line++, order.get("order_id").textValue(), defect));
                out.write(spoilt(order, defect, random));
            } else if (!variants.isEmpty() && random.nextDouble() < options.variantRate()) {
                var variant = variants.get(random.nextInt(variants.size()));
                var text = otherwise(order, variant);
                out.write(text.getBytes(StandardCharsets.UTF_8));
                line += text.lines().count();
                index += text.lines().filter(one -> !one.isEmpty()).count();
            } else {
                out.write(Json.bytes(order));
                index++;
                line++;
            }
            out.write(LINE_END);
        }
        out.flush();
    }

    private ObjectNode order(long number) {
        var random = random(options.seed(), number);
        var order = Json.object()
                .put("order_id", String.format(Locale.ROOT, "G%d-%09d", options.seed(), number))
                // Some buy often, most seldom.
                .put("customer_id", String.format(Locale.ROOT, "CLIENT-%05d", (int)
                        (CUSTOMERS * random.nextDouble() * random.nextDouble())))
                .put("timestamp", moment(number, random).toString())
                .put(
                        "channel",
                        oneOf(random, "web", "web", "web", "web", "web", "mobile", "mobile", "mobile", "api", "api"));
        var items = order.putArray("items");
        for (int count = 1 + random.nextInt(5); count > 0; count--) {
            var product = products.get(random.nextInt(products.size()));
            items.addObject()
                    .put("product_id", product.id())
                    .put("quantity", 1 + random.nextInt(3))
                    .put("unit_price", random.nextInt(10) == 0 ? reduced(product.price()) : product.price());
        }
        var place = PLACES[random.nextInt(PLACES.length)];
        order.putObject("shipping_address")
                .put("country", "US")
                .put("state", place[0])
                .put("city", place[1 + random.nextInt(place.length - 1)]);
        return order.put(
                "status",
                oneOf(
                        random,
                        "confirmed",
                        "confirmed",
                        "confirmed",
                        "confirmed",
                        "confirmed",
                        "confirmed",
                        "pending",
                        "pending",
                        "pending",
                        "cancelled"));
    }

    private static Instant moment(long number, SplittableRandom random) {
        double ofDay = (number % ORDERS_A_DAY + random.nextDouble()) / ORDERS_A_DAY;
        // Not Math.sin: its last digit may be another one on another machine.
        double warped = ofDay + NIGHT * StrictMath.sin(2 * Math.PI * ofDay) / (2 * Math.PI);
        return FIRST_DAY.plusMillis(number / ORDERS_A_DAY % DAYS * DAY + (long) (warped * DAY));
    }

    private static BigDecimal reduced(BigDecimal price) {
        return price.multiply(new BigDecimal("0.85")).setScale(2, RoundingMode.HALF_UP);
    }

    /** The bytes of an order with that defect and no other. */
    private byte[] spoilt(ObjectNode order, Defect defect, SplittableRandom random) {
        var item = (ObjectNode) order.at("/items/0");
        switch (defect) {
            case MALFORMED -> {
                return bytes(text(order).replaceFirst(":", " "));
            }
            case CUT -> {
                return bytes(text(order).replaceFirst("\"items\":\\[.*", "\"items\":["));
            }
            case NOT_UTF8 -> {
                return text(order).replace("CLIENT", "\u00ff\u00fe").getBytes(StandardCharsets.ISO_8859_1);
            }
            case NOT_AN_OBJECT -> {
                return bytes(oneOf(
                        random, "\"" + order.get("order_id").textValue() + "\"", "[" + order + "]", "12", "null"));
            }
            case KEY_TWICE -> {
                return bytes(text(order).replaceFirst("}$", ",\"order_id\":\"again\"}"));
            }
            case TOO_LONG -> order.put("note", "x".repeat(LONGEST));
            case TOO_DEEP -> {
                return bytes(text(order)
                        .replaceFirst(
                                "}$", ",\"note\":" + "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH) + "}"));
            }
            case NO_ID -> lose(order, "order_id", random);
            case UNUSABLE_ID -> order.set("order_id", unusable(random));
            case NO_CUSTOMER -> lose(order, "customer_id", random);
            case UNUSABLE_CUSTOMER -> order.set("customer_id", unusable(random));
            case NO_TIMESTAMP -> lose(order, "timestamp", random);
            case UNREADABLE_TIMESTAMP ->
                order.set(
                        "timestamp",
                        json(
                                random,
                                "\"yesterday\"",
                                "\"2025-02-30T00:00:00.000Z\"",
                                "\"2025-08-01T09:30:00\"",
                                "1754040600",
                                "true"));
            case FUTURE_TIMESTAMP -> order.put("timestamp", "2999-01-01T00:00:00Z");
            case NO_CHANNEL -> lose(order, "channel", random);
            case UNREADABLE_CHANNEL -> order.set("channel", json(random, "true", "[\"web\"]"));
            case NO_STATUS -> lose(order, "status", random);
            case UNKNOWN_STATUS -> order.set("status", json(random, "\"shipped\"", "1", "[\"confirmed\"]"));
            case UNKNOWN_CURRENCY -> order.put("currency", "XXQ");
            case MIXED_CURRENCY ->
                item.putObject("unit_price").put("amount", "1").put("currency", "EUR");
            case NO_ITEMS -> order.set("items", json(random, "[]", "{}", "null"));
            case UNREADABLE_ITEMS ->
                order.set("items", json(random, "\"ITEM-001\"", "\" \"", "{\"product_id\":\"ITEM-001\"}", "3"));
            case TOO_MANY_ITEMS -> {
                var items = (ArrayNode) order.get("items");
                while (items.size() <= MOST_ITEMS) items.add(item);
            }
            case NO_PRODUCT -> lose(item, "product_id", random);
            case UNREADABLE_PRODUCT -> item.set("product_id", unusable(random));
            case UNKNOWN_PRODUCT -> item.put("product_id", "NOBODY-KNOWS");
            case NO_QUANTITY -> lose(item, "quantity", random);
            case UNREADABLE_QUANTITY -> item.set("quantity", json(random, "true", "\"two\"", "1.5", "[2]", "\"1e1\""));
            case QUANTITY_NOT_POSITIVE -> item.set("quantity", json(random, "0", "-1", "\"-2\""));
            case QUANTITY_TOO_LARGE -> item.put("quantity", 1_000_001);
            case NO_PRICE -> lose(item, "unit_price", random);
            case UNREADABLE_PRICE -> item.set("unit_price", json(random, "false", "\"ten\"", "\"1,2,3\"", "[9.5]"));
            case NEGATIVE_PRICE -> item.set("unit_price", json(random, "-0.01", "\"-5\""));
            case PRICE_TOO_LONG -> item.set("unit_price", json(random, "1234567890123", "0.1234567"));
            case WRONG_LINE_TOTAL -> item.put("line_total", lineTotal(item).add(new BigDecimal("0.01")));
            case WRONG_TOTAL -> order.put("total", total(order).subtract(new BigDecimal("0.01")));
            case UNREADABLE_TOTAL -> order.set("total", json(random, "\"much\"", "true", "[1]"));
            case UNREADABLE_ADDRESS -> ((ObjectNode) order.get("shipping_address")).set("city", unusable(random));
        }
        return Json.bytes(order);
    }

    private static void lose(ObjectNode object, String field, SplittableRandom random) {
        switch (random.nextInt(4)) {
            case 0 -> object.remove(field);
            case 1 -> object.putNull(field);
            case 2 -> object.set(field, json(random, "[]", "{}"));
            default -> object.put(field, oneOf(random, "", " ", "\t "));
        }
    }

    private static JsonNode unusable(SplittableRandom random) {
        return random.nextBoolean()
                ? TextNode.valueOf("x".repeat(201))
                : json(random, "true", "[\"A-1\"]", "{\"id\":1.5}", "1.5");
    }

    /** The order's text, which may be several lines, without the last line end. */
    private static String otherwise(ObjectNode order, Variant variant) {
        var items = order.get("items");
        switch (variant) {
            case CAMEL_CASE -> {
                rename(order, "order_id", "orderId");
                rename(order, "customer_id", "customerId");
                rename(order, "shipping_address", "shippingAddress");
                items.forEach(item -> {
                    rename(item, "product_id", "productId");
                    rename(item, "quantity", "qty");
                    rename(item, "unit_price", "price");
                });
            }
            case ENVELOPE -> {
                return text(Json.object().set("order", order));
            }
            case CUSTOMER_AS_OBJECT -> order.putObject("customer").set("id", order.remove("customer_id"));
            case PRICE_AS_OBJECT ->
                items.forEach(item -> {
                    var amount = item.get("unit_price");
                    ((ObjectNode) item)
                            .putObject("unit_price")
                            .put("currency", "USD")
                            .set("amount", amount);
                });
            case NUMBERS_AS_TEXT ->
                items.forEach(item -> ((ObjectNode) item)
                        .put("quantity", item.get("quantity").asText())
                        .put("unit_price", item.get("unit_price").asText()));
            case EPOCH_MILLISECONDS -> order.put("timestamp", at(order).toEpochMilli());
            case OFFSET ->
                order.put(
                        "timestamp", at(order).atOffset(ZoneOffset.ofHours(-5)).toString());
            case SHOUTED_STATUS ->
                order.put("status", " " + order.get("status").textValue().toUpperCase(Locale.ROOT));
            case TOTALS_GIVEN -> {
                order.put("total", total(order));
                items.forEach(item ->
                        ((ObjectNode) item).put("line_total", lineTotal(item).toPlainString()));
            }
            case KEYS_REVERSED -> {
                var reversed = Json.object();
                var names = new ArrayDeque<String>();
                order.fieldNames().forEachRemaining(names::push);
                names.forEach(name -> reversed.set(name, order.get(name)));
                return text(reversed);
            }
            case CARRIAGE_RETURN -> {
                return text(order) + "\r";
            }
            case BLANK_LINE_BEFORE -> {
                return "\n" + text(order);
            }
            case REPEATED -> {
                return text(order) + "\n" + text(order);
            }
            case EARLIER_VERSION -> {
                var text = text(order);
                return text(order.put("status", "pending")) + "\n" + text;
            }
            case EXTRA_FIELDS -> {
                order.put("coupon", "SUMMER");
                ((ObjectNode) items.get(0)).put("gift_wrap", true);
            }
            case UNKNOWN_CHANNEL -> order.put("channel", "kiosk");
        }
        return text(order);
    }

    private static void rename(JsonNode object, String from, String to) {
        ((ObjectNode) object).set(to, ((ObjectNode) object).remove(from));
    }

    private static Instant at(ObjectNode order) {
        return Instant.parse(order.get("timestamp").textValue());
    }

    private static BigDecimal total(ObjectNode order) {
        var total = BigDecimal.ZERO;
        for (var item : order.get("items")) total = total.add(lineTotal(item));
        return total;
    }

    private static BigDecimal lineTotal(JsonNode item) {
        return item.get("unit_price")
                .decimalValue()
                .multiply(item.get("quantity").decimalValue());
    }

    private static String text(JsonNode value) {
        return value.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String oneOf(SplittableRandom random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static JsonNode json(SplittableRandom random, String... choices) {
        return Json.read(oneOf(random, choices));
    }

    private static SplittableRandom random(long seed, long number) {
        long mixed = seed * 0x9E3779B97F4A7C15L + number;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return new SplittableRandom(mixed ^ mixed >>> 31);
    }

    private static List<Product> products() {
        try (InputStream in = OrderGenerator.class.getResourceAsStream("product_catalog.json")) {
            var products = new ArrayList<Product>();
            for (var product : Json.read(in.readAllBytes()))
                products.add(new Product(
                        product.get("product_id").textValue(),
                        product.get("price").decimalValue()));
            return List.copyOf(products);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read samples/product_catalog.json", e);
        }
    }
}
