package dev.caravan.records.read;

import java.io.Closeable;
import java.util.Iterator;

/** The records of a file, one by one. Memory is bounded by one of them. */
public interface Records extends Iterator<SourceRecord>, Closeable {
    /** Passes over the records before {@code index}; does nothing when it is there or beyond already. */
    void skipTo(long index);
}
