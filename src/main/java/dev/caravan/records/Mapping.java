package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.schibsted.spt.data.jslt.Expression;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Jslt;
import dev.caravan.routes.RouteFiles;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A compiled JSLT file. Thread-safe. */
public final class Mapping {
    private final Expression expression;

    private Mapping(Expression expression) {
        this.expression = expression;
    }

    /**
     * Compiles a mapping; what it imports is looked for relative to {@code routes/}.
     *
     * @throws BadSettings when there is a mistake in it: file, line, what and how to go on
     */
    public static Mapping of(RouteFiles files, String path) {
        try {
            var text = new String(files.bytes(path), StandardCharsets.UTF_8);
            return new Mapping(Jslt.parser(text)
                    .withSource(path)
                    .withResourceResolver(
                            imported -> new StringReader(new String(files.bytes(imported), StandardCharsets.UTF_8)))
                    .compile());
        } catch (JsltException e) {
            var file = e.getSource() == null ? path : e.getSource();
            throw new BadSettings(file + ":" + Math.max(1, e.getLine()) + ":" + Math.max(1, e.getColumn()) + ": "
                    + oneLine(e.getMessageWithoutLocation()) + ": see the JSLT tutorial for what can stand there");
        } catch (UncheckedIOException e) {
            throw new BadSettings(path + ":1: " + e.getMessage() + ": an import names a file relative to routes/");
        }
    }

    /** @throws JsltException when the mapping cannot cope with the input */
    public JsonNode apply(JsonNode input) {
        return expression.apply(input);
    }

    private static String oneLine(String message) {
        return message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("mistake");
    }
}
