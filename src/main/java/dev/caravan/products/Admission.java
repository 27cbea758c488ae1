package dev.caravan.products;

import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.products.ProductStore.Candidate;
import dev.caravan.products.ProductStore.Row;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Decides, under the products' row locks, which records of a page become their product's current version: the newest wins, whatever the
 * order of arrival, and content that both targets have confirmed goes no further.
 */
final class Admission {
    private static final String FLOW = "products";

    private final ProductStore products;
    private final Ledger ledger;

    Admission(ProductStore products, Ledger ledger) {
        this.products = products;
        this.ledger = ledger;
    }

    /** What becomes of a record. */
    enum Verdict {
        /** The product's current version: it goes on its way (again, when a crash came between saving and sending). */
        EMIT,
        /** Both targets have this content. */
        UNCHANGED,
        /** The same content is on its way already. */
        DUPLICATE,
        /** A newer version is known. */
        SUPERSEDED,
        /** Another product sells one of its SKUs. */
        SKU_TAKEN,
        /** Read again after a crash; it is at rest, and stays as it is. */
        SETTLED
    }

    /**
     * The verdicts of a page.
     *
     * @param verdicts one for each candidate
     * @param taken    for SKU_TAKEN: the SKU and its owner, as text
     */
    record Result(Map<RecordId, Verdict> verdicts, Map<RecordId, String> taken) {}

    /**
     * Decides and writes the products' rows; older records on their way are moved to superseded. The ledger entries of the candidates
     * themselves are the caller's to write.
     *
     * @param candidates of one upload, in index order
     */
    Result decide(Handle db, List<Candidate> candidates) {
        var verdicts = new LinkedHashMap<RecordId, Verdict>();
        var taken = new HashMap<RecordId, String>();
        if (candidates.isEmpty()) return new Result(verdicts, taken);

        var rows = products.lockOrCreate(
                db, candidates.stream().map(Candidate::key).toList());
        var known = ledger.states(
                db,
                FLOW,
                candidates.get(0).record().upload(),
                candidates.get(0).record().index(),
                candidates.get(candidates.size() - 1).record().index());
        var owners = products.claimSkus(
                db,
                candidates.stream()
                        .filter(candidate -> candidate
                                        .sourceVersion()
                                        .compareTo(rows.get(candidate.key()).sourceVersion())
                                > 0)
                        .toList());
        var accepted = new HashMap<ProductKey, Candidate>();
        var advanced = new HashMap<ProductKey, Candidate>();
        var overtaken = new HashSet<RecordId>();

        for (var candidate : candidates) {
            var record = candidate.record();
            var row = rows.get(candidate.key());
            var before = known.get(record.index());
            int age = candidate.sourceVersion().compareTo(row.sourceVersion());
            // Whatever its age: a newer record with the same content may have been counted as a duplicate of this one.
            if (record.equals(row.record())) {
                verdicts.put(
                        record,
                        before == null || before == State.IN_FLIGHT || before == State.QUARANTINED
                                ? Verdict.EMIT
                                : Verdict.SETTLED);
            } else if (before != null && before != State.IN_FLIGHT && before != State.QUARANTINED) {
                verdicts.put(record, Verdict.SETTLED);
            } else if (age <= 0) {
                verdicts.put(record, Verdict.SUPERSEDED);
            } else if (foreign(candidate, owners).isPresent()) {
                verdicts.put(record, Verdict.SKU_TAKEN);
                taken.put(record, foreign(candidate, owners).get());
            } else if (candidate.contentHash().equals(row.contentHash()) && row.confirmed(row.contentHash())) {
                verdicts.put(record, Verdict.UNCHANGED);
                advanced.put(candidate.key(), candidate);
                rows.put(candidate.key(), with(row, candidate.sourceVersion(), row.contentHash(), row.record()));
            } else if (candidate.contentHash().equals(row.contentHash()) && onItsWay(db, row, verdicts)) {
                verdicts.put(record, Verdict.DUPLICATE);
                advanced.put(candidate.key(), candidate);
                rows.put(candidate.key(), with(row, candidate.sourceVersion(), row.contentHash(), row.record()));
            } else {
                if (row.record() != null && verdicts.replace(row.record(), Verdict.SUPERSEDED) == null)
                    overtaken.add(row.record());
                verdicts.put(record, Verdict.EMIT);
                accepted.put(candidate.key(), candidate);
                advanced.remove(candidate.key());
                rows.put(candidate.key(), with(row, candidate.sourceVersion(), candidate.contentHash(), record));
            }
        }

        products.accept(db, accepted.values());
        products.releaseSkus(db, accepted.values());
        products.advance(db, advanced.values());
        ledger.move(
                db, FLOW, overtaken, List.of(State.IN_FLIGHT, State.HELD), State.SUPERSEDED, "a newer version arrived");
        return new Result(verdicts, taken);
    }

    private boolean onItsWay(Handle db, Row row, Map<RecordId, Verdict> verdicts) {
        if (verdicts.containsKey(row.record())) return verdicts.get(row.record()) == Verdict.EMIT;
        return ledger.state(db, FLOW, row.record())
                .filter(State.IN_FLIGHT::equals)
                .isPresent();
    }

    private static Optional<String> foreign(Candidate candidate, Map<String, ProductKey> owners) {
        for (var sku : candidate.skus()) {
            var owner = owners.get(sku);
            if (owner != null && !owner.equals(candidate.key()))
                return Optional.of("SKU \"" + sku + "\" is sold by " + owner);
        }
        return Optional.empty();
    }

    private static Row with(Row row, String version, String hash, RecordId record) {
        return new Row(
                row.key(),
                version,
                hash,
                record,
                row.pimcoreId(),
                row.pimcoreHash(),
                row.published(),
                row.held(),
                row.medusaId(),
                row.medusaHash(),
                row.medusaAt());
    }
}
