package dev.caravan.records.read;

import java.io.IOException;

/**
 * The rows of a CSV file (RFC 4180): cells in quotes may have line ends in them. A quoted cell that is never closed costs its own row,
 * not the rest of the file: what follows the next quote tells.
 */
final class CsvRows implements Boundaries {
    private final Window window;
    private int end;
    private long line;

    CsvRows(Window window) {
        this.window = window;
    }

    @Override
    public int end() {
        return end;
    }

    @Override
    public long line() {
        return line;
    }

    @Override
    public Found next() throws IOException {
        skipEmptyLines();
        window.begin();
        line = window.line;
        if (window.peek() < 0) return Found.NOTHING;
        boolean quoted = false;
        boolean cellStart = true;
        int firstLineEnd = -1;
        long lines = 0;
        while (true) {
            if (quoted && firstLineEnd >= 0 && window.tooLarge(window.pos) && !window.overflowed())
                return endAt(firstLineEnd);
            int next = window.peek();
            if (quoted) {
                if (next < 0) return firstLineEnd < 0 ? truncated() : endAt(firstLineEnd);
                if (next == '\n') {
                    lines++;
                    if (firstLineEnd < 0) firstLineEnd = window.pos - window.start;
                } else if (next == '"') {
                    int after = window.peek(1);
                    if (after == '"') {
                        window.pos++;
                    } else if (after < 0 || after == ',' || after == '\r' || after == '\n') {
                        quoted = false;
                        firstLineEnd = -1;
                    } else if (firstLineEnd >= 0 && !window.overflowed()) {
                        return endAt(firstLineEnd);
                    }
                }
            } else {
                if (next < 0 || next == '\n') {
                    window.line += lines;
                    end = window.pos;
                    while (end > window.start && window.bytes[end - 1] == '\r') end--;
                    return Found.RECORD;
                }
                quoted = cellStart && next == '"';
                cellStart = next == ',';
            }
            window.pos++;
        }
    }

    private Found truncated() {
        end = window.pos;
        return Found.TRUNCATED;
    }

    /** Ends the row at the first line end inside the quoted cell that was never closed. */
    private Found endAt(int offset) {
        if (!window.overflowed()) window.pos = window.start + offset;
        end = window.pos;
        while (end > window.start && window.bytes[end - 1] == '\r') end--;
        return Found.RECORD;
    }

    private void skipEmptyLines() throws IOException {
        while (window.peek() == '\n' || window.peek() == '\r' && window.peek(1) == '\n') {
            if (window.peek() == '\n') window.line++;
            window.pos++;
            window.start = window.pos;
        }
    }
}
