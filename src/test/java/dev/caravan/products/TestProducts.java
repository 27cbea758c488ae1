package dev.caravan.products;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.outbound.HttpPort;
import dev.caravan.outbound.Port;
import dev.caravan.products.Intake.Said;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.products.pimcore.Outcome;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreWrite;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.quarantine.QuarantineDesk;
import dev.caravan.records.Reason;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.records.read.SourceRecord.Format;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

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

    /** What operators do with quarantined records. */
    public QuarantineDesk quarantineDesk() {
        return new QuarantineDesk(
                intake.state.database(),
                intake.ledger,
                intake.quarantine,
                new Audit(intake.state.clock()),
                Map.of(ProductFlow.NAME, desk::again));
    }

    /** Approvals of products in this Pimcore. */
    public Approvals approvals(PimcoreStandIn pimcore) {
        var port = port(pimcore);
        var routes = RouteFiles.at("classpath:routes");
        return new Approvals(
                intake.state.database(),
                intake.products,
                intake.ledger,
                intake.journey,
                new Audit(intake.state.clock()),
                new PimcoreReader(port, 25, intake.state.clock()),
                writer(pimcore),
                new ShopMapping(
                        routes, new Sellability(false, supplier -> StockWhenAbsent.HOLD), UnaryOperator.identity()));
    }

    /** Normalises a supplier's response and writes it to Pimcore, where it waits to be published. */
    public ProductKey waits(PimcoreStandIn pimcore, int second, byte[] response) {
        var upload = intake.upload(second);
        var accepted = (Decision.Accepted) new Normaliser()
                .normalise(
                        Intake.SUPPLIERS.find("shein").orElseThrow(),
                        new Origin(upload.bucket(), upload.key(), upload.versionId(), 0, "sha256"),
                        SourceRecord.ofJson(response));
        intake.save(upload, 0, List.of(accepted));
        var row = intake.state.ask(
                db -> intake.products.find(db, List.of(accepted.key())).get(accepted.key()));
        var written = (Outcome.Written) writer(pimcore)
                .upsert(List.of(new PimcoreWrite(
                        accepted.key(), accepted.product(), row.contentHash(), row.sourceVersion(), false)))
                .get(0);
        intake.state.database().write(db -> {
            intake.products.confirmPimcore(db, accepted.key(), written.id(), row.contentHash(), false, Approvals.WAITS);
            intake.ledger.move(
                    db, ProductFlow.NAME, List.of(row.record()), List.of(State.IN_FLIGHT), State.HELD, Approvals.WAITS);
        });
        return accepted.key();
    }

    private PimcoreProducts writer(PimcoreStandIn pimcore) {
        var file = RouteFiles.at("classpath:routes").bytes(PimcoreMapping.FILE);
        return new PimcoreProducts(
                port(pimcore),
                PimcoreMapping.compile(file, PimcoreMapping.FILE),
                PimcoreProducts.Settings.DEFAULT,
                intake.state.clock());
    }

    static Port port(PimcoreStandIn pimcore) {
        return new HttpPort(
                "pimcore",
                pimcore.endpoint(),
                Map.of("X-API-Key", pimcore.apiKey(), "Content-Type", "application/json"),
                Duration.ofSeconds(10));
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
