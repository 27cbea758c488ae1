package dev.caravan.ledger;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/**
 * One object version in the inbox, or a body that came by another way.
 *
 * @param bucket    S3 bucket; of a body the way: {@code api}, {@code sqs}, {@code medusa} or {@code pimcore}
 * @param key       object key, decoded
 * @param versionId S3 version id; where the bucket keeps none, the ETag stands in for it; of a body its SHA-256
 * @param etag      without quotes, may be empty
 * @param size      bytes, -1 when not told
 * @param eventTime when S3 says it was created
 * @param sequencer S3's order of events of one key, hexadecimal, may be empty
 */
public record Upload(
        String bucket, String key, String versionId, String etag, long size, Instant eventTime, String sequencer) {
    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Columns of {@code ledger.upload}, for a query whose rows {@link #of} reads; others may follow. */
    public static final String COLUMNS = "bucket, object_key, version_id, etag, size, event_time, sequencer";

    private static final Set<String> OTHER_WAYS = Set.of("api", "sqs", "medusa", "pimcore");

    /** As a row that begins with {@link #COLUMNS} tells it. */
    public static Upload of(ResultSet row) throws SQLException {
        return new Upload(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getObject(6, OffsetDateTime.class).toInstant(),
                row.getString(7));
    }

    /** Whether it is an object in S3; of a body only the archive has the bytes, by their hash. */
    public boolean isObject() {
        return !OTHER_WAYS.contains(bucket);
    }

    /** The same object version always has the same id, so announcing it twice makes one upload. */
    public UUID id() {
        return UUID.nameUUIDFromBytes((bucket + '\n' + key + '\n' + versionId).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Which of two records is newer: compare these as text. S3 event time, then sequencer (the shorter one filled up with zeros on the right,
     * as the S3 user guide says under "Event message structure"), then record index.
     */
    public String sourceVersion(long index) {
        var filledUp = sequencer.toUpperCase(Locale.ROOT) + "0".repeat(Math.max(0, 32 - sequencer.length()));
        return String.format(Locale.ROOT, "%s/%s/%012d", MILLIS.format(eventTime), filledUp, index);
    }

    /** {@code products/shein/file.json} → {@code products}. */
    public String area() {
        int slash = key.indexOf('/');
        return slash < 0 ? "" : key.substring(0, slash);
    }

    /** {@code products/shein/file.json} → {@code shein}; empty when the key has no second folder. */
    public String supplier() {
        var parts = key.split("/", 3);
        return parts.length == 3 ? parts[1] : "";
    }
}
