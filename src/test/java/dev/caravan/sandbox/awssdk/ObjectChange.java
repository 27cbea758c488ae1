package dev.caravan.sandbox.awssdk;

import java.time.Instant;

/**
 * Something happened to a key, as S3 tells EventBridge.
 *
 * @param kind      created or deleted
 * @param reason    the API call: {@code PutObject}, {@code CopyObject}, {@code CompleteMultipartUpload}, {@code DeleteObject}
 * @param bucket    name of the bucket
 * @param key       as the client wrote it, never URL-encoded
 * @param size      bytes; 0 when deleted
 * @param etag      without quotes; null when deleted
 * @param versionId null in a bucket that keeps no versions
 * @param sequencer hex digits, of varying length; compared as text (the shorter one padded with zeros on its right), a later change of the
 *                  same key has the greater one
 * @param time      when it happened
 */
public record ObjectChange(
        Kind kind,
        String reason,
        String bucket,
        String key,
        long size,
        String etag,
        String versionId,
        String sequencer,
        Instant time) {
    /** What became of the object. */
    public enum Kind {
        CREATED,
        /** A delete marker now hides the older versions. */
        HIDDEN,
        /** The bytes of a version are gone. */
        DELETED
    }
}
