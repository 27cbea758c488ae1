package dev.caravan.clickstream;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Texts that come again and again, such as names of browsers: each is made once and is then the same object, which costs neither memory nor
 * time to compare. A text that takes another one's place costs no more than if none were known. Not thread-safe.
 */
final class KnownTexts {
    private static final int PLACES = 1 << 12;

    /** Longer ones are seldom the same again. */
    private static final int LONGEST = 256;

    private final UnaryOperator<String> form;
    private final char[][] given = new char[PLACES][];
    private final String[] made = new String[PLACES];

    /** @param form what becomes of a text; the same of the same */
    KnownTexts(UnaryOperator<String> form) {
        this.form = form;
    }

    /** What becomes of these characters. */
    String of(char[] characters, int from, int length) {
        if (length > LONGEST) return form.apply(new String(characters, from, length));
        int hash = hash(characters, from, from + length);
        int place = (hash ^ hash >>> 15) & PLACES - 1;
        var there = given[place];
        if (there == null || !Arrays.equals(there, 0, there.length, characters, from, from + length)) {
            given[place] = Arrays.copyOfRange(characters, from, from + length);
            made[place] = form.apply(new String(given[place]));
        }
        return made[place];
    }

    /** As of a text, four letters at a time: multiplications wait for each other. */
    private static int hash(char[] characters, int from, int to) {
        int hash = to - from;
        int i = from;
        for (; i + 3 < to; i += 4)
            hash = 31 * 31 * 31 * 31 * hash
                    + 31 * 31 * 31 * characters[i]
                    + 31 * 31 * characters[i + 1]
                    + 31 * characters[i + 2]
                    + characters[i + 3];
        for (; i < to; i++) hash = 31 * hash + characters[i];
        return hash;
    }
}
