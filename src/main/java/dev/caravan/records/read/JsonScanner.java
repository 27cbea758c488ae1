package dev.caravan.records.read;

import java.io.IOException;

/**
 * Finds where a JSON value ends, from its brackets and quotes alone. In a broken value it looks for the place where the next one starts,
 * so that the damage stays in one record:
 *
 * <ul>
 *   <li>a string that is followed by what cannot follow one, or that runs over a line end, was never closed: it is read again without
 *       its opening quote
 *   <li>a closing bracket of the wrong kind closes what lies between, too
 *   <li>an object where an object cannot be ({@code ,{} inside an object, or }{@code }{}) starts the next record
 * </ul>
 *
 * None of this happens in JSON that is well-formed.
 */
final class JsonScanner {
    /** How the scan of a value ended; {@link Window#pos} is behind the value, or on the first byte of what follows. */
    enum End {
        /** At its closing bracket, or with its last character. */
        CLOSED,
        /** Broken off, because the next record starts or the surrounding array ends here. */
        BROKEN,
        /** Broken off at a line end, and what follows says that lines are records. */
        BROKEN_LINE,
        /** The input ended inside the value. */
        CUT
    }

    private static final boolean[] STOPS_STRING = characters("\"\\\n");
    private static final boolean[] STOPS = characters("\"{}[]\n");
    private static final boolean[] AFTER_STRING = characters(",:]} \t\r\n");
    private static final boolean[] ENDS_SCALAR = characters(",]} \t\r\n");

    /** Brackets of deeper nesting are only counted; such a record is refused anyway. */
    private static final int TRACKED = 1024;

    /** How far is looked ahead to tell what lines are. */
    private static final int FARTHEST = 1 << 20;

    private final Window window;
    private final boolean inArray;
    private final byte[] open = new byte[TRACKED];

    /** @param inArray whether the values are items of an array, so that a closing bracket can be that array's */
    JsonScanner(Window window, boolean inArray) {
        this.window = window;
        this.inArray = inArray;
    }

    /**
     * Scans the value that starts at {@link Window#pos}.
     *
     * @param guess whether it is still open if the file's lines are its records: then a value that breaks off at a line end, before a
     *     line that starts an object, is a broken line
     */
    End value(boolean guess) throws IOException {
        window.begin();
        int first = window.peek();
        if (first != '{' && first != '[' && first != '"') return scalar();
        int depth = 0;
        boolean inString = false;
        boolean brokenString = false;
        int stringStart = 0;
        while (true) {
            byte[] bytes = window.bytes;
            int pos = window.pos;
            int end = window.end;
            scan:
            while (pos < end) {
                if (inString) {
                    while (pos < end && !STOPS_STRING[bytes[pos] & 0xff]) pos++;
                    if (pos + 1 >= end) break;
                    switch (bytes[pos]) {
                        case '\\' -> pos += bytes[pos + 1] == '\n' ? 1 : 2;
                        case '"' -> {
                            inString = false;
                            pos++;
                            if (!AFTER_STRING[bytes[pos] & 0xff] && depth > 0 && !window.overflowed())
                                pos = window.start + stringStart + 1;
                        }
                        default -> {
                            inString = false;
                            brokenString = true;
                        }
                    }
                    if (!inString && depth == 0) {
                        window.pos = pos;
                        return End.CLOSED;
                    }
                    continue;
                }
                while (pos < end && !STOPS[bytes[pos] & 0xff]) pos++;
                if (pos == end) break;
                byte c = bytes[pos];
                switch (c) {
                    case '"' -> {
                        inString = true;
                        stringStart = pos - window.start;
                    }
                    case '{', '[' -> {
                        if (c == '{' && depth > 0 && depth <= TRACKED && open[depth - 1] == '{' && startsNext(pos)) {
                            window.pos = pos;
                            return End.BROKEN;
                        }
                        if (depth < TRACKED) open[depth] = c;
                        depth++;
                    }
                    case '}', ']' -> {
                        depth = closed(depth, c == '}' ? (byte) '{' : (byte) '[');
                        if (depth < 0) {
                            window.pos = pos;
                            return End.BROKEN;
                        }
                        if (depth == 0) {
                            window.pos = pos + 1;
                            return End.CLOSED;
                        }
                    }
                    default -> {
                        window.pos = pos;
                        if (guess && (brokenString || lineIsBroken())) return End.BROKEN_LINE;
                        guess = false;
                        window.line++;
                        pos = window.pos + 1;
                        bytes = window.bytes;
                        end = window.end;
                        continue scan;
                    }
                }
                pos++;
            }
            window.pos = pos;
            if (!window.fill()) {
                // A closing quote may be the very last byte.
                window.pos = window.end;
                return depth == 0 && inString && window.end - window.start > 1 && window.bytes[window.end - 1] == '"'
                        ? End.CLOSED
                        : End.CUT;
            }
        }
    }

    private End scalar() throws IOException {
        for (int next = window.peek(); next >= 0 && !ENDS_SCALAR[next]; next = window.peek()) window.pos++;
        return End.CLOSED;
    }

    /** The depth after a closing bracket whose opening one is {@code opening}; negative when it closes the surrounding array. */
    private int closed(int depth, byte opening) {
        if (depth > TRACKED) return depth - 1;
        int match = depth;
        while (match > 0 && open[match - 1] != opening) match--;
        if (match > 0) return match - 1;
        return opening == '[' && inArray ? -1 : depth;
    }

    /** Whether the object that opens here, inside an object, is the next record's beginning. */
    private boolean startsNext(int pos) {
        if (window.overflowed()) return false;
        int before = lastBefore(pos);
        return before == ',' || before == '}';
    }

    private int lastBefore(int pos) {
        int last = pos - 1;
        while (last >= window.start && Window.isBlank(window.bytes[last])) last--;
        return last < window.start ? -1 : window.bytes[last];
    }

    /** Whether the line that ends at {@link Window#pos}, inside a value, is a record broken off, for the next line starts an object. */
    private boolean lineIsBroken() throws IOException {
        if (window.peek(1) != '{') return false;
        int before = lastBefore(window.pos);
        return before != '[' && before != ':' || linesAreRecords();
    }

    /**
     * Whether the object on the next line stands alone there although the value before it is still open: no comma and no closing bracket
     * is between it and the object on the line behind. Lines that leave brackets open are passed over.
     */
    private boolean linesAreRecords() throws IOException {
        int ahead = 1;
        while (window.peek(ahead) == '{') {
            int depth = 0;
            boolean inString = false;
            for (int c = window.peek(ahead); c >= 0 && c != '\n'; c = window.peek(++ahead)) {
                if (ahead > FARTHEST) return false;
                if (inString && c == '\\') ahead++;
                else if (c == '"') inString = !inString;
                else if (!inString && (c == '{' || c == '[')) depth++;
                else if (!inString && (c == '}' || c == ']')) depth--;
                else if (!inString && depth == 0 && !Window.isBlank(c)) return false;
                if (depth < 0) return false;
            }
            if (inString) return true;
            boolean last = window.peek(ahead) < 0;
            if (depth == 0) return last || window.peek(ahead + 1) == '{' || window.peek(ahead + 1) < 0;
            if (last) return false;
            ahead++;
        }
        return false;
    }

    private static boolean[] characters(String listed) {
        var table = new boolean[256];
        listed.chars().forEach(character -> table[character] = true);
        return table;
    }
}
