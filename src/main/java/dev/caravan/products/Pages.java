package dev.caravan.products;

import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.products.read.RecordReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.NoSuchElementException;
import software.amazon.awssdk.http.Abortable;

/** An upload's records in pages, read as they are asked for. Closed by the splitter that walks through it, also when it stops half-way. */
public final class Pages implements Iterator<Page>, Closeable {
    /** A page is full with so many bytes, however few records they are: it is in memory as a whole, mapped and as what is sent. */
    private static final long MOST_BYTES = 8 << 20;

    private final InputStream object;
    private final RecordReader reader;
    private final Upload upload;
    private final Supplier supplier;
    private final int size;
    private final long from;
    private boolean atStart = true;

    /**
     * @param from index of the first record that is wanted; those before it are passed over
     * @param size most records in a page
     */
    Pages(InputStream object, RecordReader reader, Upload upload, Supplier supplier, int size, long from) {
        this.object = object;
        this.reader = reader;
        this.upload = upload;
        this.supplier = supplier;
        this.size = size;
        this.from = from;
    }

    @Override
    public boolean hasNext() {
        // Not in the constructor: it reads, and what fails there nobody would close.
        if (atStart) reader.skipTo(from);
        atStart = false;
        return reader.hasNext();
    }

    @Override
    public Page next() {
        if (!hasNext()) throw new NoSuchElementException();
        var items = new ArrayList<Page.Item>(size);
        long bytes = 0;
        while (items.size() < size && bytes < MOST_BYTES && reader.hasNext()) {
            var record = reader.next();
            bytes += record.bytes().length;
            items.add(new Page.Item(new RecordId(upload.id(), record.index()), record, null));
        }
        return new Page(upload, supplier, items);
    }

    @Override
    public void close() throws IOException {
        // Merely closed, the connection to S3 would read the rest of the object first: two gigabytes, perhaps.
        if (object instanceof Abortable connection) connection.abort();
        reader.close();
    }
}
