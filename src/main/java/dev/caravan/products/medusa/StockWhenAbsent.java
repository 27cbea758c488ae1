package dev.caravan.products.medusa;

import dev.caravan.failure.BadSettings;

/**
 * What a supplier's setting {@code stock-when-absent} says about a variant whose stock the source does not tell.
 *
 * @param decision what to do
 * @param stock    how many to sell, for {@link Decision#FIXED}
 */
public record StockWhenAbsent(Decision decision, int stock) {
    /** The kinds of answer. */
    public enum Decision {
        /** Do not sell it. */
        HOLD,
        /** Sell it without counting. */
        UNMANAGED,
        /** Sell so many. */
        FIXED
    }

    public static final StockWhenAbsent HOLD = new StockWhenAbsent(Decision.HOLD, 0);
    public static final StockWhenAbsent UNMANAGED = new StockWhenAbsent(Decision.UNMANAGED, 0);

    /** @throws BadSettings when the text is not {@code hold}, {@code unmanaged} or a whole number from 0 */
    public static StockWhenAbsent of(String text) {
        var word = text.strip();
        if (word.equals("hold")) return HOLD;
        if (word.equals("unmanaged")) return UNMANAGED;
        if (word.matches("[0-9]{1,9}")) return new StockWhenAbsent(Decision.FIXED, Integer.parseInt(word));
        throw new BadSettings("stock-when-absent is \"" + text + "\": set it to hold, unmanaged or a whole number from 0");
    }
}
