package dev.caravan.records.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The part of a stream that is being looked at: the bytes from the start of the current record on. It grows with the record up to the
 * limit; what is beyond is passed over without being kept.
 */
final class Window {
    private static final int CHUNK = 1 << 16;

    private final InputStream in;
    private final ReaderLimits limits;
    private boolean ended;
    private byte[] beginning;

    /** Valid from {@link #start} to {@link #end}; a new array after {@link #fill}. */
    byte[] bytes = new byte[2 * CHUNK];

    /** Where the current record starts. */
    int start;

    /** The next byte to look at. */
    int pos;

    /** Behind the last byte that was read. */
    int end;

    /** The physical line of {@link #pos}, from 1. */
    long line = 1;

    Window(InputStream in, ReaderLimits limits) {
        this.in = in;
        this.limits = limits;
    }

    /** Reads more bytes behind {@link #end}, which moves all positions when it needs room. False when there are no more. */
    boolean fill() throws IOException {
        if (ended) return false;
        if (beginning == null && pos - start > limits.maxRecordBytes()) {
            beginning = Arrays.copyOfRange(bytes, start, start + Math.min(pos - start, limits.keptBytes()));
        }
        if (beginning != null) start = pos;
        if (start > 0) {
            System.arraycopy(bytes, start, bytes, 0, end - start);
            pos -= start;
            end -= start;
            start = 0;
        }
        if (bytes.length - end < CHUNK) bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        int count = in.read(bytes, end, bytes.length - end);
        ended = count < 0;
        end += Math.max(0, count);
        return !ended;
    }

    /** The byte {@code ahead} of {@link #pos}, or -1 when the stream ends before it. */
    int peek(int ahead) throws IOException {
        while (pos + ahead >= end) {
            if (!fill()) return -1;
        }
        return bytes[pos + ahead] & 0xff;
    }

    int peek() throws IOException {
        return peek(0);
    }

    /** Starts a record at {@link #pos}. */
    void begin() {
        start = pos;
        beginning = null;
    }

    /** Whether the current record is beyond the limit. Then its bytes are not there to go back to. */
    boolean overflowed() {
        return beginning != null;
    }

    boolean tooLarge(int upTo) {
        return beginning != null || upTo - start > limits.maxRecordBytes();
    }

    /** The current record from its start to {@code upTo}, or the beginning of one that is too large. */
    byte[] record(int upTo) {
        if (beginning != null) return beginning;
        return Arrays.copyOfRange(bytes, start, tooLarge(upTo) ? Math.min(upTo, start + limits.keptBytes()) : upTo);
    }

    /** Passes over blanks and line ends. */
    void skipBlanks() throws IOException {
        for (int next = peek(); isBlank(next); next = peek()) {
            if (next == '\n') line++;
            pos++;
            start = pos;
        }
    }

    static boolean isBlank(int character) {
        return character == ' ' || character == '\n' || character == '\r' || character == '\t';
    }
}
