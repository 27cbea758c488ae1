package dev.caravan.records;

import dev.caravan.records.read.Records;
import dev.caravan.records.read.SourceRecord;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import software.amazon.awssdk.http.Abortable;

/**
 * An object's records in pages, read as they are asked for. Closed by the splitter that walks through it, also when it stops half-way.
 *
 * @param <P> a page
 */
public final class Pages<P> implements Iterator<P>, Closeable {
    /** A page is full with so many bytes, however few records they are: it is in memory as a whole, mapped and as what is sent. */
    private static final long MOST_BYTES = 8 << 20;

    private final InputStream object;
    private final Records records;
    private final int size;
    private final long from;
    private final Function<List<SourceRecord>, P> page;
    private boolean atStart = true;

    /**
     * @param object what the records are read from
     * @param size   most records in a page
     * @param from   index of the first record that is wanted; those before it are passed over
     * @param page   makes a page of neighbouring records, at least one
     */
    public Pages(InputStream object, Records records, int size, long from, Function<List<SourceRecord>, P> page) {
        this.object = object;
        this.records = records;
        this.size = size;
        this.from = from;
        this.page = page;
    }

    @Override
    public boolean hasNext() {
        // Not in the constructor: it reads, and what fails there nobody would close.
        if (atStart) records.skipTo(from);
        atStart = false;
        return records.hasNext();
    }

    @Override
    public P next() {
        if (!hasNext()) throw new NoSuchElementException();
        var items = new ArrayList<SourceRecord>(size);
        long bytes = 0;
        while (items.size() < size && bytes < MOST_BYTES && records.hasNext()) {
            var record = records.next();
            bytes += record.bytes().length;
            items.add(record);
        }
        return page.apply(items);
    }

    @Override
    public void close() throws IOException {
        // Merely closed, the connection to S3 would read the rest of the object first: two gigabytes, perhaps.
        if (object instanceof Abortable connection) connection.abort();
        records.close();
    }
}
