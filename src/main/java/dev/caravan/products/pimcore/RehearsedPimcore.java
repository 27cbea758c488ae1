package dev.caravan.products.pimcore;

import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Changes;
import dev.caravan.outbound.Changes.Change;
import dev.caravan.products.pimcore.PimcoreDifferences.Finding;
import java.util.List;

/** Compares with what Pimcore has, and tells what a write would change there. */
public final class RehearsedPimcore implements PimcoreWriter {
    /** Stands for the id Pimcore would give to a product it does not have. */
    private static final String NEW = "new";

    private final PimcoreDifferences differences;
    private final PimcoreMapping mapping;
    private final Changes changes;

    public RehearsedPimcore(PimcoreDifferences differences, PimcoreMapping mapping, Changes changes) {
        this.differences = differences;
        this.mapping = mapping;
        this.changes = changes;
    }

    @Override
    public List<Outcome> upsert(List<PimcoreWrite> writes) {
        return writes.stream().map(this::outcome).toList();
    }

    @Override
    public String digest(PimcoreWrite write) {
        return mapping.digest(write);
    }

    private Outcome outcome(PimcoreWrite write) {
        try {
            var finding = differences.compare(List.of(write)).get(0);
            var fullpath = "/products/" + write.key().handle();
            if (finding.same()) return new Outcome.Unchanged(NEW, fullpath, write.publish());
            changes.add(digest(write), changes(finding));
            return new Outcome.Written(NEW, fullpath, write.publish(), List.of());
        } catch (BadMessage e) {
            return new Outcome.Failed(Outcome.Kind.BAD_MESSAGE, e.getMessage());
        } catch (BadSettings e) {
            return new Outcome.Failed(Outcome.Kind.BAD_SETTINGS, e.getMessage());
        } catch (TargetUnavailable e) {
            return new Outcome.Failed(
                    Outcome.Kind.HEALS, e.getMessage(), e.retryAfter().orElse(null));
        }
    }

    private static List<Change> changes(Finding finding) {
        return finding.differences().stream()
                .map(difference -> new Change(
                        "pimcore", difference.object(), difference.field(), difference.wanted(), difference.found()))
                .toList();
    }
}
