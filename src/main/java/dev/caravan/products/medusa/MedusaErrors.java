package dev.caravan.products.medusa;

import java.util.List;
import java.util.regex.Pattern;

/** The one table that says what an answer of Medusa's other than success means. Read from the top; the first line that fits counts. */
public final class MedusaErrors {
    /** What to do about an answer. */
    public enum Verdict {
        /** Try the same again later. */
        RETRY,
        /** The shop is not as we thought: look again, compare, and do what is still to be done. */
        LOOK_UP,
        /** Medusa will never take this product as it is. */
        PARK,
        /** A setting of ours, or the shop's set-up, is wrong: no product gets through until it is repaired. */
        SETTINGS
    }

    private record Line(int from, int to, Pattern message, Verdict verdict) {
        static Line of(int from, int to, String message, Verdict verdict) {
            return new Line(from, to, Pattern.compile(message, Pattern.CASE_INSENSITIVE | Pattern.DOTALL), verdict);
        }

        boolean fits(int status, String text) {
            return status >= from && status <= to && message.matcher(text).find();
        }
    }

    private static final List<Line> LINES = List.of(
            Line.of(300, 399, "", Verdict.SETTINGS),
            Line.of(401, 401, "", Verdict.SETTINGS),
            Line.of(403, 403, "", Verdict.SETTINGS),
            // A route that is not there answers in HTML: MEDUSA_URL leads to something else, or to another version.
            Line.of(404, 404, "^\\s*<", Verdict.SETTINGS),
            // What it refers to was deleted since we looked: a product, a variant, a category, an inventory item, a
            // level.
            Line.of(404, 404, "", Verdict.LOOK_UP),
            Line.of(408, 408, "", Verdict.RETRY),
            Line.of(409, 409, "", Verdict.LOOK_UP),
            Line.of(413, 413, "", Verdict.PARK),
            Line.of(422, 422, "duplicate|already exists", Verdict.LOOK_UP),
            Line.of(425, 425, "", Verdict.RETRY),
            Line.of(429, 429, "", Verdict.RETRY),
            // Two variants with one choice of options: what looks the same to a buyer has to be one variant.
            Line.of(400, 400, "with provided options already exists", Verdict.PARK),
            Line.of(400, 400, "already exists", Verdict.LOOK_UP),
            // Options changed between our look and our write.
            Line.of(400, 400, "Option value .* does not exist for option", Verdict.LOOK_UP),
            Line.of(400, 400, "Product has \\d+ option values but there were", Verdict.LOOK_UP),
            Line.of(400, 499, "", Verdict.PARK),
            Line.of(500, 599, "", Verdict.RETRY));

    private MedusaErrors() {}

    /**
     * @param status  HTTP status, not a success
     * @param message the {@code message} of the answer, or its whole body when that is not JSON
     */
    public static Verdict verdict(int status, String message) {
        return LINES.stream()
                .filter(line -> line.fits(status, message))
                .findFirst()
                .map(Line::verdict)
                .orElse(Verdict.PARK);
    }
}
