package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Somebody who is erased.
 *
 * @param id        as customers, orders and clicks know them
 * @param pseudonym what stands for it from now on; it says nothing about them
 */
public record Person(String id, String pseudonym) {
    /** What may stand neither before nor behind an id in a text: then it is another word. */
    private static final String WORD = "[\\p{L}\\p{N}_-]";

    /** In JSON, a letter may stand before an id that belongs to what is before it: a line break, say. */
    private static final String ESCAPED = "(?<=\\\\[bfnrt])|(?<=\\\\u\\p{XDigit}{4})";

    private static final int SHORTEST_IN_TEXTS = 4;
    private static final int SHORTEST_NUMBER_IN_TEXTS = 7;

    /**
     * Whether the id can be told from other words. One that is short, or a small number, also stands in texts that have nothing to do with them: it is
     * replaced where it is all of a value, and not looked for in sentences.
     */
    public boolean isTelling() {
        return id.length() >= SHORTEST_IN_TEXTS
                && (id.length() >= SHORTEST_NUMBER_IN_TEXTS || !id.chars().allMatch(Character::isDigit));
    }

    /** Whether a text has the id as a word of its own, or is the id. */
    public boolean isIn(String text) {
        return text.equals(id)
                || isTelling() && text.contains(id) && word().matcher(text).find();
    }

    /** Whether some bytes, JSON or other texts, have the id in them as a word of its own; of those that do not, nothing has to be read. */
    public boolean mayBeIn(byte[] bytes) {
        var text = new String(bytes, UTF_8);
        return text.contains(id)
                && Pattern.compile("(?:(?<!" + WORD + ")|" + ESCAPED + ")" + Pattern.quote(id) + "(?!" + WORD + ")")
                        .matcher(text)
                        .find();
    }

    /** A text with the pseudonym in place of the id. */
    public String replaceIn(String text) {
        if (text.equals(id)) return pseudonym;
        return isTelling() && text.contains(id)
                ? word().matcher(text).replaceAll(Matcher.quoteReplacement(pseudonym))
                : text;
    }

    private Pattern word() {
        return Pattern.compile("(?<!" + WORD + ")" + Pattern.quote(id) + "(?!" + WORD + ")");
    }

    /** As a regular expression of PostgreSQL, for columns that are texts: the id as a word of its own, or as all there is. */
    String expression() {
        var quoted = id.replaceAll("([^\\p{L}\\p{N}])", "\\\\$1");
        return isTelling() ? "(?<![[:alnum:]_-])" + quoted + "(?![[:alnum:]_-])" : "^" + quoted + "$";
    }

    /** As {@link #expression}, for columns that are JSON. */
    String expressionInJson() {
        var quoted = id.replaceAll("([^\\p{L}\\p{N}])", "\\\\$1");
        return isTelling() ? expression() : "(?<=\")" + quoted + "(?=\")";
    }
}
