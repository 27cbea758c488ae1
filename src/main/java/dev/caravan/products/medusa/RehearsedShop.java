package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Changes;
import dev.caravan.products.medusa.ShopDifferences.Finding;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Compares with what the shop has, and tells what a write would change there. Not for use by several threads. */
public final class RehearsedShop implements ShopWriter {
    /** Stands for the id Medusa would give to a product it does not have. */
    private static final String NEW = "new";

    private final ShopDifferences differences;
    private final Changes changes;

    public RehearsedShop(ShopDifferences differences, Changes changes) {
        this.differences = differences;
        this.changes = changes;
    }

    @Override
    public List<Outcome> write(List<ObjectNode> products) {
        return outcomes(
                products.size(),
                () -> differences.ofWriting(products),
                products.stream().map(Json::hash).toList());
    }

    @Override
    public List<Outcome> draft(List<String> handles) {
        return outcomes(handles.size(), () -> differences.ofDrafting(handles), handles);
    }

    private List<Outcome> outcomes(int size, Supplier<List<Finding>> look, List<String> digests) {
        try {
            var findings = look.get();
            return IntStream.range(0, size)
                    .mapToObj(i -> outcome(findings.get(i), digests.get(i)))
                    .toList();
        } catch (TargetUnavailable e) {
            return failed(
                    size,
                    new Outcome.Failed(
                            Outcome.Kind.HEALS, e.getMessage(), e.retryAfter().orElse(null)));
        } catch (BadSettings e) {
            return failed(size, new Outcome.Failed(Outcome.Kind.BAD_SETTINGS, e.getMessage()));
        }
    }

    private static List<Outcome> failed(int size, Outcome outcome) {
        return IntStream.range(0, size).mapToObj(i -> outcome).toList();
    }

    private Outcome outcome(Finding finding, String digest) {
        if (finding.problem() != null) return new Outcome.Failed(Outcome.Kind.BAD_MESSAGE, finding.problem());
        if (finding.same()) return new Outcome.Unchanged(NEW);
        changes.add(digest, finding.changes());
        return finding.missing() ? new Outcome.Created(NEW) : new Outcome.Updated(NEW);
    }
}
