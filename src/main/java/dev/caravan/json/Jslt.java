package dev.caravan.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.schibsted.spt.data.jslt.Function;
import com.schibsted.spt.data.jslt.JsltException;
import com.schibsted.spt.data.jslt.Parser;
import java.io.StringReader;
import java.text.ParsePosition;
import java.text.SimpleDateFormat;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;

/**
 * JSLT as all mappings here speak it. {@code parse-time} and {@code format-time} are as JSLT describes them, but in
 * English whatever the machine's language: JSLT's own write another language's digits, names of months and years.
 */
public final class Jslt {
    private static final List<Function> TIMES = List.of(new ParseTime(), new FormatTime());

    private Jslt() {}

    /**
     * A parser for the text of a mapping, to be told what else it needs.
     *
     * @param functions the mapping may call these too
     */
    public static Parser parser(String jslt, Function... functions) {
        var all = new ArrayList<>(TIMES);
        all.addAll(List.of(functions));
        return new Parser(new StringReader(jslt)).withFunctions(all);
    }

    /** {@code parse-time(text, format, fallback?)}: seconds since 1970, read in UTC where the format names no zone. */
    private static final class ParseTime extends Named {
        ParseTime() {
            super("parse-time");
        }

        @Override
        public JsonNode call(JsonNode input, JsonNode[] arguments) {
            if (arguments[0].isNull()) return NullNode.instance;
            var time = format(text(arguments[1]), ZoneOffset.UTC).parse(text(arguments[0]), new ParsePosition(0));
            if (time != null) return new DoubleNode(time.getTime() / 1000.0);
            if (arguments.length == 3) return arguments[2];
            throw new JsltException("parse-time: Unparseable date: \"" + text(arguments[0]) + "\"");
        }
    }

    /** {@code format-time(seconds, format, zone?)}: in UTC where no zone is given. */
    private static final class FormatTime extends Named {
        FormatTime() {
            super("format-time");
        }

        @Override
        public JsonNode call(JsonNode input, JsonNode[] arguments) {
            if (arguments[0].isNull()) return NullNode.instance;
            if (!arguments[0].isNumber()) throw new JsltException("format-time: no number: " + arguments[0]);
            var zone = arguments.length == 3 ? zone(text(arguments[2])) : ZoneOffset.UTC;
            var milliseconds = Math.round(arguments[0].doubleValue() * 1000);
            return new TextNode(format(text(arguments[1]), zone).format(new Date(milliseconds)));
        }

        private static ZoneId zone(String name) {
            try {
                return ZoneId.of(name, ZoneId.SHORT_IDS);
            } catch (DateTimeException e) {
                throw new JsltException("format-time: Unknown timezone " + name, e);
            }
        }
    }

    /** A function of two arguments and perhaps a third. */
    private abstract static class Named implements Function {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public String getName() {
            return name;
        }

        @Override
        public int getMinArguments() {
            return 2;
        }

        @Override
        public int getMaxArguments() {
            return 3;
        }

        /** A new one each time, as they are not thread-safe. */
        final SimpleDateFormat format(String pattern, ZoneId zone) {
            try {
                var format = new SimpleDateFormat(pattern, Locale.ENGLISH);
                format.setTimeZone(TimeZone.getTimeZone(zone));
                return format;
            } catch (IllegalArgumentException e) {
                throw new JsltException(name + ": Couldn't parse format '" + pattern + "': " + e.getMessage(), e);
            }
        }

        static String text(JsonNode node) {
            return node.isTextual() ? node.textValue() : node.toString();
        }
    }
}
