package dev.caravan.products;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.products.Intake.Said;
import dev.caravan.products.read.SourceRecord.Format;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The products flow on a database of a test's own, for tests of what looks at it: products that were accepted, records that were not. */
public final class TestProducts {
    private final Intake intake;
    private final ProductDesk desk;

    public TestProducts(TestState state) {
        intake = new Intake(state);
        desk = new ProductDesk(
                state.database(),
                intake.products,
                intake.ledger,
                intake.journey,
                intake.quarantine,
                Intake.SUPPLIERS,
                intake.normalise,
                new TestBus().publisher(),
                (queue, body) -> {},
                "caravan-uploads",
                new Audit(state.clock()));
    }

    public ProductDesk desk() {
        return desk;
    }

    public Ledger ledger() {
        return intake.ledger;
    }

    /**
     * A file of products with these ids, normalised and on its way.
     *
     * @param second after the beginning, part of its name
     */
    public Upload accepted(int second, String... ids) {
        var upload = intake.upload(second);
        var records = new Said[ids.length];
        for (int i = 0; i < ids.length; i++) records[i] = new Said(ids[i], "blue");
        intake.save(upload, records);
        return upload;
    }

    /** A record that broke a rule at a place. */
    public void refused(Upload upload, long index, String pointer, Format format, String header, String raw) {
        var reason = new Reason(pointer, "price-not-positive", "the price is \"0.00\"", TextNode.valueOf("0.00"));
        intake.state.database().write(db -> {
            intake.quarantine.keep(
                    db,
                    ProductFlow.NAME,
                    List.of(new Refusal(
                            new RecordId(upload.id(), index),
                            index + 1,
                            format.name(),
                            header,
                            raw.getBytes(StandardCharsets.UTF_8),
                            List.of(reason),
                            "mapping")));
            intake.ledger.put(
                    db,
                    ProductFlow.NAME,
                    List.of(new Ledger.Entry(new RecordId(upload.id(), index), State.QUARANTINED, null, "price")));
        });
    }
}
