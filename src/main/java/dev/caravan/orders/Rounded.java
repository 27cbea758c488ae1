package dev.caravan.orders;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Measured numbers as people read them. */
final class Rounded {
    private Rounded() {}

    /** To two digits after the point, without zeros at the end. */
    static BigDecimal of(double value) {
        var rounded =
                BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP).stripTrailingZeros();
        return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
    }
}
