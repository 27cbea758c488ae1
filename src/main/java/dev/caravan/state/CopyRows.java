package dev.caravan.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;

/** Rows on their way into a table by PostgreSQL's COPY, in its text format. Column after column, then {@link #end}. */
public final class CopyRows {
    /** Far below what the collector takes for large: it would have to look at all of memory for each page that is written. */
    private static final int CHUNK = 1 << 15;

    private static final byte[] NOTHING = {'\\', 'N'};

    private final List<byte[]> full = new ArrayList<>();
    private byte[] chunk = new byte[CHUNK];
    private int used;
    private boolean inRow;

    /** A column's text; null for none. */
    public CopyRows add(String value) {
        next();
        if (value == null) put(NOTHING, 0, NOTHING.length);
        else escape(value.getBytes(UTF_8));
        return this;
    }

    public CopyRows add(long value) {
        next();
        plain(Long.toString(value));
        return this;
    }

    /** Exactly, with all its digits. */
    public CopyRows add(BigDecimal value) {
        next();
        plain(value.toPlainString());
        return this;
    }

    /** Bytes, given as hex digits. */
    public CopyRows addHex(String digits) {
        next();
        plain("\\\\x");
        plain(digits);
        return this;
    }

    /** Ends the row. */
    public void end() {
        put('\n');
        inRow = false;
    }

    public boolean isEmpty() {
        return used == 0 && full.isEmpty();
    }

    /**
     * Sends the rows and forgets them.
     *
     * @param target table and columns, such as {@code t (a, b)}
     */
    public void into(Handle db, String target) {
        if (isEmpty()) return;
        try {
            var copy =
                    db.getConnection().unwrap(PGConnection.class).getCopyAPI().copyIn("copy " + target + " from stdin");
            try {
                for (var bytes : full) copy.writeToCopy(bytes, 0, bytes.length);
                copy.writeToCopy(chunk, 0, used);
                copy.endCopy();
            } finally {
                // Otherwise nothing else could be asked of the connection, the end of the transaction included.
                if (copy.isActive()) copy.cancelCopy();
            }
            full.clear();
            used = 0;
        } catch (SQLException e) {
            // As any other statement that fails: by its SQLSTATE it is told what to do.
            throw new ConnectionException(e);
        }
    }

    private void next() {
        if (inRow) put('\t');
        inRow = true;
    }

    /** Ends of columns and rows within a text, and what marks them, are written with a mark before them: all of them are one byte. */
    private void escape(byte[] text) {
        int plain = 0;
        for (int i = 0; i < text.length; i++) {
            char letter =
                    switch (text[i]) {
                        case '\\' -> '\\';
                        case '\t' -> 't';
                        case '\n' -> 'n';
                        case '\r' -> 'r';
                        default -> 0;
                    };
            if (letter == 0) continue;
            put(text, plain, i - plain);
            put('\\');
            put(letter);
            plain = i + 1;
        }
        put(text, plain, text.length - plain);
    }

    private void plain(String text) {
        var bytes = text.getBytes(UTF_8);
        put(bytes, 0, bytes.length);
    }

    private void put(char letter) {
        if (used == CHUNK) turn();
        chunk[used++] = (byte) letter;
    }

    private void put(byte[] bytes, int from, int length) {
        int left = length;
        for (int at = from; left > 0; ) {
            if (used == CHUNK) turn();
            int count = Math.min(left, CHUNK - used);
            System.arraycopy(bytes, at, chunk, used, count);
            used += count;
            at += count;
            left -= count;
        }
    }

    private void turn() {
        full.add(chunk);
        chunk = new byte[CHUNK];
        used = 0;
    }
}
