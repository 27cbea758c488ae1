package dev.caravan.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.NullNode;
import com.schibsted.spt.data.jslt.JsltException;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times in mappings are the same on every machine. */
class JsltTest {
    @ParameterizedTest
    @ValueSource(strings = {"en-US", "ar-SA", "th-TH-u-ca-buddhist", "fa-IR", "hi-IN-u-nu-deva"})
    void the_language_of_the_machine_changes_no_time(String language) {
        var before = Locale.getDefault(Locale.Category.FORMAT);
        Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag(language));
        try {
            assertThat(result(
                            "format-time(parse-time(\"12/1/2010 13:05\", \"M/d/yyyy H:mm\"), \"yyyy-MM-dd'T'HH:mm\")"))
                    .isEqualTo("\"2010-12-01T13:05\"");
            assertThat(result("format-time(parse-time(\"1 Dec 2010\", \"d MMM yyyy\"), \"EEEE d MMMM\")"))
                    .isEqualTo("\"Wednesday 1 December\"");
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "parse-time(\"2010-12-01\", \"yyyy-MM-dd\") | 1.2911616E9",
                "parse-time(\"20101201\", \"yyyyMMdd\") | 1.2911616E9",
                "parse-time(20101201, \"yyyyMMdd\") | 1.2911616E9",
                "parse-time(\"2010-12-01T00:00:00.250+0100\", \"yyyy-MM-dd'T'HH:mm:ss.SSSZ\") | 1.29115800025E9",
                "parse-time(null, \"yyyy-MM-dd\") | null",
                "parse-time(\"soon\", \"yyyy-MM-dd\", null) | null",
                "parse-time(\"soon\", \"yyyy-MM-dd\", \"never\") | \"never\"",
                "format-time(null, \"yyyy\") | null",
                "format-time(0, \"yyyy-MM-dd HH:mm:ss.SSS\") | \"1970-01-01 00:00:00.000\"",
                "format-time(0.0016, \"ss.SSS\") | \"00.002\"",
                "format-time(0, \"HH:mm\", \"Asia/Kathmandu\") | \"05:30\"",
                "format-time(0, \"HH:mm\", \"PST\") | \"16:00\"",
            })
    void reads_and_writes_as_the_language_says(String mapping, String expected) {
        assertThat(result(mapping)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "parse-time(\"soon\", \"yyyy\") | Unparseable date: \"soon\"",
                "parse-time(\"2010\", \"bad\") | Couldn't parse format 'bad'",
                "format-time(\"soon\", \"yyyy\") | no number: \"soon\"",
                "format-time(0, \"bad\") | Couldn't parse format 'bad'",
                "format-time(0, \"yyyy\", \"Mars/Olympus\") | Unknown timezone Mars/Olympus",
            })
    void says_what_it_cannot_do(String mapping, String message) {
        assertThatThrownBy(() -> result(mapping))
                .isInstanceOf(JsltException.class)
                .hasMessageContaining(message);
    }

    private static String result(String mapping) {
        return Jslt.parser(mapping).compile().apply(NullNode.instance).toString();
    }
}
