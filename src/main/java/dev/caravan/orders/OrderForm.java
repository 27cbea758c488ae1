package dev.caravan.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.Shaping.Found;
import dev.caravan.records.Values;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings an order to its one form: ids as text, the moment in UTC, amounts as decimal text, channel and status in lower case, the total as
 * the exact sum of the lines. A total that was given is compared with it and dropped.
 */
final class OrderForm implements Form {
    private static final Duration FUTURE = Duration.ofHours(24);
    private static final BigDecimal TOLERANCE = new BigDecimal("0.005");
    private static final Set<String> CURRENCIES = Currency.getAvailableCurrencies().stream()
            .map(Currency::getCurrencyCode)
            .collect(Collectors.toUnmodifiableSet());

    private final String defaultCurrency;
    private final Set<String> channels;
    private final Clock clock;

    /**
     * @param defaultCurrency ISO 4217, of orders that tell none
     * @param channels        those that are known, in lower case
     */
    OrderForm(String defaultCurrency, Set<String> channels, Clock clock) {
        this.defaultCurrency = defaultCurrency;
        this.channels = Set.copyOf(channels);
        this.clock = clock;
    }

    @Override
    public ObjectNode canonical(ObjectNode mapped, Found found) {
        var order = Json.object();
        Values.set(order, "id", Values.text(mapped.path("id")));
        Values.set(order, "customer", Values.text(mapped.path("customer")));
        if (mapped.path("guest").asBoolean()) order.put("guest", true);
        Values.set(order, "placedAt", placedAt(mapped.path("placedAt"), found));
        Values.set(order, "channel", channel(mapped.path("channel"), found));
        Values.set(order, "status", Values.lowerCase(mapped.path("status")));
        var currency = currency(mapped.path("currency"), found);
        Values.set(order, "currency", currency);
        lines(order, mapped.path("lines"), currency, found);
        total(order, mapped.path("total"), found);
        var shipTo = Json.object();
        for (var field : new String[] {"country", "state", "city"})
            Values.set(shipTo, field, Values.text(mapped.path("shipTo").path(field)));
        if (!shipTo.isEmpty()) order.set("shipTo", shipTo);
        return order;
    }

    private JsonNode placedAt(JsonNode given, Found found) {
        var moment = Values.instant(given);
        if (Values.isInstant(moment) && isLate(moment.textValue()))
            found.problem(OrderRule.TIMESTAMP_FUTURE.rule(), "/placedAt", moment);
        return moment;
    }

    private boolean isLate(String moment) {
        return moment.compareTo(Values.text(Instant.now(clock).plus(FUTURE))) > 0;
    }

    private JsonNode channel(JsonNode given, Found found) {
        var channel = Values.lowerCase(given);
        if (channel == null || !channel.isTextual() || channels.contains(channel.textValue())) return channel;
        found.problem(OrderRule.CHANNEL_UNKNOWN.rule(), "/channel", given);
        return TextNode.valueOf("other");
    }

    private JsonNode currency(JsonNode given, Found found) {
        var currency = Values.upperCase(given);
        if (currency == null) return TextNode.valueOf(defaultCurrency);
        if (!CURRENCIES.contains(currency.asText()))
            found.problem(OrderRule.CURRENCY_UNKNOWN.rule(), "/currency", given);
        return currency;
    }

    private static void lines(ObjectNode order, JsonNode given, JsonNode currency, Found found) {
        if (!given.isArray()) {
            if (!given.isMissingNode() && !given.isNull()) order.set("lines", given);
            return;
        }
        var lines = order.putArray("lines");
        for (int i = 0; i < given.size(); i++) {
            var from = given.get(i);
            if (!from.isObject()) {
                lines.add(from);
                continue;
            }
            var at = "/lines/" + i;
            var line = lines.addObject();
            Values.set(line, "product", Values.text(from.path("product")));
            Values.set(line, "quantity", Values.integer(from.path("quantity")));
            Values.set(line, "unitPrice", Values.decimal(from.path("unitPrice")));
            var own = Values.upperCase(from.path("currency"));
            if (own != null && !own.asText().equals(currency.asText().toUpperCase(Locale.ROOT)))
                found.problem(OrderRule.CURRENCY_MIXED.rule(), at + "/currency", from.path("currency"));
            compare(total(line), from.path("total"), at + "/total", found);
        }
    }

    private static void total(ObjectNode order, JsonNode given, Found found) {
        var sum = BigDecimal.ZERO;
        for (var line : order.path("lines")) {
            var total = total(line);
            sum = sum == null || total == null ? null : sum.add(total);
        }
        if (sum != null) order.put("total", Values.plain(sum));
        compare(sum, given, "/total", found);
    }

    /** Quantity times price; null when one of them is none. */
    private static BigDecimal total(JsonNode line) {
        var price = Values.number(line.path("unitPrice"));
        return price == null || !line.path("quantity").isInt()
                ? null
                : price.multiply(BigDecimal.valueOf(line.get("quantity").intValue()));
    }

    private static void compare(BigDecimal sum, JsonNode given, String pointer, Found found) {
        if (given.isMissingNode() || given.isNull()) return;
        var total = Values.number(given);
        if (total == null) found.problem(OrderRule.TOTAL_UNREADABLE.rule(), pointer, given);
        else if (sum != null && total.subtract(sum).abs().compareTo(TOLERANCE) > 0)
            found.problem(OrderRule.TOTAL_MISMATCH.rule(), pointer, given);
    }
}
