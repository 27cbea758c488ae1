package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.Edits.Bulk;
import dev.caravan.deadletters.Replays.Progress;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * Edits and replays of dead letters, and what else {@linkplain #also there is}, as operators ask for them. What the settings want a second operator for is not done but written
 * down, exactly as it was asked for; another one approves it, and then it is done, or declines it.
 */
public final class Repairs {
    private static final String EDIT = "edit";
    private static final String REPLAY = "replay";
    private static final int SHOWN_DIFFS = 20;

    private final Database database;
    private final DeadLetters letters;
    private final Edits edits;
    private final Replay replay;
    private final Replays replays;
    private final Audit audit;
    private final Rules rules;
    private final ChangeRequests requests;
    private final Map<String, BiFunction<Handle, ChangeRequest, JsonNode>> others = new ConcurrentHashMap<>();

    /**
     * What needs a second operator.
     *
     * @param actions {@code edit}, {@code replay}, {@code erase}; empty when nothing does
     * @param bulk    replays of more letters than this need one
     */
    public record Rules(Set<String> actions, int bulk) {
        public static final Rules NONE = new Rules(Set.of(), 0);

        /** From {@code approval.actions} and {@code approval.replay-letters}. */
        public static Rules of(Settings settings) {
            return new Rules(
                    Set.of(settings.text("approval.actions").split(",")), settings.integer("approval.replay-letters"));
        }
    }

    /** What was asked for is done, or waits. */
    public sealed interface Result<T> {
        /** It is done. */
        record Done<T>(T outcome) implements Result<T> {}

        /** It waits for a second operator. */
        record Asked<T>(ChangeRequest request) implements Result<T> {}

        /** One answer for either. */
        default <R> R either(Function<T, R> done, Function<ChangeRequest, R> asked) {
            return this instanceof Done<T> is ? done.apply(is.outcome()) : asked.apply(((Asked<T>) this).request());
        }
    }

    public Repairs(
            Database database,
            DeadLetters letters,
            Edits edits,
            Replay replay,
            Replays replays,
            Audit audit,
            Rules rules,
            Clock clock) {
        this.database = database;
        this.letters = letters;
        this.edits = edits;
        this.replay = replay;
        this.replays = replays;
        this.audit = audit;
        this.rules = rules;
        this.requests = new ChangeRequests(clock);
    }

    /**
     * Gives a letter another message, see {@link Edits#edit(UUID, byte[], String, String)}.
     *
     * @return what changed, or would; empty when the letter is not open
     * @throws BadMessage when the message is no JSON, or breaks its schema
     */
    public Optional<Result<JsonNode>> edit(UUID id, byte[] message, String by, String why) {
        if (!rules.actions().contains(EDIT))
            return edits.edit(id, message, by, why).map(Result.Done::new);
        return database.transaction(db -> edits.tryEdit(db, id, message).map(diff -> {
            var detail = Json.object().put("letter", id.toString()).put("message", text(message));
            detail.withArray("diffs").addObject().put("id", id.toString()).set("diff", diff);
            return asked(db, EDIT, id.toString(), "edit of the dead letter " + id, detail, by, why);
        }));
    }

    /**
     * Gives each letter a filter selects now the message that a mapping makes of it, see {@link Edits#edit(Filter, String, boolean, String, String)}.
     *
     * @throws BadMessage when the mapping has a mistake
     */
    public Result<Bulk> edit(Filter filter, String jslt, String by, String why) {
        if (!rules.actions().contains(EDIT)) return new Result.Done<>(edits.edit(filter, jslt, false, by, why));
        return database.transaction(db -> {
            var ids = edits.selected(db, filter);
            var tried = edits.edit(db, ids, jslt, true, by, why);
            var detail = Json.object().put("mapping", jslt);
            ids.forEach(id -> detail.withArray("letters").add(id.toString()));
            tried.edited().entrySet().stream().limit(SHOWN_DIFFS).forEach(one -> detail.withArray("diffs")
                    .addObject()
                    .put("id", one.getKey().toString())
                    .set("diff", one.getValue()));
            return asked(db, EDIT, null, "edit of " + tried.edited().size() + " dead letters", detail, by, why);
        });
    }

    /**
     * Replays the letters a filter selects now, at once.
     *
     * @return how many were sent; those that wait would go as fast as a rate allows
     */
    public Result<Integer> replay(Filter filter, String by) {
        if (!isBulk(filter)) return new Result.Done<>(replay.replay(filter, by));
        return ask(filter, (double) Replays.MOST_PER_SECOND, by);
    }

    /** Begins a replay that takes its time, see {@link Replays#begin}. */
    public Result<Progress> begin(Filter filter, Double perSecond, String by) {
        return isBulk(filter) ? ask(filter, perSecond, by) : new Result.Done<>(replays.begin(filter, perSecond, by));
    }

    private boolean isBulk(Filter filter) {
        return rules.actions().contains(REPLAY) && database.transaction(db -> letters.count(db, filter)) > rules.bulk();
    }

    private <T> Result<T> ask(Filter filter, Double perSecond, String by) {
        return database.transaction(db -> {
            var asked = replays.ask(db, filter, perSecond, by);
            var subject = asked.id().toString();
            var summary = "replay of " + asked.selected() + " dead letters (" + asked.selection() + ")";
            return asked(db, REPLAY, subject, summary, Json.object(), by, null);
        });
    }

    private <T> Result<T> asked(
            Handle db, String action, String subject, String summary, ObjectNode detail, String by, String why) {
        var id = UUID.randomUUID();
        var about = subject == null ? id.toString() : subject;
        requests.add(db, id, action, about, summary, detail, by, why);
        audit.add(db, by, "ask for " + action, about, why);
        return new Result.Asked<>(requests.take(db, id).orElseThrow());
    }

    /** What a second operator may be wanted for beside edits and replays; is given what it is about once it is approved. */
    public void also(String action, BiFunction<Handle, ChangeRequest, JsonNode> perform) {
        others.put(action, perform);
    }

    /** Whether a second operator is wanted for it. */
    public boolean needsApproval(String action) {
        return rules.actions().contains(action);
    }

    /**
     * Writes down what {@link #also} is to do.
     *
     * @param detail what is carried out once it is approved
     */
    public ChangeRequest ask(String action, String summary, ObjectNode detail, String by, String why) {
        Result<JsonNode> asked = database.transaction(db -> asked(db, action, null, summary, detail, by, why));
        return asked.either(done -> null, request -> request);
    }

    /** What was asked for, those that wait first, and each the newest first. */
    public List<ChangeRequest> requests(int limit) {
        return database.transaction(db -> requests.list(db, limit));
    }

    /**
     * Does what was asked for, as it was asked for.
     *
     * @return what came of it; empty when no such request waits
     * @throws BadMessage when it was asked for by the same person, or is not possible any more
     */
    public Optional<JsonNode> approve(UUID id, String by) {
        return database.transaction(db -> requests.take(db, id).map(request -> {
            if (request.askedBy().equals(by))
                throw new BadMessage("you asked for this yourself; somebody else has to approve it");
            var outcome = perform(db, request);
            requests.decide(db, id, "approved", by, null);
            audit.add(db, by, "approve " + request.action(), request.subject(), null);
            return outcome;
        }));
    }

    private JsonNode perform(Handle db, ChangeRequest request) {
        if (request.action().equals(REPLAY))
            return replays.approve(db, UUID.fromString(request.subject())).json();
        if (others.containsKey(request.action()))
            return others.get(request.action()).apply(db, request);
        var detail = request.detail();
        if (detail.has("mapping")) {
            var ids = ((ArrayNode) detail.withArray("letters"))
                    .valueStream()
                    .map(one -> UUID.fromString(one.asText()))
                    .toList();
            return edits.edit(db, ids, detail.path("mapping").asText(), false, request.askedBy(), request.why())
                    .json();
        }
        var letter = UUID.fromString(detail.path("letter").asText());
        var message = detail.path("message").asText().getBytes(StandardCharsets.UTF_8);
        var diff = edits.edit(db, letter, message, request.askedBy(), request.why())
                .orElseThrow(() -> new BadMessage("the dead letter " + letter + " is not open any more"));
        return Json.object().put("edited", letter.toString()).set("diff", diff);
    }

    /**
     * Leaves undone what was asked for; who asked may say so as well.
     *
     * @return whether such a request waited
     */
    public boolean decline(UUID id, String by, String why) {
        return database.transaction(db -> requests.take(db, id)
                .map(request -> {
                    if (request.action().equals(REPLAY)) replays.decline(db, UUID.fromString(request.subject()), by);
                    requests.decide(db, id, "declined", by, why);
                    audit.add(db, by, "decline " + request.action(), request.subject(), why);
                    return true;
                })
                .orElse(false));
    }

    private static String text(byte[] message) {
        return new String(message, StandardCharsets.UTF_8);
    }
}
