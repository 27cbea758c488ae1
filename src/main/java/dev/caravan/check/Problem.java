package dev.caravan.check;

/**
 * Something that is wrong, where, and what would be right.
 *
 * @param file path of the file, or where else it was set, such as {@code environment}
 * @param line from 1; 0 when there are no lines
 * @param what one sentence: what is wrong, and after a colon what would be right
 */
public record Problem(String file, int line, String what) implements Comparable<Problem> {
    @Override
    public int compareTo(Problem other) {
        int byFile = file.compareTo(other.file);
        if (byFile != 0) return byFile;
        int byLine = Integer.compare(line, other.line);
        return byLine != 0 ? byLine : what.compareTo(other.what);
    }

    @Override
    public String toString() {
        return file + (line > 0 ? ":" + line : "") + ": " + what;
    }
}
