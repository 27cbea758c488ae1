package dev.caravan.uploads;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BusEvent;
import dev.caravan.deadletters.Replay.Sender;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Correlation;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Reason;
import dev.caravan.state.Database;
import dev.caravan.state.InProgressIdempotentRepository;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** What arrives in the inbox, before it is clear which flow it belongs to. */
public final class Uploads {
    /** {@code format} of a whole upload in quarantine: its raw bytes are the announcement, the object itself stays in S3. */
    public static final String WHOLE = "UPLOAD";

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

    private final Database database;
    private final Ledger ledger;
    private final Quarantine quarantine;
    private final InProgressIdempotentRepository inProgress;
    private final S3Client s3;
    private final Sender sender;
    private final String inbox;
    private final String queue;
    private final Clock clock;

    public Uploads(
            Database database,
            Ledger ledger,
            Quarantine quarantine,
            InProgressIdempotentRepository inProgress,
            S3Client s3,
            Sender sender,
            String inbox,
            String queue,
            Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.quarantine = quarantine;
        this.inProgress = inProgress;
        this.s3 = s3;
        this.sender = sender;
        this.inbox = inbox;
        this.queue = queue;
        this.clock = clock;
    }

    /** The objects a message of the uploads queue announces; logs name them. While they are worked on, their claims are extended with the message. */
    public List<Upload> announced(@Body Batch batch) {
        var uploads = Announcements.in(batch.messages().get(0).body().getBytes(StandardCharsets.UTF_8));
        Correlation.is(uploads.stream().map(Upload::id).toList());
        batch.whenExtended(
                () -> uploads.forEach(upload -> inProgress.extend(upload.id().toString())));
        return uploads;
    }

    /** Quarantines an upload no flow knows: one record, index 0, that stands for the whole object. */
    public void quarantine(@Body Upload upload) {
        var rule = upload.area().equals("products") ? "unknown-supplier" : "unknown-prefix";
        var message = rule.equals("unknown-supplier")
                ? "no supplier \"" + upload.supplier() + "\": add routes/products/2-normalise/" + upload.supplier()
                        + "/product.jslt and release this upload"
                : "no flow takes files under \"" + upload.area() + "/\"";
        var record = new RecordId(upload.id(), 0);
        var reason = new Reason("", rule, message, TextNode.valueOf(upload.key()));
        var announcement = announcement(upload);
        database.write(db -> {
            ledger.open(db, upload, "products", null);
            ledger.put(db, "products", List.of(new Entry(record, State.QUARANTINED, null, rule)));
            quarantine.keep(
                    db, "products", List.of(new Refusal(record, 0, WHOLE, null, announcement, List.of(reason), null)));
            ledger.complete(db, upload.id(), 1);
        });
    }

    /** Notes of the uploads that a parked message announces that they are not read any further. */
    public void parked(Handle db, String parkedFrom, byte[] announcement) {
        if (!parkedFrom.equals(queue)) return;
        try {
            for (var upload : Announcements.in(announcement)) ledger.park(db, upload.id());
        } catch (BadMessage e) {
            LOG.debug("parked, and no announcement: {}", e.getMessage());
        }
    }

    /**
     * Starts an upload by hand: announces an object as S3 would.
     *
     * @param bucket empty for the inbox
     * @throws BadMessage when there is no such object
     */
    public void announce(String bucket, String key) {
        var where = bucket.isEmpty() ? inbox : bucket;
        try {
            var head = s3.headObject(request -> request.bucket(where).key(key));
            sender.send(
                    queue,
                    announcement(
                            where,
                            key,
                            head.versionId() == null ? "" : head.versionId(),
                            head.eTag().replace("\"", ""),
                            head.contentLength(),
                            "",
                            head.lastModified()));
        } catch (NoSuchKeyException | NoSuchBucketException e) {
            throw new BadMessage("no object " + key + " in " + where, e);
        }
    }

    /** What announces an upload once more: {@link #announced} makes the same upload of it. */
    public static byte[] announcement(Upload upload) {
        return announcement(
                upload.bucket(),
                upload.key(),
                upload.versionId(),
                upload.etag(),
                upload.size(),
                upload.sequencer(),
                upload.eventTime());
    }

    private static byte[] announcement(
            String bucket, String key, String version, String etag, long size, String sequencer, Instant time) {
        var event = Json.object()
                .put("version", "0")
                .put("detail-type", "Object Created")
                .put("source", "caravan.ingest")
                .put("time", time.toString());
        var detail = event.putObject("detail");
        detail.putObject("bucket").put("name", bucket);
        var object = detail.putObject("object")
                .put("key", key)
                .put("size", size)
                .put("etag", etag)
                .put("sequencer", sequencer);
        if (!version.isEmpty()) object.put("version-id", version);
        return Json.bytes(event);
    }
    /** What to ask S3 for to get this object version. */
    public static GetObjectRequest request(Upload upload) {
        var request = GetObjectRequest.builder().bucket(upload.bucket()).key(upload.key());
        // Where the bucket keeps no versions, the ETag stands in for one; S3 would refuse it as a version id.
        if (!upload.versionId().startsWith(upload.etag() + ".")) request.versionId(upload.versionId());
        return request.build();
    }

    /**
     * {@code UploadCompleted}: all records of an upload are in.
     *
     * @param source  of the event, {@code caravan.FLOW}
     * @param balance what became of the records so far
     */
    public static BusEvent completed(String source, Upload upload, Balance balance, Instant now) {
        var detail = Json.object()
                .put("version", 1)
                .put("correlationId", upload.id().toString())
                .put("bucket", upload.bucket())
                .put("key", upload.key())
                .put("versionId", upload.versionId())
                .put("received", balance.received());
        var states = detail.putObject("states");
        balance.states().forEach((state, count) -> states.put(state.text(), count));
        return new BusEvent(source, "UploadCompleted", detail, now);
    }
}
