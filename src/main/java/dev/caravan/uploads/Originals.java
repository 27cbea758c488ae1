package dev.caravan.uploads;

import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.state.Database;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Map;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.jdbi.v3.core.Handle;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The bytes in which everything came, in the archive as {@code raw/<sha256>}: the same bytes once, however often and by which way they came.
 * What is there is never written over. S3's own errors are thrown as they are.
 */
public final class Originals {
    /** S3 copies no more than this in one go. */
    private static final long LARGEST_COPY = 5L << 30;

    private static final long PART = 1L << 30;
    private static final int PRECONDITION_FAILED = 412;
    private static final int AT_ONCE = 10;

    private final Database database;
    private final Ledger ledger;
    private final S3Client s3;
    private final String archive;
    private final long largestCopy;
    private final long part;
    private final Clock clock;

    /** @param archive bucket */
    public Originals(Database database, Ledger ledger, S3Client s3, String archive, Clock clock) {
        this(database, ledger, s3, archive, LARGEST_COPY, PART, clock);
    }

    /**
     * With limits of their own.
     *
     * @param largestCopy bytes; a larger object is copied in parts
     * @param part        bytes
     */
    Originals(Database database, Ledger ledger, S3Client s3, String archive, long largestCopy, long part, Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.s3 = s3;
        this.archive = archive;
        this.largestCopy = largestCopy;
        this.part = part;
        this.clock = clock;
    }

    /** Where bytes are kept, in the archive. */
    public static String key(String sha256) {
        return "raw/" + sha256;
    }

    private record Source(GetObjectRequest object, String etag, long size, String sha256) {}

    /**
     * Keeps the bytes of an object before any of its records counts; they are kept once, however often this is asked. They are read to know
     * their hash, and copied within S3: little of them is in memory, however many they are.
     *
     * @param object as its records are read
     */
    public void keep(@Body GetObjectRequest object, @ExchangeProperty("upload") Upload upload) {
        if (database.transaction(db -> ledger.sha256(db, upload.id())).isPresent()) return;
        var source = source(object);
        if (!isKept(source.sha256())) copy(source);
        database.write(db -> ledger.hashed(db, upload.id(), source.sha256()));
    }

    private Source source(GetObjectRequest object) {
        var digest = sha256();
        try (var body = s3.getObject(object)) {
            long size = body.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            return new Source(
                    object, body.response().eTag(), size, HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isKept(String sha256) {
        try {
            s3.headObject(request -> request.bucket(archive).key(key(sha256)));
            return true;
        } catch (NoSuchKeyException e) {
            return false;
        }
    }

    /** Nothing else than what was hashed: where the bucket keeps no versions, another object may have taken its place. */
    private void copy(Source source) {
        unlessKept(source.sha256(), () -> {
            if (source.size() <= largestCopy) copyWhole(source);
            else copyInParts(source);
        });
    }

    private void copyWhole(Source source) {
        s3.copyObject(request -> request.sourceBucket(source.object().bucket())
                .sourceKey(source.object().key())
                .sourceVersionId(source.object().versionId())
                .copySourceIfMatch(source.etag())
                .destinationBucket(archive)
                .destinationKey(key(source.sha256()))
                .ifNoneMatch("*"));
    }

    /** One that is not completed is no object; the archive's life cycle is to remove what a crash leaves of it. */
    private void copyInParts(Source source) {
        var key = key(source.sha256());
        var upload = s3.createMultipartUpload(request -> request.bucket(archive).key(key))
                .uploadId();
        var parts = new ArrayList<CompletedPart>();
        for (long from = 0; from < source.size(); from += part) {
            int number = parts.size() + 1;
            var range = "bytes=" + from + "-" + (Math.min(from + part, source.size()) - 1);
            var copied = s3.uploadPartCopy(
                    request -> request.sourceBucket(source.object().bucket())
                            .sourceKey(source.object().key())
                            .sourceVersionId(source.object().versionId())
                            .copySourceIfMatch(source.etag())
                            .copySourceRange(range)
                            .destinationBucket(archive)
                            .destinationKey(key)
                            .uploadId(upload)
                            .partNumber(number));
            parts.add(CompletedPart.builder()
                    .partNumber(number)
                    .eTag(copied.copyPartResult().eTag())
                    .build());
        }
        s3.completeMultipartUpload(request -> request.bucket(archive)
                .key(key)
                .uploadId(upload)
                .multipartUpload(all -> all.parts(parts))
                .ifNoneMatch("*"));
    }

    /** Somebody else may have kept the same bytes meanwhile, which S3 says in the words in which it says that the source is another one now. */
    private void unlessKept(String sha256, Runnable keep) {
        try {
            keep.run();
        } catch (S3Exception e) {
            if (e.statusCode() != PRECONDITION_FAILED || !isKept(sha256)) throw e;
        }
    }

    /**
     * Hands in the bytes of an upload that is no object, in the caller's transaction: once that is committed, {@link #store} puts them into the
     * archive.
     *
     * @param upload in the ledger
     */
    public void hand(Handle db, Upload upload, String sha256, byte[] bytes) {
        db.createUpdate("""
                insert into ledger.original (sha256, bytes, handed_at) values (:sha256, :bytes, :now) on conflict do nothing""")
                .bind("sha256", sha256)
                .bind("bytes", bytes)
                .bind("now", clock.instant())
                .execute();
        ledger.hashed(db, upload.id(), sha256);
    }

    /** Puts into the archive what was handed in; what another instance is at is left to it. */
    public void store() {
        while (database.transaction(this::store) == AT_ONCE) {}
    }

    private int store(Handle db) {
        Map<String, byte[]> handed = db.createQuery("""
                select sha256, bytes from ledger.original order by handed_at, sha256 limit :atOnce for update skip locked""")
                .bind("atOnce", AT_ONCE)
                .map((row, context) -> Map.entry(row.getString(1), row.getBytes(2)))
                .collectToMap(Map.Entry::getKey, Map.Entry::getValue);
        handed.forEach((sha256, bytes) -> unlessKept(
                sha256,
                () -> s3.putObject(
                        request -> request.bucket(archive).key(key(sha256)).ifNoneMatch("*"),
                        RequestBody.fromBytes(bytes))));
        db.createUpdate("delete from ledger.original where sha256 = any(:stored)")
                .bindArray("stored", String.class, handed.keySet())
                .execute();
        return handed.size();
    }
}
