package dev.caravan.clickstream;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.records.Pages;
import dev.caravan.records.ReadAhead;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.state.Database;
import dev.caravan.uploads.Uploads;
import java.io.InputStream;
import java.time.Clock;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** The beginning and the end of a file of clicks: opened once, read in pages from where it was left, completed. */
public final class ClickIntake {
    private final Database database;
    private final Ledger ledger;
    private final ClickShapes shapes;
    private final ReaderLimits limits;
    private final boolean runs;
    private final int pageSize;
    private final ErasedPeople erased;
    private final Clock clock;

    /** @param runs whether this instance runs the flow */
    ClickIntake(
            Database database,
            Ledger ledger,
            ClickShapes shapes,
            ReaderLimits limits,
            boolean runs,
            int pageSize,
            ErasedPeople erased,
            Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.shapes = shapes;
        this.limits = limits;
        this.runs = runs;
        this.pageSize = pageSize;
        this.erased = erased;
        this.clock = clock;
    }

    /** Whether this instance takes such uploads in. */
    public boolean knows(@Body Upload upload) {
        return runs && shapes.takes(upload.area());
    }

    /**
     * Opens the upload in the ledger.
     *
     * @return what to ask S3 for; null when every record of this object version is in the ledger already
     */
    public GetObjectRequest open(@Body Upload upload) {
        return database.transaction(db -> ledger.open(db, upload, ClickFlow.NAME, null))
                .map(from -> Uploads.request(upload))
                .orElse(null);
    }

    /**
     * Reads the object as a stream, a page at a time, from the first record that is not in the log yet: the next page while one is written.
     *
     * @return to be closed: the splitter does it, however the reading ends
     */
    public ReadAhead<ClickPage> pages(@Body InputStream object, @ExchangeProperty("upload") Upload upload) {
        long from = database.transaction(db -> ledger.open(db, upload, ClickFlow.NAME, null))
                .orElse(0L);
        var pages = new ClickPages(upload, shapes);
        return new ReadAhead<>(
                new Pages<>(
                        object,
                        shapes.read(object, limits),
                        pageSize,
                        from,
                        records -> pages.page(erased.without(upload, records))),
                "clicks-read-ahead");
    }

    /**
     * All records are in the log.
     *
     * @return {@code UploadCompleted}, with what is known by now of what became of the records
     */
    public List<BusEvent> complete(@ExchangeProperty("upload") Upload upload) {
        var balance = database.transaction(db -> ledger.balance(db, upload.id()));
        return List.of(Uploads.completed(ClickFlow.SOURCE, upload, balance, clock.instant()));
    }

    /** Closes the upload. Only now that the bus knows: a crash before tells it twice, never not at all. */
    public void close(@ExchangeProperty("upload") Upload upload) {
        CrashPoint.COMPLETION_SENT.pass();
        database.write(db -> ledger.complete(db, upload.id(), 0));
        CrashPoint.UPLOAD_COMPLETE.pass();
    }
}
