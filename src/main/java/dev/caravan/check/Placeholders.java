package dev.caravan.check;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Placeholders such as {@code {{products.queue}}} in a text. */
final class Placeholders {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^{}]*)}}");

    private Placeholders() {}

    /** Their names; those that bring a default, are optional, or come from elsewhere ({@code env:}, {@code sys:}) are left out. */
    static List<String> in(String text) {
        var names = new ArrayList<String>();
        var match = PLACEHOLDER.matcher(text);
        while (match.find()) {
            var name = match.group(1).strip();
            if (!name.startsWith("?") && name.indexOf(':') < 0) names.add(name);
        }
        return names;
    }
}
