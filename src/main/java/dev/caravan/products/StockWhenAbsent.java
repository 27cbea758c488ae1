package dev.caravan.products;

import java.util.Optional;

/**
 * What to sell when a supplier does not tell its stock; setting {@code stock-when-absent} in {@code supplier.yaml}.
 *
 * @param mode   what to do
 * @param amount how many to offer; 0 unless the mode is {@link Mode#AMOUNT}
 */
public record StockWhenAbsent(Mode mode, int amount) {
    /** What to do. */
    public enum Mode {
        /** Do not sell until somebody decides. */
        HOLD,
        /** Sell without counting. */
        UNMANAGED,
        /** Offer a fixed number. */
        AMOUNT
    }

    public static final StockWhenAbsent HOLD = new StockWhenAbsent(Mode.HOLD, 0);

    /** Reads {@code hold}, {@code unmanaged} or a whole number from 0 to 999999999; empty when it is none of them. */
    public static Optional<StockWhenAbsent> parse(String text) {
        if (text.equals("hold")) return Optional.of(HOLD);
        if (text.equals("unmanaged")) return Optional.of(new StockWhenAbsent(Mode.UNMANAGED, 0));
        if (text.matches("[0-9]{1,9}")) return Optional.of(new StockWhenAbsent(Mode.AMOUNT, Integer.parseInt(text)));
        return Optional.empty();
    }
}
