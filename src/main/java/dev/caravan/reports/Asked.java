package dev.caravan.reports;

import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;

/**
 * The days and rows that a report is asked for.
 *
 * @param from  first day, in UTC; null for the first there is
 * @param to    last day, inclusive; null for the last there is
 * @param limit most rows
 */
public record Asked(LocalDate from, LocalDate to, int limit) {
    private static final int DEFAULT_LIMIT = 1000;
    private static final int MOST = 100_000;

    /**
     * As the parameters {@code date}, {@code from}, {@code to} and {@code limit} say.
     *
     * @throws Problem when one is wrong
     */
    public static Asked of(Request request) {
        var date = day(request, "date");
        var from = day(request, "from");
        var to = day(request, "to");
        if (date != null && (from != null || to != null)) throw wrong("give either date, or from and to");
        if (from != null && to != null && to.isBefore(from)) throw wrong("to must not be before from");
        return new Asked(date == null ? from : date, date == null ? to : date, limit(request));
    }

    private static LocalDate day(Request request, String name) {
        var text = request.parameter(name).orElse(null);
        try {
            return text == null ? null : LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw wrong(name + " must be a day such as 2026-11-21, not \"" + text + "\"");
        }
    }

    private static int limit(Request request) {
        var text = request.parameter("limit").orElse(String.valueOf(DEFAULT_LIMIT));
        if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MOST)
            throw wrong("limit must be a whole number from 1 to " + MOST);
        return Integer.parseInt(text);
    }

    /** What is said of a parameter that is wrong. */
    public static Problem wrong(String detail) {
        return new Problem(400, "Invalid parameter", detail);
    }
}
