package dev.caravan.orders;

import java.util.Arrays;

/**
 * What is usual of some numbers, and how far from it another one lies. Median and MAD (the median of the distances from the median) bear that
 * nearly half of the numbers are out of the ordinary themselves; mean and standard deviation do not bear one.
 *
 * <p>The distance is the modified z-score of B. Iglewicz and D. C. Hoaglin, <i>How to Detect and Handle Outliers</i>, ASQC 1993:
 * {@code 0.6745 · (x − median) / MAD}. 0.6745 is the MAD of the standard normal distribution (1 / 1.4826), so among normally distributed numbers
 * the score is in standard deviations.
 */
record Usual(double median, double mad) {
    /** MAD of a normal distribution whose standard deviation is 1. */
    private static final double OF_NORMAL = 0.6745;

    /** Amounts are taken as spread by at least so much of their median: else the first other price after many equal ones would be far away. */
    private static final double LEAST_SPREAD = 0.25;

    /** An amount of nothing has no logarithm. */
    private static final double SMALLEST_AMOUNT = 0.01;

    /** @param values at least one, in any order */
    static Usual of(double... values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        double median = middle(sorted);
        for (int i = 0; i < sorted.length; i++) sorted[i] = Math.abs(sorted[i] - median);
        Arrays.sort(sorted);
        return new Usual(median, middle(sorted));
    }

    private static double middle(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /**
     * How many standard deviations a value lies above the median; negative below it.
     *
     * @param least standard deviation, above zero: what is known of it beside these numbers
     */
    double score(double value, double least) {
        return (value - median) / deviation(least);
    }

    /** The standard deviation: that of a normal distribution with this MAD, and at least so much. */
    double deviation(double least) {
        return Math.max(mad / OF_NORMAL, least);
    }

    /**
     * How far a count lies from counts before. Events that come independently of each other are distributed as Poisson has it, with a standard
     * deviation of the root of their number: less than that is chance.
     */
    double scoreOfCount(double count) {
        return score(count, Math.sqrt(Math.max(median, 1)));
    }

    /**
     * How far an amount lies from amounts before, which are at least one: above their median by the amounts themselves, below it by their
     * logarithms. An amount cannot be less than nothing, so that by the amounts one a hundred times too small would be as usual as half of one.
     */
    static double scoreOfAmount(double amount, double[] before) {
        var usual = of(before);
        if (amount >= usual.median())
            return usual.score(amount, LEAST_SPREAD / OF_NORMAL * Math.max(usual.median(), SMALLEST_AMOUNT));
        var logarithms = Arrays.stream(before).map(Usual::logarithm).toArray();
        return of(logarithms).score(logarithm(amount), LEAST_SPREAD / OF_NORMAL);
    }

    private static double logarithm(double amount) {
        return Math.log(Math.max(amount, SMALLEST_AMOUNT));
    }
}
