package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Words that come again and again, such as countries, as small numbers from 1; 0 stands for none. */
final class Words {
    /** Stands for all words for which there is no number left. */
    static final String OTHER = "(other)";

    private final int most;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> words = new ArrayList<>();

    /** @param most the highest number, which is that of {@link #OTHER} */
    Words(int most) {
        this.most = most;
        words.add(null);
    }

    /** @param word null for none */
    int number(String word) {
        if (word == null) return 0;
        var number = numbers.get(word);
        return number == null ? added(word) : number;
    }

    private int added(String word) {
        if (words.size() >= most || word.equals(OTHER)) return most;
        int number = words.size();
        words.add(word);
        numbers.put(word, number);
        return number;
    }

    /** @return null for 0 */
    String word(int number) {
        return number == most ? OTHER : words.get(number);
    }

    /** Above all numbers there are but that of {@link #OTHER}. */
    int size() {
        return words.size();
    }

    int most() {
        return most;
    }
}
