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
 * The bytes in which everything came, in the archive as {@code raw/<area>/<sha256>}: the same bytes of an area once, however often and by
 * which way they came. The area says for how long the bucket keeps them. What is there is never written over. S3's own errors are thrown as
 * they are.
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

    /**
     * Where bytes are kept, in the archive.
     *
     * @param area {@link Upload#area} of an upload that brought them
     */
    public static String key(String area, String sha256) {
        return "raw/" + area + "/" + sha256;
    }

    /** @param key where they are to be kept */
    private record Source(GetObjectRequest object, String etag, long size, String sha256, String key) {}

    /**
     * Keeps the bytes of an object before any of its records counts; they are kept once, however often this is asked. They are read to know
     * their hash, and copied within S3: little of them is in memory, however many they are.
     *
     * @param object as its records are read
     */
    public void keep(@Body GetObjectRequest object, @ExchangeProperty("upload") Upload upload) {
        if (database.transaction(db -> ledger.sha256(db, upload.id())).isPresent()) return;
        var source = source(object, upload.area());
        if (!isKept(source.key())) copy(source);
        database.write(db -> ledger.hashed(db, upload.id(), source.sha256()));
    }

    private Source source(GetObjectRequest object, String area) {
        var digest = sha256();
        try (var body = s3.getObject(object)) {
            long size = body.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            var sha256 = HexFormat.of().formatHex(digest.digest());
            return new Source(object, body.response().eTag(), size, sha256, key(area, sha256));
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

    private boolean isKept(String key) {
        try {
            s3.headObject(request -> request.bucket(archive).key(key));
            return true;
        } catch (NoSuchKeyException e) {
            return false;
        }
    }

    /** Nothing else than what was hashed: where the bucket keeps no versions, another object may have taken its place. */
    private void copy(Source source) {
        unlessKept(source.key(), () -> {
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
                .destinationKey(source.key())
                .ifNoneMatch("*"));
    }

    /** One that is not completed is no object; the archive's life cycle is to remove what a crash leaves of it. */
    private void copyInParts(Source source) {
        var key = source.key();
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
    private void unlessKept(String key, Runnable keep) {
        try {
            keep.run();
        } catch (S3Exception e) {
            if (e.statusCode() != PRECONDITION_FAILED || !isKept(key)) throw e;
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
                insert into ledger.original (area, sha256, bytes, handed_at) values (:area, :sha256, :bytes, :now) on conflict do nothing""")
                .bind("area", upload.area())
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

    private record Handed(String area, String sha256, byte[] bytes) {}

    private int store(Handle db) {
        var handed = db.createQuery("""
                select area, sha256, bytes from ledger.original order by handed_at, sha256 limit :atOnce for update skip locked""")
                .bind("atOnce", AT_ONCE)
                .map((row, context) -> new Handed(row.getString(1), row.getString(2), row.getBytes(3)))
                .list();
        var stored = db.prepareBatch("delete from ledger.original where area = ? and sha256 = ?");
        for (var original : handed) {
            var key = key(original.area(), original.sha256());
            unlessKept(
                    key,
                    () -> s3.putObject(
                            request -> request.bucket(archive).key(key).ifNoneMatch("*"),
                            RequestBody.fromBytes(original.bytes())));
            stored.add(original.area(), original.sha256());
        }
        stored.execute();
        return handed.size();
    }
}
