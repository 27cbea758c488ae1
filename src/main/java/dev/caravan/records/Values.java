package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Values in the one form in which the same is always the same bytes. What cannot be brought to it is left as it is, for a schema to
 * refuse; null and blank texts become null.
 */
public final class Values {
    /** Longer numbers are no amounts, and cost more to read than they are worth. */
    private static final int MOST_DIGITS = 30;

    /** How a moment is written: digits where there are zeros. */
    private static final String INSTANT = "0000-00-00T00:00:00.000Z";

    private Values() {}

    /** Text in NFC without outer blanks; a number becomes its digits, for ids that somebody has written without quotes. */
    public static JsonNode text(JsonNode value) {
        if (value.isIntegralNumber()) return TextNode.valueOf(value.asText());
        if (!value.isTextual()) return nothing(value) ? null : value;
        var clean = Texts.clean(Shown.storable(value.textValue()));
        if (clean.isEmpty()) return null;
        return clean.equals(value.textValue()) ? value : TextNode.valueOf(clean);
    }

    /** As {@link #text}, in lower case. */
    public static JsonNode lowerCase(JsonNode value) {
        var text = text(value);
        return text == null || !text.isTextual()
                ? text
                : TextNode.valueOf(text.textValue().toLowerCase(Locale.ROOT));
    }

    /** As {@link #text}, in upper case. */
    public static JsonNode upperCase(JsonNode value) {
        var text = text(value);
        return text == null || !text.isTextual()
                ? text
                : TextNode.valueOf(text.textValue().toUpperCase(Locale.ROOT));
    }

    /** A decimal number, given as a number or a text, as text without exponent and without zeros at its end: {@code 250.0} and {@code "250"} are one amount. */
    public static JsonNode decimal(JsonNode value) {
        var number = number(value);
        return number == null ? text(value) : TextNode.valueOf(plain(number));
    }

    /** A whole number, given as a number or a text, {@code 2.0} included. */
    public static JsonNode integer(JsonNode value) {
        var number = number(value);
        if (number == null) return text(value);
        try {
            return IntNode.valueOf(number.intValueExact());
        } catch (ArithmeticException e) {
            return value;
        }
    }

    /**
     * A moment: ISO 8601 with an offset, or milliseconds since 1970 as a number or a text; in UTC with milliseconds. What only looks like
     * one, as the thirtieth of February does, is marked, so that no pattern takes it for one.
     */
    public static JsonNode instant(JsonNode value) {
        var given = text(value);
        if (given == null || !given.isTextual()) return given;
        var text = given.textValue();
        // As most are, which saves reading and writing them.
        if (looksLikeInstant(text)) return exists(text) ? given : TextNode.valueOf("no moment: " + text);
        try {
            var at = text.length() < 16 && text.matches("[0-9]+")
                    ? Instant.ofEpochMilli(Long.parseLong(text))
                    : DateTimeFormatter.ISO_OFFSET_DATE_TIME
                            .parse(text, OffsetDateTime::from)
                            .toInstant();
            return TextNode.valueOf(text(at));
        } catch (DateTimeException e) {
            return given;
        }
    }

    /** Whether {@link #instant} has made this of a moment. */
    public static boolean isInstant(JsonNode value) {
        return value != null && value.isTextual() && looksLikeInstant(value.textValue());
    }

    private static boolean looksLikeInstant(String text) {
        if (text.length() != INSTANT.length()) return false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (INSTANT.charAt(i) == '0' ? c < '0' || c > '9' : c != INSTANT.charAt(i)) return false;
        }
        return true;
    }

    /** Whether the calendar and the clock have what looks like an instant. */
    private static boolean exists(String text) {
        int month = number(text, 5, 7);
        int day = number(text, 8, 10);
        return month >= 1
                && month <= 12
                && day >= 1
                && (day <= 28 || day <= YearMonth.of(number(text, 0, 4), month).lengthOfMonth())
                && number(text, 11, 13) < 24
                && number(text, 14, 16) < 60
                && number(text, 17, 19) < 60;
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    /** UTC with exactly three digits behind the second, so that the same moment is the same text, and text order is time order. */
    public static String text(Instant moment) {
        var text = moment.truncatedTo(ChronoUnit.MILLIS).toString();
        return switch (text.length()) {
            case 20 -> text.substring(0, 19) + ".000Z";
            default -> text;
        };
    }

    /** Digits without exponent and without zeros at the end of a fraction. */
    public static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /** A decimal number, given as a number or a text; null for anything else. */
    public static BigDecimal number(JsonNode value) {
        if (value.isNumber()) return within(value.decimalValue());
        if (!value.isTextual()) return null;
        var text = value.textValue().strip();
        if (text.isEmpty() || text.length() > MOST_DIGITS || !isDecimal(text)) return null;
        return new BigDecimal(text);
    }

    /** Sets a member; null leaves it out. */
    public static void set(ObjectNode object, String name, JsonNode value) {
        if (value != null) object.set(name, value);
    }

    private static BigDecimal within(BigDecimal number) {
        return number.precision() > MOST_DIGITS || Math.abs((long) number.scale()) > MOST_DIGITS ? null : number;
    }

    /** Digits with one point at most, and a minus: neither exponents nor other scripts' digits. */
    private static boolean isDecimal(String text) {
        int digits = 0;
        int points = 0;
        for (int i = text.charAt(0) == '-' ? 1 : 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') digits++;
            else if (c != '.' || ++points > 1) return false;
        }
        return digits > 0;
    }

    private static boolean nothing(JsonNode value) {
        return value.isNull() || value.isMissingNode();
    }
}
