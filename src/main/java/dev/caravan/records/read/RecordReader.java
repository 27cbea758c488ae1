package dev.caravan.records.read;

import dev.caravan.records.CoreRule;
import dev.caravan.records.Reason;
import dev.caravan.records.read.SourceRecord.Format;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.NoSuchElementException;

/**
 * Reads the records of an uploaded file one by one: a JSON array, one JSON object or several, NDJSON, or CSV with a header row; each with
 * or without a byte order mark, and gzip. What it is, is found out from the content, never from a name. Memory is bounded by one record.
 *
 * <p>A record that is broken or too large costs only itself. When the file breaks off, or turns into something else, a last record with a
 * {@linkplain SourceRecord#defect() defect} says so. Whether a record's bytes are well-formed JSON is not looked at here.
 *
 * <p>{@link #hasNext}, {@link #next} and {@link #skipTo} throw {@link UncheckedIOException} when the stream cannot be read (a lost
 * connection); then the same file can be read again. Not thread-safe.
 */
public final class RecordReader implements Records {
    private static final int SNIFFED = 1 << 16;

    private final InputStream in;
    private final ReaderLimits limits;
    private Window window;
    private Boundaries boundaries;
    private Format format = Format.JSON;
    private String header;
    private long index;
    private SourceRecord ready;
    private boolean finished;

    /** @param in closed with the reader */
    public RecordReader(InputStream in, ReaderLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    @Override
    public boolean hasNext() {
        if (ready == null && !finished) ready = read(true);
        return ready != null;
    }

    @Override
    public SourceRecord next() {
        if (!hasNext()) throw new NoSuchElementException("no record " + index);
        var record = ready;
        ready = null;
        return record;
    }

    /**
     * Passes over the records before {@code target}, without copying or judging them, so that {@link #next} gives that one. Does nothing
     * when the reader is there or beyond already.
     */
    @Override
    public void skipTo(long target) {
        if (ready != null && ready.index() < target) ready = null;
        while (ready == null && !finished && index < target) {
            var last = read(false);
            if (last != null && last.index() >= target) ready = last;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The next record; null at the end, and when it is not {@code wanted}. */
    private SourceRecord read(boolean wanted) {
        try {
            if (window == null) {
                var unreadable = open();
                if (unreadable != null || finished) return unreadable;
            }
            return switch (boundaries.next()) {
                case NOTHING -> {
                    finished = true;
                    yield null;
                }
                case RECORD -> wanted ? record() : passedOver();
                case TRUNCATED -> last(CoreRule.FILE_TRUNCATED, truncation());
                case TRAILING ->
                    last(
                            CoreRule.FILE_UNREADABLE,
                            "there is something behind the array's closing bracket, on line " + boundaries.line());
            };
        } catch (DamagedFile e) {
            finished = true;
            return new SourceRecord(
                    index++,
                    boundaries == null ? 1 : window.line,
                    window == null ? new byte[0] : window.record(window.end),
                    e.reason(),
                    format,
                    header);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read on behind record " + (index - 1), e);
        }
    }

    private SourceRecord record() {
        int end = boundaries.end();
        var bytes = window.record(end);
        Reason defect = null;
        if (window.tooLarge(end)) {
            defect = CoreRule.RECORD_TOO_LARGE.reason(
                    "the record is larger than " + limits.maxRecordBytes() + " bytes", bytes);
        }
        return new SourceRecord(index++, boundaries.line(), bytes, defect, format, header);
    }

    private SourceRecord passedOver() {
        index++;
        return null;
    }

    private SourceRecord last(CoreRule rule, String message) {
        finished = true;
        var bytes = window.record(boundaries.end());
        return new SourceRecord(index++, boundaries.line(), bytes, rule.reason(message, bytes), format, header);
    }

    private String truncation() {
        return boundaries.end() == window.start && !window.overflowed()
                ? "the file ends on line " + boundaries.line() + " without the array's closing bracket"
                : "the file ends inside the record that starts on line " + boundaries.line();
    }

    /** Finds out the format. Returns a defect when there is none. */
    private SourceRecord open() throws IOException {
        var first = in.readNBytes(2);
        var whole = new SequenceInputStream(new ByteArrayInputStream(first), in);
        boolean gzip = first.length == 2 && (first[0] & 0xff) == 0x1f && (first[1] & 0xff) == 0x8b;
        window = new Window(gzip ? new Gunzip(whole, limits) : whole, limits);
        if (window.peek() == 0xef && window.peek(1) == 0xbb && window.peek(2) == 0xbf) window.pos += 3;
        window.skipBlanks();
        window.begin();
        switch (window.peek()) {
            case -1 -> finished = true;
            case '[' -> boundaries = JsonRecords.array(window);
            case '{' -> boundaries = JsonRecords.objects(window);
            default -> {
                return openText();
            }
        }
        return null;
    }

    /** Neither array nor object: CSV, NDJSON with a broken first line, or nothing we know. */
    private SourceRecord openText() throws IOException {
        window.peek(SNIFFED - 1);
        var rows = new CsvRows(window);
        long line = window.line;
        if (rows.next() == Boundaries.Found.RECORD && isHeader(window.record(rows.end()))) {
            boundaries = rows;
            format = Format.CSV;
            header = new String(window.record(rows.end()), StandardCharsets.UTF_8);
            return null;
        }
        if (!window.overflowed()) {
            window.pos = window.start;
            window.line = line;
            if (hasObjectLine()) {
                boundaries = JsonRecords.lines(window);
                return null;
            }
        }
        finished = true;
        var bytes = window.record(Math.min(window.end, window.start + limits.keptBytes()));
        var message = "neither JSON nor CSV with a header row"
                + (startsAsUtf16(bytes) ? ": UTF-16 text, save it as UTF-8" : "");
        return new SourceRecord(index++, line, bytes, CoreRule.FILE_UNREADABLE.reason(message, bytes), format, null);
    }

    private static boolean isHeader(byte[] row) {
        try {
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(row))
                    .toString();
            var cells = Csv.cells(text);
            return row.length <= SNIFFED
                    && cells.size() > 1
                    && new HashSet<>(cells).size() == cells.size()
                    && cells.stream()
                            .noneMatch(cell -> cell.isBlank()
                                    || cell.startsWith("{")
                                    || cell.chars().anyMatch(Character::isISOControl));
        } catch (CharacterCodingException | IllegalArgumentException e) {
            return false;
        }
    }

    private boolean hasObjectLine() {
        for (int i = window.start; i + 1 < window.end; i++) {
            if (window.bytes[i] == '\n' && window.bytes[i + 1] == '{') return true;
        }
        return false;
    }

    private static boolean startsAsUtf16(byte[] bytes) {
        if (bytes.length < 2) return false;
        int mark = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
        return mark == 0xfeff || mark == 0xfffe;
    }
}
