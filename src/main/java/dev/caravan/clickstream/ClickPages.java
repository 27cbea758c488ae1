package dev.caravan.clickstream;

import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.SourceRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes pages of the records of one upload. Not thread-safe. */
final class ClickPages {
    private final Upload upload;
    private final ClickShapes shapes;
    private final ClickReader reader;

    ClickPages(Upload upload, ClickShapes shapes) {
        this.upload = upload;
        this.shapes = shapes;
        this.reader = shapes.reader();
    }

    /** Whose event time an upload shares: its folder below {@code clicks/}, or all that have none. */
    static String source(Upload upload) {
        return upload.supplier().isEmpty() ? ClickFlow.AREA : upload.supplier();
    }

    /**
     * All of a body as one page.
     *
     * @return null when there is no record in it
     */
    static ClickPage of(Upload upload, byte[] body, ClickShapes shapes, ReaderLimits limits) {
        var all = new ArrayList<SourceRecord>();
        try (var records = shapes.read(new ByteArrayInputStream(body), limits)) {
            records.forEachRemaining(all::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.isEmpty() ? null : new ClickPages(upload, shapes).page(all);
    }

    /** @param records neighbours, at least one */
    ClickPage page(List<SourceRecord> records) {
        long first = records.get(0).index();
        var clicks = new ArrayList<Click>(records.size());
        var indexes = new int[records.size()];
        var refusals = new ArrayList<Refusal>();
        var extras = new HashMap<String, Map<String, Long>>();
        for (var record : records) {
            var click = reader.read(record);
            if (click == null) {
                var shaped = shapes.shape(record);
                if (shaped instanceof Shaped.Rejected rejected) {
                    refusals.add(refusal(record, rejected));
                    continue;
                }
                click = ClickShapes.click((Shaped.Accepted) shaped);
                note((Shaped.Accepted) shaped, extras);
            }
            indexes[clicks.size()] = (int) (record.index() - first);
            clicks.add(click);
        }
        var read = reader.takeExtras();
        if (!read.isEmpty()) {
            var counts = extras.computeIfAbsent(reader.variant(), any -> new HashMap<>());
            read.forEach((pointer, count) -> counts.merge(pointer, count, Long::sum));
        }
        return new ClickPage(
                upload,
                source(upload),
                first,
                records.size(),
                java.util.Arrays.copyOf(indexes, clicks.size()),
                clicks,
                refusals,
                extras);
    }

    private Refusal refusal(SourceRecord record, Shaped.Rejected rejected) {
        return new Refusal(
                new RecordId(upload.id(), record.index()),
                record.line(),
                record.format().name(),
                record.header(),
                record.bytes(),
                rejected.reasons(),
                rejected.variant() == null ? null : rejected.variant().mappingHash());
    }

    private static void note(Shaped.Accepted accepted, Map<String, Map<String, Long>> extras) {
        if (accepted.extras() == null) return;
        var counts = extras.computeIfAbsent(accepted.variant().name(), any -> new HashMap<>());
        accepted.extras()
                .fieldNames()
                .forEachRemaining(pointer -> counts.merge(pointer.replaceAll("/[0-9]+(?=/|$)", "/*"), 1L, Long::sum));
    }
}
