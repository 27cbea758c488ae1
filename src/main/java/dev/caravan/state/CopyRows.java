package dev.caravan.state;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.CharBuffer;
import java.sql.SQLException;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;

/** Rows on their way into a table by PostgreSQL's COPY, in its text format. Column after column, then {@link #end}. */
public final class CopyRows {
    private final StringBuilder text = new StringBuilder(1 << 16);
    private boolean inRow;

    /** A column's text; null for none. */
    public CopyRows add(String value) {
        next();
        if (value == null) text.append("\\N");
        else escape(value);
        return this;
    }

    public CopyRows add(long value) {
        next();
        text.append(value);
        return this;
    }

    /** Exactly, with all its digits. */
    public CopyRows add(BigDecimal value) {
        next();
        text.append(value.toPlainString());
        return this;
    }

    /** Bytes, given as hex digits. */
    public CopyRows addHex(String digits) {
        next();
        text.append("\\\\x").append(digits);
        return this;
    }

    /** Ends the row. */
    public void end() {
        text.append('\n');
        inRow = false;
    }

    public boolean isEmpty() {
        return text.isEmpty();
    }

    /**
     * Sends the rows and forgets them.
     *
     * @param target table and columns, such as {@code t (a, b)}
     */
    public void into(Handle db, String target) {
        if (isEmpty()) return;
        try {
            db.getConnection()
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("copy " + target + " from stdin", reader());
            text.setLength(0);
        } catch (SQLException e) {
            // As any other statement that fails: by its SQLSTATE it is told what to do.
            throw new ConnectionException(e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    private Reader reader() {
        var left = CharBuffer.wrap(text);
        return new Reader() {
            @Override
            public int read(char[] into, int from, int length) {
                int count = Math.min(length, left.remaining());
                if (count == 0) return -1;
                left.get(into, from, count);
                return count;
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }

    private void next() {
        if (inRow) text.append('\t');
        inRow = true;
    }

    private void escape(String value) {
        int plain = 0;
        for (int i = 0; i < value.length(); i++) {
            char letter =
                    switch (value.charAt(i)) {
                        case '\\' -> '\\';
                        case '\t' -> 't';
                        case '\n' -> 'n';
                        case '\r' -> 'r';
                        default -> 0;
                    };
            if (letter == 0) continue;
            text.append(value, plain, i).append('\\').append(letter);
            plain = i + 1;
        }
        text.append(value, plain, value.length());
    }
}
