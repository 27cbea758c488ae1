package dev.caravan.uploads;

import dev.caravan.CrashPoint;
import dev.caravan.aws.BusEvent;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.records.Pages;
import dev.caravan.records.ReadAhead;
import dev.caravan.records.StepShapes;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Database;
import java.io.InputStream;
import java.time.Clock;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * The beginning and the end of a file whose records are of the shapes of one step: opened once, read in pages from where it was left,
 * completed.
 *
 * @param <P> a page
 */
public final class FileIntake<P> {
    private final Database database;
    private final Ledger ledger;
    private final String flow;
    private final boolean runs;
    private final StepShapes shapes;
    private final ReaderLimits limits;
    private final int pageSize;
    private final BiFunction<Upload, List<SourceRecord>, P> page;
    private final Clock clock;

    /**
     * @param flow     as in the ledger
     * @param runs     whether this instance runs the flow
     * @param pageSize most records in a page
     * @param page     makes a page of neighbouring records of an upload, at least one
     */
    public FileIntake(
            Database database,
            Ledger ledger,
            String flow,
            boolean runs,
            StepShapes shapes,
            ReaderLimits limits,
            int pageSize,
            BiFunction<Upload, List<SourceRecord>, P> page,
            Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.flow = flow;
        this.runs = runs;
        this.shapes = shapes;
        this.limits = limits;
        this.pageSize = pageSize;
        this.page = page;
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
        return database.transaction(db -> ledger.open(db, upload, flow, null))
                .map(from -> Uploads.request(upload))
                .orElse(null);
    }

    /**
     * Reads the object as a stream, a page at a time, from the first record that is not in yet, and brings each record to its shape: the
     * next page's while one is written.
     *
     * @return to be closed: the splitter does it, however the reading ends
     */
    public ReadAhead<P> pages(@Body InputStream object, @ExchangeProperty("upload") Upload upload) {
        long from =
                database.transaction(db -> ledger.open(db, upload, flow, null)).orElse(0L);
        var pages = new Pages<>(
                object,
                shapes.read(upload.area(), object, limits),
                pageSize,
                from,
                records -> page.apply(upload, records));
        return new ReadAhead<>(pages, flow + "-read-ahead");
    }

    /**
     * All records are in.
     *
     * @return {@code UploadCompleted}, with what became of the records
     */
    public List<BusEvent> complete(@ExchangeProperty("upload") Upload upload) {
        var balance = database.transaction(db -> ledger.balance(db, upload.id()));
        return List.of(Uploads.completed("caravan." + flow, upload, balance, clock.instant()));
    }

    /** Closes the upload. Only now that the bus knows: a crash before tells it twice, never not at all. */
    public void close(@ExchangeProperty("upload") Upload upload) {
        CrashPoint.COMPLETION_SENT.pass();
        database.write(db -> ledger.complete(db, upload.id(), 0));
        CrashPoint.UPLOAD_COMPLETE.pass();
    }
}
