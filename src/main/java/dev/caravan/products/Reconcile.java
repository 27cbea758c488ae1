package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.BadMessage;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.Upload;
import dev.caravan.products.Notices.Change;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.products.medusa.ShopDifferences;
import dev.caravan.products.pimcore.Outcome;
import dev.caravan.products.pimcore.PimcoreDifferences;
import dev.caravan.products.pimcore.PimcoreDifferences.Finding;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.products.pimcore.PimcoreSweep.Identity;
import dev.caravan.products.pimcore.PimcoreWrite;
import dev.caravan.records.Pages;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.state.LastSent;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Compares what there should be with what there is: each product as its source says it, read again from S3 and mapped anew, with Pimcore;
 * and each product as Pimcore has it with the shop. Repairs only what differs: in Pimcore the fields that do, in the shop by the flow's own
 * step, told to look again. Nothing is ever deleted: what is too much is named, and left to a person.
 */
public final class Reconcile {
    private static final Logger LOG = LoggerFactory.getLogger(Reconcile.class);
    private static final String STEP = "reconcile";
    private static final int PAGE = 20;
    private static final int ALL = Integer.MAX_VALUE;

    /** What it shares with the flow's steps. */
    record Needs(
            Database database,
            ProductStore products,
            Notices notices,
            Ledger ledger,
            Journey journey,
            Audit audit,
            Suppliers suppliers,
            ProductNormalise normalise,
            ReaderLimits limits,
            Function<Upload, InputStream> objects,
            HoldRules holds,
            ShopMapping mapping,
            LastSent lastSent) {}

    private final Needs needs;
    private final PimcoreSweep sweep;
    private final PimcoreReader reader;
    private final PimcoreDifferences pimcore;
    private final ShopDifferences shop;
    private final ReentrantLock running = new ReentrantLock();

    /** @param sweep of its own, because it is not for several threads */
    Reconcile(Needs needs, PimcoreSweep sweep, PimcoreReader reader, PimcoreDifferences pimcore, ShopDifferences shop) {
        this.needs = needs;
        this.sweep = sweep;
        this.reader = reader;
        this.pimcore = pimcore;
        this.shop = shop;
    }

    /** {@code POST /api/reconcile} with {@code {"repair":false,"rate":0}}: 200 and the report, 409 while another one is running. */
    Answer answer(Request request) {
        var json = request.json();
        if (!running.tryLock()) throw new Problem(409, "Conflict", "a reconciliation is running already");
        try {
            return Answer.ok(run(
                    json.path("repair").asBoolean(),
                    Math.max(0, json.path("rate").asInt()),
                    request.caller().name()));
        } finally {
            running.unlock();
        }
    }

    /**
     * @param repair whether to repair what differs
     * @param rate   most products a second, for each of Pimcore and the shop; 0 for as fast as they answer
     * @param by     who wants it
     * @return {@code {products, onTheirWay, pimcore{compared, missing[], different[], extra[], unowned[], untold[]}, medusa{…}, repaired{…}, inSync}}
     * @throws dev.caravan.failure.TargetUnavailable when a target does not answer; what was repaired until then stays repaired
     */
    ObjectNode run(boolean repair, int rate, String by) {
        var rows = new TreeMap<ProductKey, Row>();
        int onTheirWay = 0;
        for (var row : needs.database.transaction(db -> needs.products.all(db, ALL))) {
            // Until Pimcore has confirmed a version, the flow is at it, or a dead letter tells why not.
            if (row.contentHash().equals(row.pimcoreHash())) rows.put(row.key(), row);
            else onTheirWay++;
        }
        var report = Json.object()
                .put("products", rows.size())
                .put("onTheirWay", onTheirWay)
                .put("repair", repair);
        var repaired =
                Json.object().put("pimcoreProducts", 0).put("pimcoreObjects", 0).put("medusaProducts", 0);
        var inPimcore = new Side(report.putObject("pimcore"));
        pimcore(rows, repair, rate, inPimcore, repaired);
        var inShop = new Side(report.putObject("medusa"));
        shop(rows, repair, rate, inShop, repaired);
        report.set("repaired", repaired);
        report.put("inSync", inPimcore.inSync() && inShop.inSync());
        if (repair) needs.database.write(db -> needs.audit.add(db, by, STEP, ProductFlow.NAME, repaired.toString()));
        LOG.info("reconciled {} products: {}", rows.size(), repaired);
        return report;
    }

    /** One half of the report. */
    private static final class Side {
        private final ObjectNode json;
        private final Map<String, ArrayNode> lists = new LinkedHashMap<>();
        private int compared;

        Side(ObjectNode json) {
            this.json = json.put("compared", 0);
            for (var list : List.of("missing", "different", "extra", "unowned", "untold"))
                lists.put(list, json.putArray(list));
        }

        ArrayNode list(String name) {
            return lists.get(name);
        }

        void compared(int more) {
            compared += more;
            json.put("compared", compared);
        }

        /** What a person made is no drift. */
        boolean inSync() {
            return lists.entrySet().stream()
                    .allMatch(list ->
                            list.getKey().equals("unowned") || list.getValue().isEmpty());
        }
    }

    private void pimcore(Map<ProductKey, Row> rows, boolean repair, int rate, Side side, ObjectNode repaired) {
        var known = rows.keySet().stream().map(Reconcile::externalId).collect(Collectors.toSet());
        for (var identity : sweep.identities()) {
            if (identity.externalId() == null) side.list("unowned").add(identity.fullpath());
            else if (!known.contains(identity.externalId())) side.list("extra").add(identity.fullpath());
        }
        var pace = new Pace(rate);
        canonical(rows.values(), side, writes -> {
            var findings = pimcore.compare(writes);
            side.compared(writes.size());
            for (var finding : findings) {
                if (finding.same()) continue;
                tell(side, finding);
                if (repair) repairInPimcore(rows.get(finding.write().key()), finding, side, repaired);
            }
            pace.passed(writes.size());
        });
    }

    private static void tell(Side side, Finding finding) {
        var handle = finding.write().key().handle();
        if (finding.missing()) {
            side.list("missing").add(handle);
            return;
        }
        var fields = side.list("different").addObject().put("handle", handle).putArray("fields");
        for (var difference : finding.differences()) {
            var field = fields.addObject().put("object", difference.object()).put("field", difference.field());
            field.set("wanted", difference.wanted());
            field.set("found", difference.found());
        }
    }

    /** Under the product's lock, and only as long as the version compared is still the one that counts. */
    private void repairInPimcore(Row compared, Finding finding, Side side, ObjectNode repaired) {
        var key = compared.key();
        needs.database.write(db -> {
            var row = needs.products.lock(db, List.of(key)).get(key);
            if (!compared.sourceVersion().equals(row.sourceVersion())) return;
            PimcoreDifferences.Repaired result;
            try {
                result = pimcore.repair(finding.write());
            } catch (BadMessage e) {
                side.list("untold").addObject().put("handle", key.handle()).put("why", e.getMessage());
                return;
            }
            count(repaired, "pimcoreProducts", 1);
            count(repaired, "pimcoreObjects", result.objects());
            if (result.whole() instanceof Outcome.Written written)
                needs.products.confirmPimcore(
                        db, key, written.id(), row.contentHash(), written.published(), row.held());
            var what = "repaired in Pimcore: "
                    + finding.differences().stream()
                            .map(difference -> difference.field().isEmpty() ? difference.object() : difference.field())
                            .distinct()
                            .collect(Collectors.joining(", "));
            needs.journey.add(db, ProductFlow.NAME, STEP, List.of(new Hop(key.toString(), row.record(), what, null)));
            needs.notices.add(db, List.of(new Change("/products/" + key.handle(), true)), STEP);
        });
    }

    private interface Work {
        void on(List<PimcoreWrite> writes);
    }

    /** Reads the sources again, upload by upload, and hands on each product whose current content is still what the mapping makes of it. */
    private void canonical(Collection<Row> rows, Side side, Work work) {
        var byUpload = new LinkedHashMap<Object, Map<RecordId, Row>>();
        for (var row : rows)
            byUpload.computeIfAbsent(row.record().upload(), unknown -> new LinkedHashMap<>())
                    .put(row.record(), row);
        byUpload.values().forEach(wanted -> {
            var left = new LinkedHashMap<>(wanted);
            var why = "its record is not in its file any more";
            try {
                read(left, side, work);
            } catch (SdkException | IOException e) {
                why = "its file cannot be read: " + e.getMessage();
            }
            for (var row : left.values())
                side.list("untold")
                        .addObject()
                        .put("handle", row.key().handle())
                        .put("why", why);
        });
    }

    private void read(Map<RecordId, Row> wanted, Side side, Work work) throws IOException {
        var id = wanted.keySet().iterator().next().upload();
        var upload = needs.database.transaction(db -> needs.ledger.upload(db, id));
        var supplier = needs.suppliers.find(upload.supplier());
        if (supplier.isEmpty()) return;
        long first = wanted.keySet().stream().mapToLong(RecordId::index).min().orElse(0);
        var object = needs.objects.apply(upload);
        try (var pages = new Pages<>(
                object,
                new RecordReader(object, needs.limits),
                PAGE,
                first,
                records -> Page.of(upload, supplier.get(), records))) {
            while (!wanted.isEmpty() && pages.hasNext()) {
                var page = pages.next();
                var items = page.items().stream()
                        .filter(item -> wanted.containsKey(item.id()))
                        .toList();
                if (items.isEmpty()) continue;
                var writes = new ArrayList<PimcoreWrite>();
                for (var item : needs.normalise
                        .map(new Page(upload, supplier.get(), items))
                        .items()) {
                    var row = wanted.remove(item.id());
                    if (item.decision() instanceof Decision.Accepted accepted
                            && accepted.contentHash().equals(row.contentHash())) writes.add(write(row, accepted));
                    else
                        side.list("untold")
                                .addObject()
                                .put("handle", row.key().handle())
                                .put("why", "the mapping makes something else of it today: ingest its file again");
                }
                if (!writes.isEmpty()) work.on(writes);
            }
        }
    }

    private PimcoreWrite write(Row row, Decision.Accepted accepted) {
        var sellable =
                needs.holds.reason(row.key().supplier(), accepted.product()).isEmpty();
        return new PimcoreWrite(
                row.key(),
                accepted.product(),
                accepted.contentHash(),
                row.sourceVersion(),
                needs.holds.publishes() && sellable);
    }

    private void shop(Map<ProductKey, Row> rows, boolean repair, int rate, Side side, ObjectNode repaired) {
        var handles = rows.keySet().stream().map(ProductKey::handle).collect(Collectors.toSet());
        for (var shown : shop.all()) {
            if (handles.contains(shown.handle())) continue;
            side.list(shown.externalId() == null ? "unowned" : "extra").add(shown.handle());
        }
        var paths = sweep.identities().stream()
                .filter(identity -> identity.externalId() != null)
                .collect(Collectors.toMap(Identity::externalId, Identity::fullpath, (one, other) -> one));
        var pace = new Pace(rate);
        var keys = List.copyOf(rows.keySet());
        for (int from = 0; from < keys.size(); from += PAGE) {
            var page = keys.subList(from, Math.min(from + PAGE, keys.size()));
            shopPage(page, paths, repair, side, repaired);
            pace.passed(page.size());
        }
    }

    private void shopPage(
            List<ProductKey> page, Map<String, String> paths, boolean repair, Side side, ObjectNode repaired) {
        var documents = reader.read(page.stream()
                .map(key -> paths.get(externalId(key)))
                .filter(path -> path != null)
                .toList());
        var onSale = new ArrayList<ObjectNode>();
        var offSale = new ArrayList<String>();
        var byHandle = new HashMap<String, ProductKey>();
        for (var key : page) {
            var document = documents.getOrDefault(paths.getOrDefault(externalId(key), ""), Json.object());
            // Half written: its end will be noticed.
            if (!document.path("complete").asBoolean(true)) continue;
            var product =
                    document.path("published").asBoolean() ? needs.mapping.shopProduct(key.supplier(), document) : null;
            if (product == null || needs.holds.reason(key.supplier(), product).isPresent()) {
                offSale.add(key.handle());
            } else {
                onSale.add(product);
            }
            byHandle.put(key.handle(), key);
        }
        var findings = new ArrayList<>(shop.ofWriting(onSale));
        findings.addAll(shop.ofDrafting(offSale));
        side.compared(findings.size());
        for (var finding : findings) {
            if (finding.same()) continue;
            var key = byHandle.get(finding.handle());
            if (finding.problem() != null) {
                side.list("untold").addObject().put("handle", finding.handle()).put("why", finding.problem());
                continue;
            }
            if (finding.missing()) side.list("missing").add(finding.handle());
            else
                side.list("different")
                        .addObject()
                        .put("handle", finding.handle())
                        .set("fields", Json.mapper().valueToTree(finding.fields()));
            if (!repair) continue;
            count(repaired, "medusaProducts", 1);
            needs.lastSent.forget("medusa", List.of(key));
            var path = paths.getOrDefault(externalId(key), "/products/" + key.handle());
            needs.database.write(
                    db -> needs.notices.add(db, List.of(new Change(path, !offSale.contains(finding.handle()))), STEP));
        }
    }

    private static String externalId(ProductKey key) {
        return key.supplier() + ":" + key.id();
    }

    private static void count(ObjectNode counters, String name, int more) {
        counters.put(name, counters.path(name).asInt() + more);
    }

    /** Not faster than so many products a second. */
    private static final class Pace {
        private final int rate;
        private final long started = System.nanoTime();
        private long done;

        Pace(int rate) {
            this.rate = rate;
        }

        void passed(int products) {
            done += products;
            if (rate == 0) return;
            var due = started + TimeUnit.SECONDS.toNanos(1) * done / rate;
            for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime())
                LockSupport.parkNanos(left);
        }
    }
}
