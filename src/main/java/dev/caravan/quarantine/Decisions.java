package dev.caravan.quarantine;

import dev.caravan.ledger.Ledger.Range;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.quarantine.Quarantine.Refusal;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.read.SourceRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What becomes of the records of a page of one upload: each is told of once, and a later word counts. */
public final class Decisions {
    private final Upload upload;
    private final TreeMap<Long, Range> byIndex = new TreeMap<>();
    private final Map<Long, Refusal> refusals = new TreeMap<>();

    public Decisions(Upload upload) {
        this.upload = upload;
    }

    /** @param detail for people; null when there is nothing to say */
    public void become(long index, State state, String detail) {
        byIndex.put(index, new Range(index, index, state, detail));
    }

    /** By index. */
    public void become(Map<Long, State> states) {
        states.forEach((index, state) -> become(index, state, null));
    }

    /** It goes to quarantine, under the first of its reasons. */
    public void refuse(SourceRecord record, Shaped.Rejected rejected) {
        become(record.index(), State.QUARANTINED, rejected.reasons().get(0).rule());
        refusals.put(
                record.index(),
                new Refusal(
                        new RecordId(upload.id(), record.index()),
                        record.line(),
                        record.format().name(),
                        record.header(),
                        record.bytes(),
                        rejected.reasons(),
                        rejected.variant() == null ? null : rejected.variant().mappingHash()));
    }

    /** Of a record that was told of. */
    public State state(long index) {
        return byIndex.get(index).state();
    }

    /** Why it is in quarantine; empty when it is not. */
    public List<Reason> reasons(long index) {
        var refusal = refusals.get(index);
        return refusal == null ? List.of() : refusal.reasons();
    }

    /** In index order. */
    public Collection<Refusal> refusals() {
        return refusals.values();
    }

    /** How many records became what. */
    public Map<State, Long> became() {
        return byIndex.values().stream().collect(Collectors.groupingBy(Range::state, Collectors.counting()));
    }

    /** Neighbours that became the same as one; what is quarantined stands alone, because it is decided about alone. */
    public List<Range> ranges() {
        var ranges = new ArrayList<Range>();
        for (var next : byIndex.values()) {
            var last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            if (last != null
                    && last.state() == next.state()
                    && next.state() != State.QUARANTINED
                    && last.last() + 1 == next.first()
                    && Objects.equals(last.detail(), next.detail())) {
                ranges.set(ranges.size() - 1, new Range(last.first(), next.last(), last.state(), last.detail()));
            } else {
                ranges.add(next);
            }
        }
        return ranges;
    }
}
