package dev.caravan.records.read;

import java.io.IOException;

/** Records in JSON: the items of one array, or objects one after the other, or one a line. */
final class JsonRecords implements Boundaries {
    private enum Layout {
        /** {@code [ … , … ]} */
        ARRAY,
        /** Objects, and the first one has not told yet whether lines are records. */
        UNKNOWN,
        /** NDJSON: a line is a record, whatever is wrong with it. */
        LINES,
        /** Objects that spread over lines, one or several. */
        OBJECTS
    }

    private final Window window;
    private final JsonScanner scanner;
    private Layout layout;
    private boolean opened;
    private boolean closed;
    private int end;
    private long line;

    private JsonRecords(Window window, Layout layout) {
        this.window = window;
        this.scanner = new JsonScanner(window, layout == Layout.ARRAY);
        this.layout = layout;
    }

    static JsonRecords array(Window window) {
        return new JsonRecords(window, Layout.ARRAY);
    }

    static JsonRecords objects(Window window) {
        return new JsonRecords(window, Layout.UNKNOWN);
    }

    static JsonRecords lines(Window window) {
        return new JsonRecords(window, Layout.LINES);
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
        if (closed && layout != Layout.ARRAY) return Found.NOTHING;
        return switch (layout) {
            case ARRAY -> item();
            case LINES -> line(false);
            case UNKNOWN, OBJECTS -> object();
        };
    }

    private Found item() throws IOException {
        if (!opened) {
            window.pos++;
            opened = true;
        }
        while (!closed) {
            window.skipBlanks();
            int next = window.peek();
            start();
            if (next < 0) return truncated();
            if (next == ']') closed = true;
            if (next == ',' || next == '}' || next == ']') {
                window.pos++;
                continue;
            }
            var ended = scanner.value(false);
            end = window.pos;
            if (ended == JsonScanner.End.CUT) return truncated();
            if (ended == JsonScanner.End.BROKEN) trim(true);
            return Found.RECORD;
        }
        window.skipBlanks();
        start();
        if (window.peek() < 0) return Found.NOTHING;
        if (window.peek() != '{') return rest();
        // Lines after all, and the first of them had no object on it.
        closed = false;
        layout = Layout.LINES;
        return line(false);
    }

    private Found object() throws IOException {
        window.skipBlanks();
        start();
        if (window.peek() < 0) return Found.NOTHING;
        if (window.peek() != '{') return line(false);
        var ended = scanner.value(layout == Layout.UNKNOWN);
        end = window.pos;
        switch (ended) {
            case CUT -> {
                return truncated();
            }
            case BROKEN_LINE -> {
                layout = Layout.LINES;
                trim(false);
            }
            case BROKEN -> trim(true);
            case CLOSED -> {
                if (layout == Layout.UNKNOWN && window.line > line) layout = Layout.OBJECTS;
                if (layout == Layout.UNKNOWN) return restOfFirstLine();
            }
        }
        return Found.RECORD;
    }

    /** The first object has ended on the line on which it began: then lines are records, unless another object follows on it. */
    private Found restOfFirstLine() throws IOException {
        int ahead = 0;
        while (window.peek(ahead) == ' ' || window.peek(ahead) == '\t' || window.peek(ahead) == '\r') ahead++;
        int next = window.peek(ahead);
        end = window.pos;
        if (next == '{') {
            layout = Layout.OBJECTS;
            return Found.RECORD;
        }
        layout = Layout.LINES;
        return next == '\n' || next < 0 ? Found.RECORD : line(true);
    }

    /** @param goOn whether the line has begun, and been looked at up to {@link Window#pos} */
    private Found line(boolean goOn) throws IOException {
        if (!goOn) {
            window.skipBlanks();
            start();
        }
        while (true) {
            byte[] bytes = window.bytes;
            int pos = window.pos;
            int limit = window.end;
            while (pos < limit && bytes[pos] != '\n') pos++;
            window.pos = pos;
            if (pos < limit) break;
            if (!window.fill()) return lastLine();
        }
        end = window.pos;
        trim(false);
        return Found.RECORD;
    }

    /** The last line, when no line end stands behind it: it may be all there ever was, or the file broke off. */
    private Found lastLine() throws IOException {
        closed = true;
        end = window.end;
        trim(false);
        if (end == window.start && !window.overflowed()) return Found.NOTHING;
        int behind = window.pos;
        if (!window.overflowed() && window.bytes[window.start] == '{') {
            window.pos = window.start;
            boolean cut = scanner.value(false) == JsonScanner.End.CUT;
            window.pos = behind;
            if (cut) return Found.TRUNCATED;
        }
        return Found.RECORD;
    }

    private Found truncated() {
        closed = true;
        layout = Layout.OBJECTS;
        end = window.end;
        return Found.TRUNCATED;
    }

    private Found rest() throws IOException {
        do {
            window.pos = window.end;
        } while (window.fill());
        end = window.pos;
        layout = Layout.OBJECTS;
        return Found.TRAILING;
    }

    private void start() {
        window.begin();
        line = window.line;
        end = window.pos;
    }

    private void trim(boolean commas) {
        while (end > window.start && (Window.isBlank(window.bytes[end - 1]) || commas && window.bytes[end - 1] == ','))
            end--;
    }
}
