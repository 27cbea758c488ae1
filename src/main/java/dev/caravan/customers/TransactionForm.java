package dev.caravan.customers;

import static dev.caravan.customers.TransactionRule.ADDRESS_INVALID;
import static dev.caravan.customers.TransactionRule.ADDRESS_MISSING;
import static dev.caravan.customers.TransactionRule.AMOUNT_MISMATCH;
import static dev.caravan.customers.TransactionRule.AMOUNT_NOT_POSITIVE;
import static dev.caravan.customers.TransactionRule.CONTACT_INVALID;
import static dev.caravan.customers.TransactionRule.COUNTRY_ALIAS;
import static dev.caravan.customers.TransactionRule.COUNTRY_MISSING;
import static dev.caravan.customers.TransactionRule.COUNTRY_UNKNOWN;
import static dev.caravan.customers.TransactionRule.CURRENCY_UNKNOWN;
import static dev.caravan.customers.TransactionRule.STATUS_UNKNOWN;
import static dev.caravan.customers.TransactionRule.TIMESTAMP_FUTURE;
import static dev.caravan.customers.TransactionRule.USER_MISSING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.erasure.Redaction;
import dev.caravan.json.Json;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.Shaping.Found;
import dev.caravan.records.Values;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Currency;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Brings a transaction to its one form: ids as text, the moment in UTC, amounts as decimal text, currency and country in upper case, status
 * and payment method in lower case. What is no country, address, name, e-mail address or phone number is left out, so that no profile takes it for one.
 */
final class TransactionForm implements Form {
    private static final Duration FUTURE = Duration.ofHours(24);
    private static final BigDecimal TOLERANCE = new BigDecimal("0.005");
    private static final Set<String> CURRENCIES = Currency.getAvailableCurrencies().stream()
            .map(Currency::getCurrencyCode)
            .collect(Collectors.toUnmodifiableSet());
    private static final Set<String> STATUSES = Arrays.stream(Transaction.Status.values())
            .map(Transaction.Status::text)
            .collect(Collectors.toUnmodifiableSet());

    /** No more than this: whether mail arrives there no pattern knows. */
    private static final Pattern EMAIL = Pattern.compile("[^@\\s]++@[^@\\s.]++([.][^@\\s.]++)++");

    private static final int LONGEST_CONTACT = 1000;

    private final TransactionRules rules;
    private final Clock clock;

    TransactionForm(TransactionRules rules, Clock clock) {
        this.rules = rules;
        this.clock = clock;
    }

    @Override
    public ObjectNode canonical(ObjectNode mapped, Found found) {
        var transaction = Json.object();
        Values.set(transaction, "id", Values.text(mapped.path("id")));
        Values.set(transaction, "user", user(mapped.path("user"), found));
        Values.set(transaction, "occurredAt", occurredAt(mapped.path("occurredAt"), found));
        Values.set(transaction, "amount", Values.decimal(mapped.path("amount")));
        Values.set(transaction, "currency", currency(mapped.path("currency"), found));
        Values.set(transaction, "paymentMethod", Values.lowerCase(mapped.path("paymentMethod")));
        Values.set(transaction, "status", status(mapped.path("status"), found));
        items(transaction, mapped.path("items"));
        amount(transaction, mapped.path("amount"), found);
        Values.set(transaction, "shippingAddress", address(mapped.path("shippingAddress"), found));
        Values.set(transaction, "country", country(mapped.path("country"), found));
        contact(transaction, mapped, "customerName", name -> true, found);
        contact(transaction, mapped, "email", EMAIL.asMatchPredicate(), found);
        contact(transaction, mapped, "phone", TransactionForm::hasDigit, found);
        contact(transaction, mapped, "billingAddress", TransactionForm::hasDigit, found);
        return transaction;
    }

    private void tell(Found found, TransactionRule rule, String pointer, JsonNode value) {
        found.problem(rules.of(rule), pointer, value);
    }

    private JsonNode user(JsonNode given, Found found) {
        var user = Values.text(given);
        if (user == null) tell(found, USER_MISSING, "/user", NullNode.instance);
        return user;
    }

    private JsonNode occurredAt(JsonNode given, Found found) {
        var moment = Values.instant(given);
        if (Values.isInstant(moment)
                && moment.textValue().compareTo(Values.text(clock.instant().plus(FUTURE))) > 0)
            tell(found, TIMESTAMP_FUTURE, "/occurredAt", moment);
        return moment;
    }

    private JsonNode currency(JsonNode given, Found found) {
        var currency = Values.upperCase(given);
        if (currency != null && currency.isTextual() && !CURRENCIES.contains(currency.textValue()))
            tell(found, CURRENCY_UNKNOWN, "/currency", given);
        return currency;
    }

    private JsonNode status(JsonNode given, Found found) {
        var status = Values.lowerCase(given);
        if (status == null || !status.isTextual()) return status;
        if (STATUSES.contains(status.textValue()) && !status.textValue().equals(Transaction.Status.OTHER.text()))
            return status;
        tell(found, STATUS_UNKNOWN, "/status", given);
        return TextNode.valueOf(Transaction.Status.OTHER.text());
    }

    private static void items(ObjectNode transaction, JsonNode given) {
        if (!given.isArray()) {
            Values.set(transaction, "items", given.isMissingNode() || given.isNull() ? null : given);
            return;
        }
        var items = transaction.putArray("items");
        for (var from : given) {
            if (!from.isObject()) {
                items.add(from);
                continue;
            }
            var item = items.addObject();
            Values.set(item, "product", Values.text(from.path("product")));
            Values.set(item, "quantity", Values.integer(from.path("quantity")));
            Values.set(item, "price", Values.decimal(from.path("price")));
        }
    }

    private void amount(ObjectNode transaction, JsonNode given, Found found) {
        var amount = Values.number(transaction.path("amount"));
        if (amount == null) return;
        if (amount.signum() <= 0) tell(found, AMOUNT_NOT_POSITIVE, "/amount", given);
        var sum = sum(transaction.path("items"));
        if (sum != null && sum.subtract(amount).abs().compareTo(TOLERANCE) > 0)
            tell(found, AMOUNT_MISMATCH, "/amount", given);
    }

    /** Of quantity times price; null when that cannot be told. */
    private static BigDecimal sum(JsonNode items) {
        if (!items.isArray() || items.isEmpty()) return null;
        var sum = BigDecimal.ZERO;
        for (var item : items) {
            var price = Values.number(item.path("price"));
            if (price == null || !item.path("quantity").isInt()) return null;
            sum = sum.add(price.multiply(BigDecimal.valueOf(item.get("quantity").intValue())));
        }
        return sum;
    }

    private JsonNode address(JsonNode given, Found found) {
        var address = Values.text(given);
        if (address == null) tell(found, ADDRESS_MISSING, "/shippingAddress", NullNode.instance);
        if (address == null || !address.isTextual()) return address;
        if (hasDigit(address.textValue())) return address;
        tell(found, ADDRESS_INVALID, "/shippingAddress", given);
        return null;
    }

    private static boolean hasDigit(String text) {
        return text.chars().anyMatch(Character::isDigit);
    }

    /** What was erased is not told, so that a transaction that comes again without its customer is what the erasure has made of it. */
    private void contact(ObjectNode transaction, ObjectNode mapped, String name, Predicate<String> isOne, Found found) {
        var given = mapped.path(name);
        var told = Values.text(given);
        if (told == null || told.asText().equals(Redaction.ERASED)) return;
        if (told.isTextual() && told.textValue().length() <= LONGEST_CONTACT && isOne.test(told.textValue()))
            transaction.set(name, told);
        else tell(found, CONTACT_INVALID, "/" + name, given);
    }

    private JsonNode country(JsonNode given, Found found) {
        var country = Values.upperCase(given);
        if (country == null) tell(found, COUNTRY_MISSING, "/country", NullNode.instance);
        if (country == null || !country.isTextual()) return country;
        var code = Countries.code(country.textValue());
        if (code.isEmpty()) tell(found, COUNTRY_UNKNOWN, "/country", given);
        else if (Countries.isAlias(country.textValue())) tell(found, COUNTRY_ALIAS, "/country", given);
        return code.map(TextNode::valueOf).orElse(null);
    }
}
