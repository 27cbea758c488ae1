package dev.caravan.deadletters;

import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.observe.Tracing;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.state.RunNotes;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Sends dead letters back to the queues they came from, or gives them up. */
public final class Replay {
    /** The kind of run that OpenLineage is told of. */
    static final String RUN = "replay";

    private static final int MOST = 100_000;

    private final Database database;
    private final DeadLetters deadLetters;
    private final Ledger ledger;
    private final Journey journey;
    private final Audit audit;
    private final Sender sender;
    private final Lanes lanes;
    private final Tracing tracing;

    /** Puts a message into a queue and returns once the queue has it. */
    @FunctionalInterface
    public interface Sender {
        void send(String queue, byte[] body);
    }

    /** Letters of things that have an order: a lane is released as a whole, whichever of its letters is replayed. */
    public interface Lanes {
        /** There are none. */
        Lanes NONE = new Lanes() {
            @Override
            public boolean has(Letter letter) {
                return false;
            }

            @Override
            public int release(Handle db, Letter letter, String by) {
                return 0;
            }

            @Override
            public boolean discard(Handle db, Letter letter, String by, String why) {
                return false;
            }
        };

        boolean has(Letter letter);

        /**
         * Lets the lane of a letter go on with all that is parked in it, in its order, and closes the letters.
         *
         * @return how many were closed
         */
        int release(Handle db, Letter letter, String by);

        /**
         * Gives a letter up; the others of its lane stay.
         *
         * @return false when it is not open any more
         */
        boolean discard(Handle db, Letter letter, String by, String why);
    }

    public Replay(
            Database database,
            DeadLetters deadLetters,
            Ledger ledger,
            Journey journey,
            Audit audit,
            Sender sender,
            Lanes lanes,
            Tracing tracing) {
        this.lanes = lanes;
        this.tracing = tracing;
        this.database = database;
        this.deadLetters = deadLetters;
        this.ledger = ledger;
        this.journey = journey;
        this.audit = audit;
        this.sender = sender;
    }

    /**
     * Replays the letters a filter selects now, oldest first. Each is sent before the database says so: a crash in between leaves an open
     * letter whose message is on its way, which does no harm and closes itself when the message comes through.
     *
     * @return how many were sent
     */
    public int replay(Filter filter, String by) {
        var letters = selected(filter);
        return letters.isEmpty()
                ? 0
                : RunNotes.during(database, RUN, sent -> {
                    int count = 0;
                    for (var letter : letters) {
                        int closed = database.transaction(db -> send(db, letter, by));
                        if (closed > 0) sent.merge(letter.queue(), (long) closed, Long::sum);
                        count += closed;
                    }
                    return count;
                });
    }

    /**
     * Sends one letter back to its queue, or releases its lane.
     *
     * @return false when it is not open any more
     */
    boolean send(Handle db, UUID id, String by) {
        return deadLetters.list(db, Filter.only(id), 1).stream()
                .mapToInt(letter -> send(db, letter, by))
                .anyMatch(closed -> closed > 0);
    }

    /** @return how many letters were closed by it */
    private int send(Handle db, Letter seen, String by) {
        if (lanes.has(seen)) {
            int released = lanes.release(db, seen, by);
            if (released > 0) audit.add(db, by, "replay", seen.id().toString(), null);
            return released;
        }
        var letter = deadLetters.take(db, seen.id());
        letter.ifPresent(taken -> {
            deadLetters.resolve(db, taken.id(), "replayed", by, null);
            move(db, taken, State.IN_FLIGHT, "replayed by " + by);
            audit.add(db, by, "replay", taken.id().toString(), null);
            var failed = taken.attributes().path(Tracing.TRACEPARENT).asText(null);
            tracing.again("replay", failed, () -> sender.send(taken.queue(), taken.message()));
        });
        return letter.isPresent() ? 1 : 0;
    }

    /** Gives letters up for good. */
    public int discard(Filter filter, String by, String why) {
        int count = 0;
        for (var letter : selected(filter)) {
            if (database.transaction(db -> discard(db, letter, by, why))) count++;
        }
        return count;
    }

    private boolean discard(Handle db, Letter seen, String by, String why) {
        boolean open;
        if (lanes.has(seen)) {
            open = lanes.discard(db, seen, by, why);
        } else {
            var letter = deadLetters.take(db, seen.id());
            letter.ifPresent(taken -> {
                deadLetters.resolve(db, taken.id(), "discarded", by, why);
                move(db, taken, State.DISCARDED, "by " + by + ": " + why);
            });
            open = letter.isPresent();
        }
        if (open) audit.add(db, by, "discard", seen.id().toString(), why);
        return open;
    }

    private List<Letter> selected(Filter filter) {
        return database.transaction(db -> deadLetters.list(db, filter, MOST));
    }

    private void move(Handle db, Letter letter, State to, String why) {
        if (letter.record() == null) return;
        ledger.move(db, letter.flow(), List.of(letter.record()), List.of(State.PARKED), to, why);
        if (letter.lane() != null) {
            var data = Json.object().put("letter", letter.id().toString());
            journey.add(
                    db,
                    letter.flow(),
                    letter.route(),
                    List.of(new Hop(
                            letter.lane(), letter.record(), (to == State.DISCARDED ? "discarded " : "") + why, data)));
        }
    }
}
