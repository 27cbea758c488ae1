package dev.caravan.check;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which name was meant. */
final class Names {
    private static final int FEW = 12;

    private Names() {}

    /** "use X" for the nearest known name; otherwise the known ones, when they are few. */
    static String advice(String wrong, Collection<String> known) {
        var nearest = known.stream().min(Comparator.comparingInt(name -> distance(wrong, name)));
        if (nearest.isPresent() && distance(wrong, nearest.get()) <= Math.max(2, wrong.length() / 3))
            return "did you mean \"" + nearest.get() + "\"?";
        if (known.isEmpty()) return "take it out";
        if (known.size() > FEW) return "take it out, or look it up in the documentation";
        return "known are " + known.stream().sorted().collect(Collectors.joining(", "));
    }

    /** How many letters have to be added, taken out or changed; case does not matter. */
    static int distance(String from, String to) {
        var a = from.toLowerCase(Locale.ROOT);
        var b = to.toLowerCase(Locale.ROOT);
        var last = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) last[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            var next = new int[b.length() + 1];
            next[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                next[j] = Math.min(changed, 1 + Math.min(last[j], next[j - 1]));
            }
            last = next;
        }
        return last[b.length()];
    }
}
