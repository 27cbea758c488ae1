package dev.caravan.products;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.products.read.ReaderLimits;
import dev.caravan.products.read.RecordReader;
import dev.caravan.state.Database;
import java.io.InputStream;
import java.time.Clock;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** The beginning and the end of a product upload: opened once, read in pages from where it was left, completed. */
public final class ProductIntake {
    private final Database database;
    private final Ledger ledger;
    private final ProductStore products;
    private final Suppliers suppliers;
    private final ReaderLimits limits;
    private final int pageSize;
    private final Clock clock;

    ProductIntake(
            Database database,
            Ledger ledger,
            ProductStore products,
            Suppliers suppliers,
            ReaderLimits limits,
            int pageSize,
            Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.products = products;
        this.suppliers = suppliers;
        this.limits = limits;
        this.pageSize = pageSize;
        this.clock = clock;
    }

    /** Whether a mapping for this upload's supplier exists. */
    public boolean knows(@Body Upload upload) {
        return suppliers.find(upload.supplier()).isPresent();
    }

    /**
     * Opens the upload in the ledger.
     *
     * @return what to ask S3 for; null when every record of this object version is in the ledger already
     */
    public GetObjectRequest open(@Body Upload upload) {
        var supplier = supplier(upload);
        var goOnFrom = database.transaction(db -> {
            products.archiveMapping(db, supplier);
            return ledger.open(db, upload, ProductFlow.NAME, supplier.mappingHash());
        });
        return goOnFrom.isEmpty() ? null : request(upload);
    }

    /** What to ask S3 for to get this object version. */
    public static GetObjectRequest request(Upload upload) {
        var request = GetObjectRequest.builder().bucket(upload.bucket()).key(upload.key());
        // Where the bucket keeps no versions, the ETag stands in for one; S3 would refuse it as a version id.
        if (!upload.versionId().startsWith(upload.etag() + ".")) request.versionId(upload.versionId());
        return request.build();
    }

    /**
     * Reads the object as a stream, a page at a time, from the first record that is not safe yet.
     *
     * @return to be closed: the splitter does it, however the reading ends
     */
    public Pages pages(@Body InputStream object, @ExchangeProperty("upload") Upload upload) {
        var supplier = supplier(upload);
        // Archived once more: the mapping may have been edited since the upload was opened.
        long from = database.transaction(db -> {
                    products.archiveMapping(db, supplier);
                    return ledger.open(db, upload, ProductFlow.NAME, supplier.mappingHash());
                })
                .orElse(0L);
        return new Pages(object, new RecordReader(object, limits), upload, supplier, pageSize, from);
    }

    /** Moves the checkpoint behind a page whose records are in the ledger and whose events are on the bus. */
    public void checkpoint(@ExchangeProperty("page") Page page) {
        CrashPoint.EVENTS_SENT.pass();
        database.write(db -> ledger.checkpoint(db, page.upload().id(), page.next()));
    }

    /**
     * All records are in.
     *
     * @return {@code UploadCompleted}, with what became of the records so far
     */
    public List<BusEvent> complete(@ExchangeProperty("upload") Upload upload) {
        var balance = database.transaction(db -> ledger.balance(db, upload.id()));
        var detail = Json.object()
                .put("version", 1)
                .put("correlationId", upload.id().toString())
                .put("bucket", upload.bucket())
                .put("key", upload.key())
                .put("versionId", upload.versionId())
                .put("received", balance.received());
        var states = detail.putObject("states");
        balance.states().forEach((state, count) -> states.put(state.text(), count));
        return List.of(new BusEvent(ProductFlow.SOURCE, "UploadCompleted", detail, clock.instant()));
    }

    /** Closes the upload. Only now that the bus knows: a crash before tells it twice, never not at all. */
    public void close(@ExchangeProperty("upload") Upload upload) {
        CrashPoint.COMPLETION_SENT.pass();
        database.write(db -> ledger.complete(db, upload.id(), 0));
        CrashPoint.UPLOAD_COMPLETE.pass();
    }

    private Supplier supplier(Upload upload) {
        return suppliers
                .find(upload.supplier())
                .orElseThrow(() -> new BadMessage("no supplier \"" + upload.supplier()
                        + "\": add routes/products/2-normalise/" + upload.supplier() + "/product.jslt"));
    }
}
