package dev.caravan.clickstream;

import dev.caravan.ledger.Upload;
import dev.caravan.quarantine.Quarantine.Refusal;
import java.util.List;
import java.util.Map;

/**
 * Neighbouring records of one upload, on their way into the log together.
 *
 * @param source   whose event time they share
 * @param first    index of the first record
 * @param records  how many there are, refused ones included; at least one
 * @param indexes  of each click, counted from {@code first}; ascending
 * @param clicks   in index order
 * @param refusals the others, in index order
 * @param extras   how many clicks of a variant have a field that is not read, by its pointer
 */
record ClickPage(
        Upload upload,
        String source,
        long first,
        int records,
        int[] indexes,
        List<Click> clicks,
        List<Refusal> refusals,
        Map<String, Map<String, Long>> extras) {
    /** The index after the last record: where a restart goes on once this page is safe. */
    long next() {
        return first + records;
    }

    /** Latest time of its clicks; {@link Long#MIN_VALUE} when there are none. */
    long highest() {
        return clicks.stream().mapToLong(Click::time).max().orElse(Long.MIN_VALUE);
    }
}
