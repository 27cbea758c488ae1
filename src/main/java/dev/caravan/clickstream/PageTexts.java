package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The texts of a page of the log, each written once: a number stands for it, 0 for none. */
final class PageTexts {
    private static final int USUAL = 1 << 12;

    private final Map<String, Integer> numbers = new HashMap<>(USUAL);
    private final List<String> inOrder = new ArrayList<>();

    /** Of a text, which may be null. */
    int number(String text) {
        if (text == null) return 0;
        var known = numbers.putIfAbsent(text, inOrder.size() + 1);
        if (known != null) return known;
        inOrder.add(text);
        return inOrder.size();
    }

    void write(Bytes to) {
        to.number(inOrder.size());
        inOrder.forEach(to::text);
    }

    static PageTexts read(Bytes.Reader from) {
        var texts = new PageTexts();
        for (long left = from.number(); left > 0; left--) texts.inOrder.add(from.text());
        return texts;
    }

    /** The text whose number comes next; null for none. */
    String next(Bytes.Reader from) {
        int number = (int) from.number();
        return number == 0 ? null : inOrder.get(number - 1);
    }
}
