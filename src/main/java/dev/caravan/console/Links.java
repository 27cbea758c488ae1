package dev.caravan.console;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;

/** Addresses of pages. */
final class Links {
    private Links() {}

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /**
     * A path with a query.
     *
     * @param parameters name, value, name, value …; those whose value is null are left out
     */
    static String to(String path, Object... parameters) {
        var query = new ArrayList<String>();
        for (int i = 0; i < parameters.length; i += 2) {
            if (parameters[i + 1] != null) query.add(parameters[i] + "=" + encoded(parameters[i + 1].toString()));
        }
        return query.isEmpty() ? path : path + "?" + String.join("&", query);
    }
}
