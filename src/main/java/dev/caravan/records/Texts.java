package dev.caravan.records;

import java.text.Normalizer;

/** Text as a product holds it: NFC, without outer blanks and control characters. */
public final class Texts {
    private Texts() {}

    /** The text cleaned; empty when nothing is left. */
    public static String clean(String text) {
        if (isPlain(text)) return text;
        var printable = text.codePoints().anyMatch(Texts::isControl) ? withoutControls(text) : text;
        var normal = Normalizer.isNormalized(printable, Normalizer.Form.NFC)
                ? printable
                : Normalizer.normalize(printable, Normalizer.Form.NFC);
        return normal.strip();
    }

    /** Whether half of a surrogate pair stands alone in it. */
    public static boolean isBroken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            if (!Character.isHighSurrogate(c)
                    || i + 1 == text.length()
                    || !Character.isLowSurrogate(text.charAt(i + 1))) return true;
            i++;
        }
        return false;
    }

    /** Whether there is certainly nothing to clean: printable ASCII and Arabic letters without marks, which is most of what comes. */
    public static boolean isPlain(String text) {
        int length = text.length();
        if (length == 0) return true;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' && (c < '\u061B' || c > '\u064A') && c != '\u060C') return false;
        }
        return text.charAt(0) != ' ' && text.charAt(length - 1) != ' ';
    }

    /** Line ends are kept: a description has them. */
    private static boolean isControl(int character) {
        return character != '\n' && Character.isISOControl(character);
    }

    private static String withoutControls(String text) {
        var kept = new StringBuilder(text.length());
        text.codePoints().forEach(character -> kept.appendCodePoint(isControl(character) ? ' ' : character));
        return kept.toString();
    }
}
