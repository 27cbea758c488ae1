package dev.caravan.records.read;

import java.io.IOException;

/** Finds the records of a file, one after the other; each format has its own way. */
interface Boundaries {
    /** What was found. */
    enum Found {
        /** A record: from {@link Window#start} to {@link #end}. */
        RECORD,
        /** The input ended inside a record, or before the file was complete. What there is of it: from start to {@link #end}. */
        TRUNCATED,
        /** Something that does not belong behind the last record, from start to {@link #end}. */
        TRAILING,
        /** Nothing more. */
        NOTHING
    }

    Found next() throws IOException;

    /** Behind the last byte of what was found last. */
    int end();

    /** The line on which it starts. */
    long line();
}
