package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;

/** Values of a source record as a reason shows them: short, and storable whatever was in them. */
public final class Shown {
    private static final int LONGEST = 200;

    private Shown() {}

    /** Text as it is; anything large as the beginning of its JSON. */
    public static JsonNode value(JsonNode value) {
        if (value == null || value.isNull() || value.isMissingNode()) return null;
        if (value.isTextual()) return text(value.textValue());
        if (value.isContainerNode()) {
            return value.isEmpty() ? value : text(beginning(value));
        }
        return value;
    }

    /** A text, cut when long. */
    public static TextNode text(String text) {
        return TextNode.valueOf(storable(cut(text)));
    }

    /** The beginning of bytes; those that are not UTF-8 show as U+FFFD. */
    public static String bytes(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, 2 * LONGEST), StandardCharsets.UTF_8);
    }

    /** For a message: text in quotes, the rest as JSON, {@code missing} when there is nothing. */
    public static String inMessage(JsonNode value) {
        var shown = value(value);
        if (shown == null) return "missing";
        return value.isTextual()
                ? '"' + shown.textValue() + '"'
                : shown.isContainerNode() ? shown.toString() : shown.asText();
    }

    /** Without NUL and without halves of surrogate pairs, which neither PostgreSQL nor UTF-8 take. */
    public static String storable(String text) {
        StringBuilder changed = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != 0 && !Character.isSurrogate(c)) continue;
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (changed == null) changed = new StringBuilder(text);
            changed.setCharAt(i, '\uFFFD');
        }
        return changed == null ? text : changed.toString();
    }

    private static String cut(String text) {
        if (text.length() <= LONGEST) return text;
        int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
        return text.substring(0, end) + "…";
    }

    /** Only so much of a container's JSON as is shown: it may be megabytes. */
    private static String beginning(JsonNode container) {
        var text = new StringBuilder();
        append(container, text);
        return text.toString();
    }

    private static void append(JsonNode value, StringBuilder text) {
        if (text.length() > LONGEST) return;
        if (!value.isContainerNode()) {
            text.append(value.isTextual() ? '"' + cut(value.textValue()) + '"' : value.asText());
            return;
        }
        text.append(value.isObject() ? '{' : '[');
        var separator = "";
        if (value.isObject()) {
            for (var member : value.properties()) {
                text.append(separator).append('"').append(cut(member.getKey())).append("\":");
                append(member.getValue(), text);
                separator = ",";
                if (text.length() > LONGEST) return;
            }
        } else {
            for (var item : value) {
                text.append(separator);
                append(item, text);
                separator = ",";
                if (text.length() > LONGEST) return;
            }
        }
        text.append(value.isObject() ? '}' : ']');
    }
}
