package dev.caravan.deadletters;

import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Hop;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Sends dead letters back to the queues they came from, or gives them up. */
public final class Replay {
    private static final int MOST = 100_000;

    private final Database database;
    private final DeadLetters deadLetters;
    private final Ledger ledger;
    private final Journey journey;
    private final Audit audit;
    private final Sender sender;

    /** Puts a message into a queue and returns once the queue has it. */
    @FunctionalInterface
    public interface Sender {
        void send(String queue, byte[] body);
    }

    public Replay(
            Database database, DeadLetters deadLetters, Ledger ledger, Journey journey, Audit audit, Sender sender) {
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
        int count = 0;
        for (var letter : selected(filter)) {
            if (database.transaction(db -> send(db, letter.id(), by))) count++;
        }
        return count;
    }

    /**
     * Sends one letter back to its queue.
     *
     * @return false when it is not open any more
     */
    boolean send(Handle db, UUID id, String by) {
        var letter = deadLetters.take(db, id);
        letter.ifPresent(taken -> {
            deadLetters.resolve(db, taken.id(), "replayed", by, null);
            move(db, taken, State.IN_FLIGHT, "replayed by " + by);
            audit.add(db, by, "replay", taken.id().toString(), null);
            sender.send(taken.queue(), taken.message());
        });
        return letter.isPresent();
    }

    /** Gives letters up for good. */
    public int discard(Filter filter, String by, String why) {
        int count = 0;
        for (var letter : selected(filter)) {
            count += database.transaction(db -> deadLetters
                    .take(db, letter.id())
                    .map(taken -> {
                        deadLetters.resolve(db, taken.id(), "discarded", by, why);
                        move(db, taken, State.DISCARDED, "by " + by + ": " + why);
                        audit.add(db, by, "discard", taken.id().toString(), why);
                        return 1;
                    })
                    .orElse(0));
        }
        return count;
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
