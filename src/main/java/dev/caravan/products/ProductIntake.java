package dev.caravan.products;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.failure.BadMessage;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.records.Pages;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.state.Database;
import dev.caravan.uploads.Uploads;
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
        return goOnFrom.isEmpty() ? null : Uploads.request(upload);
    }

    /**
     * Reads the object as a stream, a page at a time, from the first record that is not safe yet.
     *
     * @return to be closed: the splitter does it, however the reading ends
     */
    public Pages<Page> pages(@Body InputStream object, @ExchangeProperty("upload") Upload upload) {
        var supplier = supplier(upload);
        // Archived once more: the mapping may have been edited since the upload was opened.
        long from = database.transaction(db -> {
                    products.archiveMapping(db, supplier);
                    return ledger.open(db, upload, ProductFlow.NAME, supplier.mappingHash());
                })
                .orElse(0L);
        return new Pages<>(
                object,
                new RecordReader(object, limits),
                pageSize,
                from,
                records -> Page.of(upload, supplier, records));
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
        return List.of(Uploads.completed(ProductFlow.SOURCE, upload, balance, clock.instant()));
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
