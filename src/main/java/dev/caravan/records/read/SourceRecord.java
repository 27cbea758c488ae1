package dev.caravan.records.read;

import dev.caravan.json.Json;
import dev.caravan.records.Reason;

/**
 * One record of an uploaded file, as it stood there.
 *
 * @param index  position in the file, from 0; refused records count
 * @param line   physical line, from 1, on which the record starts
 * @param bytes  the record's exact bytes without what separates it from its neighbours; only the beginning of one that was too large
 * @param defect why the record cannot be looked at, or null when it is whole as far as can be told without parsing
 * @param format how to read the bytes
 * @param header CSV: the header row's text; otherwise null
 */
public record SourceRecord(long index, long line, byte[] bytes, Reason defect, Format format, String header) {
    /** How a record's bytes are read. */
    public enum Format {
        JSON,
        CSV
    }

    /** A whole JSON record outside any file, as in a test or a rehearsal. */
    public static SourceRecord ofJson(byte[] bytes) {
        return new SourceRecord(0, 1, bytes, null, Format.JSON, null);
    }

    /** SHA-256 of {@link #bytes}, which is the record's identity in {@code origin}. */
    public String sha256() {
        return Json.sha256(bytes);
    }
}
