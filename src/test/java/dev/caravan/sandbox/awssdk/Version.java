package dev.caravan.sandbox.awssdk;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;

/**
 * One version of a key.
 *
 * @param id             opaque; "null" when its bucket kept no versions at the time
 * @param file           name of the file with the bytes; null for a delete marker
 * @param size           bytes
 * @param etag           without quotes; null for a delete marker
 * @param modifiedMillis when it was written, since 1970
 * @param sequencer      see {@link ObjectChange#sequencer()}
 * @param headers        Content-Type and its like
 * @param metadata       the client's own
 */
record Version(
        String id,
        String file,
        long size,
        String etag,
        long modifiedMillis,
        String sequencer,
        Map<String, String> headers,
        Map<String, String> metadata) {
    @JsonIgnore
    boolean deleteMarker() {
        return file == null;
    }

    @JsonIgnore
    Instant modified() {
        return Instant.ofEpochMilli(modifiedMillis);
    }
}
