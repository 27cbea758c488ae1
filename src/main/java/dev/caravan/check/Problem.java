package dev.caravan.check;

import java.util.Comparator;

/**
 * Something that is wrong, where, and what would be right.
 *
 * @param file   path of the file, or where else it was set, such as {@code environment}
 * @param line   from 1; 0 when there are no lines
 * @param column from 1; 0 when it is not known
 * @param what   one sentence: what is wrong, and after a colon what would be right
 */
public record Problem(String file, int line, int column, String what) implements Comparable<Problem> {
    private static final Comparator<Problem> ORDER = Comparator.comparing(Problem::file)
            .thenComparingInt(Problem::line)
            .thenComparingInt(Problem::column)
            .thenComparing(Problem::what);

    /** In a line, or in none; the column is not known. */
    public Problem(String file, int line, String what) {
        this(file, line, 0, what);
    }

    @Override
    public int compareTo(Problem other) {
        return ORDER.compare(this, other);
    }

    /** {@code file:line:column: what}, as compilers tell it and editors follow it. */
    @Override
    public String toString() {
        return file + (line > 0 ? ":" + line : "") + (line > 0 && column > 0 ? ":" + column : "") + ": " + what;
    }
}
