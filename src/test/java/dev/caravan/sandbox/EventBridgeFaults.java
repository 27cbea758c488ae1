package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * What EventBridge can be told to do wrong. Entries of {@code PutEvents} fail one by one inside an answer of status 200; refused requests
 * fail whole, and those the AWS SDK repeats by itself, so it takes more than one until its caller sees a refusal.
 */
public final class EventBridgeFaults {
    public static final String INTERNAL_FAILURE = "InternalFailure";
    public static final String THROTTLING = "ThrottlingException";

    private final List<EntryFault> entryFaults = new ArrayList<>();
    private int refusals;
    private Refusal refusal;
    private int duplicates;
    private Duration delay = Duration.ZERO;

    EventBridgeFaults() {}

    /** The next entries fail, whatever they are. */
    public void failEntries(int count, String errorCode) {
        failEntries(entry -> true, count, errorCode);
    }

    /**
     * The next entries that match fail.
     *
     * @param which     looks at the entry as it was sent: {@code Source}, {@code DetailType}, {@code Detail} (JSON as text) …
     * @param count     how many of them
     * @param errorCode {@link #INTERNAL_FAILURE}, {@link #THROTTLING} or another of AWS's codes
     */
    public synchronized void failEntries(Predicate<JsonNode> which, int count, String errorCode) {
        entryFaults.add(new EntryFault((position, entry) -> which.test(entry), count, errorCode));
    }

    /** The entry at each of these positions, counted from 0, fails once: in the next request long enough to have it. */
    public synchronized void failPositions(String errorCode, int... positions) {
        for (var chosen : positions) {
            entryFaults.add(new EntryFault((position, entry) -> position == chosen, 1, errorCode));
        }
    }

    /** The next requests are refused whole with this status (400 for throttling, 500, 503) and error code; nothing of them is taken. */
    public synchronized void refuseRequests(int count, int status, String errorCode) {
        refusals = count;
        refusal = new Refusal(status, errorCode);
    }

    /** The next events reach each of their queues twice, as "at least once" allows. */
    public synchronized void deliverTwice(int count) {
        duplicates = count;
    }

    /** Every request is answered that much later, until told otherwise. */
    public synchronized void delay(Duration delay) {
        this.delay = delay;
    }

    /** Back to normal. */
    public synchronized void clear() {
        entryFaults.clear();
        refusals = 0;
        duplicates = 0;
        delay = Duration.ZERO;
    }

    synchronized Duration nextDelay() {
        return delay;
    }

    /** How often the next event is put into each of its queues. */
    synchronized int nextDeliveries() {
        return duplicates > 0 && duplicates-- > 0 ? 2 : 1;
    }

    synchronized Optional<Refusal> nextRefusal() {
        if (refusals == 0) return Optional.empty();
        refusals--;
        return Optional.of(refusal);
    }

    /** The error code this entry shall fail with. */
    synchronized Optional<String> nextFailure(int position, JsonNode entry) {
        for (var fault : entryFaults) {
            if (fault.which.test(position, entry)) {
                if (--fault.left == 0) entryFaults.remove(fault);
                return Optional.of(fault.errorCode);
            }
        }
        return Optional.empty();
    }

    record Refusal(int status, String errorCode) {}

    private static final class EntryFault {
        private final BiPredicate<Integer, JsonNode> which;
        private final String errorCode;
        private int left;

        EntryFault(BiPredicate<Integer, JsonNode> which, int left, String errorCode) {
            this.which = which;
            this.left = left;
            this.errorCode = errorCode;
        }
    }
}
