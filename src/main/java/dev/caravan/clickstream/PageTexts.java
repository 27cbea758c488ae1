package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.List;

/** The texts of a page of the log, each written once: a number stands for it, 0 for none. */
final class PageTexts {
    private final List<String> inOrder = new ArrayList<>();

    /** Numbers by hash, in the next free place; at most half of them are taken. Its length is a power of two. */
    private int[] numbers = new int[1 << 14];

    /** Of a text, which may be null. */
    int number(String text) {
        if (text == null) return 0;
        int place = place(text);
        if (numbers[place] == 0) {
            inOrder.add(text);
            numbers[place] = inOrder.size();
            if (inOrder.size() > numbers.length / 2) grow();
            return inOrder.size();
        }
        return numbers[place];
    }

    /** Where its number is, or would be. */
    private int place(String text) {
        int place = Partitioning.spread(text) & numbers.length - 1;
        while (numbers[place] != 0 && !inOrder.get(numbers[place] - 1).equals(text))
            place = place + 1 & numbers.length - 1;
        return place;
    }

    private void grow() {
        numbers = new int[2 * numbers.length];
        for (int i = 0; i < inOrder.size(); i++) numbers[place(inOrder.get(i))] = i + 1;
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
