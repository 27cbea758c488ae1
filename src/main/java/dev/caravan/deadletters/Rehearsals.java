package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Past;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Changes.Told;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replay would come to: the letters go through the routes as their files are now, targets are looked at and not written to, and
 * what is written into the database is undone.
 */
public final class Rehearsals {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsals.class);

    private final DeadLetters letters;
    private final Ledger ledger;
    private final Journey journey;
    private final Audit audit;
    private final Supplier<Stage> stages;
    private final ReentrantLock running = new ReentrantLock();

    /** Where a rehearsal takes place: the routes once more, on edges where nothing leaves. */
    public interface Stage extends AutoCloseable {
        /** What is written there is undone by {@link #undo}. */
        Database database();

        /**
         * Works on a message as the route does that reads its queue.
         *
         * @throws dev.caravan.failure.BadMessage when no route reads it
         */
        void perform(String queue, BatchMessage message);

        /** What would have changed in the targets since the last time. */
        Told told();

        void undo();

        @Override
        void close();
    }

    /** What would become of a letter. */
    public enum Verdict {
        /** It would come through, as far as can be told without sending: what the target has not refused before. */
        PASS("pass"),
        /** It would fail before anything is sent, or for want of a target. */
        FAIL("fail"),
        /** The very content that its target refused would be sent again. */
        REFUSED_BEFORE("refused before");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /**
     * @param because why it would not pass; null when it would
     * @param group   of that cause, as letters with it are grouped; null when it would pass
     * @param hops    what its journey would say, in order
     * @param told    what would change in the targets
     */
    public record Rehearsed(
            Letter letter, Verdict verdict, String because, String group, List<String> hops, Told told) {
        ObjectNode json() {
            var json = Json.object()
                    .put("id", letter.id().toString())
                    .put("lane", letter.lane())
                    .put("verdict", verdict.text())
                    .put("because", because)
                    .put("group", group);
            hops.forEach(json.putArray("journey")::add);
            told.changes().forEach(change -> json.withArray("changes").add(change.json()));
            return json;
        }
    }

    /** @param stages makes a new one for each rehearsal */
    public Rehearsals(DeadLetters letters, Ledger ledger, Journey journey, Audit audit, Supplier<Stage> stages) {
        this.letters = letters;
        this.ledger = ledger;
        this.journey = journey;
        this.audit = audit;
        this.stages = stages;
    }

    /**
     * Rehearses a replay of the letters a filter selects now, in its order. Letters of one lane see what those before them did.
     *
     * @param most how many letters at most
     */
    public List<Rehearsed> rehearse(Filter filter, int most, String by) {
        try (var stage = stages.get()) {
            var lanes = new LinkedHashMap<String, List<Letter>>();
            for (var letter : stage.database().transaction(db -> letters.list(db, filter, most)))
                lanes.computeIfAbsent(
                                letter.lane() == null ? letter.id().toString() : letter.lane(),
                                unknown -> new ArrayList<>())
                        .add(letter);
            var rehearsed = new ArrayList<Rehearsed>();
            LOG.info("a rehearsal begins, asked for by {}: what its thread says is undone", by);
            for (var lane : lanes.values()) {
                for (var letter : lane) rehearsed.add(rehearse(stage, letter, by));
                stage.undo();
            }
            LOG.info("the rehearsal of {} dead letters has ended", rehearsed.size());
            return rehearsed;
        }
    }

    /**
     * As {@link #rehearse}, one at a time, because it looks at the targets as hard as a replay would.
     *
     * @return empty while another one runs
     */
    public Optional<List<Rehearsed>> alone(Filter filter, int most, String by) {
        if (!running.tryLock()) return Optional.empty();
        try {
            return Optional.of(rehearse(filter, most, by));
        } finally {
            running.unlock();
        }
    }

    /**
     * A rehearsal as the API shows it: {@code {pass, fail, refusedBefore, reasons[{group, because, count}], letters[…]}}, the reasons with
     * the most letters first.
     */
    public static ObjectNode json(List<Rehearsed> rehearsed) {
        var verdicts = rehearsed.stream().collect(Collectors.groupingBy(Rehearsed::verdict, Collectors.counting()));
        var json = Json.object()
                .put("pass", verdicts.getOrDefault(Verdict.PASS, 0L))
                .put("fail", verdicts.getOrDefault(Verdict.FAIL, 0L))
                .put("refusedBefore", verdicts.getOrDefault(Verdict.REFUSED_BEFORE, 0L));
        var groups = rehearsed.stream()
                .filter(one -> one.group() != null)
                .collect(Collectors.groupingBy(Rehearsed::group, LinkedHashMap::new, Collectors.toList()));
        var reasons = json.putArray("reasons");
        groups.entrySet().stream()
                .sorted(Map.Entry.comparingByValue((one, other) -> other.size() - one.size()))
                .forEach(group -> reasons.addObject()
                        .put("group", group.getKey())
                        .put("because", group.getValue().get(0).because())
                        .put("count", group.getValue().size()));
        rehearsed.forEach(one -> json.withArray("letters").add(one.json()));
        return json;
    }

    private Rehearsed rehearse(Stage stage, Letter letter, String by) {
        var database = stage.database();
        var message = message(letter);
        new Replay(database, letters, ledger, journey, audit, (queue, body) -> {}, Replay.Lanes.NONE, Tracing.OFF)
                .replay(Filter.only(letter.id()), by);
        var before = hops(database, letter).size();
        stage.perform(letter.queue(), message);
        var told = stage.told();
        var hops = hops(database, letter);
        var after = database.transaction(db -> letters.list(db, Filter.only(letter.id()), 1));
        var verdict = Verdict.PASS;
        String because = null;
        String group = null;
        if (!after.isEmpty() && after.get(0).state().equals("open")) {
            verdict = Verdict.FAIL;
            because = after.get(0).error();
            group = after.get(0).fingerprint();
        } else if (!message.isDone()) {
            verdict = Verdict.FAIL;
            because = database.transaction(db -> letters.lastError(db, letter.id()))
                    .orElse("no step of its route says what became of it");
            group = "tried again";
        } else if (told.digests()
                .contains(letter.attributes().path(Failures.REFUSED).asText())) {
            verdict = Verdict.REFUSED_BEFORE;
            because = letter.error();
            group = letter.fingerprint();
        }
        return new Rehearsed(
                letter,
                verdict,
                because,
                group,
                hops.subList(before, hops.size()).stream().map(Past::what).toList(),
                told);
    }

    private List<Past> hops(Database database, Letter letter) {
        return letter.lane() == null
                ? List.of()
                : database.transaction(db -> journey.of(db, letter.flow(), letter.lane()));
    }

    private static BatchMessage message(Letter letter) {
        return new BatchMessage(
                letter.id().toString(),
                "rehearsal",
                new String(letter.message(), StandardCharsets.UTF_8),
                Map.of(),
                Map.of());
    }
}
