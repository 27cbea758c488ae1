package dev.caravan.hawtio;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Request;
import dev.caravan.deadletters.ChangeRequest;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Group;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.deadletters.Replays.Progress;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** Dead letters as a management bean. */
final class ManagedDeadLetters implements DeadLettersBean {
    private static final int MOST = 1000;

    private final Database database;
    private final DeadLetters letters;
    private final Replay replay;
    private final Replays replays;
    private final Rehearsals rehearsals;
    private final Repairs repairs;

    ManagedDeadLetters(
            Database database,
            DeadLetters letters,
            Replay replay,
            Replays replays,
            Rehearsals rehearsals,
            Repairs repairs) {
        this.database = database;
        this.letters = letters;
        this.replay = replay;
        this.replays = replays;
        this.rehearsals = rehearsals;
        this.repairs = repairs;
    }

    @Override
    public long getOpen() {
        return causes().stream().mapToLong(Group::count).sum();
    }

    @Override
    public int getCauses() {
        return causes().size();
    }

    @Override
    public String groups() {
        return text(causes(), Group::json);
    }

    private List<Group> causes() {
        return database.transaction(db -> letters.groups(db, Filter.open(), MOST));
    }

    @Override
    public String list(String group, int limit) {
        var filter = blank(group) ? Filter.open() : of(group);
        return text(database.transaction(db -> letters.list(db, filter, most(limit))), Letter::json);
    }

    @Override
    public String rehearse(String group, int limit) {
        return rehearsals
                .alone(of(group), most(limit), Acting.name())
                .map(rehearsed -> Rehearsals.json(rehearsed).toPrettyString())
                .orElseThrow(() -> new IllegalStateException("a rehearsal is running already"));
    }

    @Override
    public String replay(String group) {
        return repairs.begin(of(group), null, Acting.name())
                .either(Progress::json, ManagedDeadLetters::asked)
                .toPrettyString();
    }

    @Override
    public String replayOne(String id) {
        var letter = Filter.only(Request.uuid("id", needed("id", id)));
        return repairs.replay(letter, Acting.name())
                .either(count -> Json.object().put("replayed", count), ManagedDeadLetters::asked)
                .toPrettyString();
    }

    /** It waits for a second operator. */
    private static ObjectNode asked(ChangeRequest request) {
        return Json.object().set("changeRequest", request.json());
    }

    @Override
    public String discard(String group, String why) {
        var reason = needed("why", why);
        return Json.object()
                .put("discarded", replay.discard(of(group), Acting.name(), reason))
                .toPrettyString();
    }

    @Override
    public String replays() {
        return text(replays.list(), Progress::json);
    }

    @Override
    public String pause(String id) {
        return pause(id, true);
    }

    @Override
    public String resume(String id) {
        return pause(id, false);
    }

    private String pause(String id, boolean paused) {
        if (!replays.pause(Request.uuid("replay", needed("replay", id)), paused, Acting.name()))
            throw new IllegalArgumentException("no replay " + id + " that is " + (paused ? "running" : "paused"));
        return Json.object()
                .put("replay", id)
                .put("state", paused ? "paused" : "running")
                .toPrettyString();
    }

    private static Filter of(String group) {
        return new Filter(null, needed("group", group), null, null, null, "open");
    }

    private static int most(int limit) {
        if (limit < 1 || limit > MOST)
            throw new IllegalArgumentException("limit must be between 1 and " + MOST + ", not " + limit);
        return limit;
    }

    private static String needed(String name, String text) {
        if (blank(text)) throw new IllegalArgumentException(name + " is missing");
        return text.strip();
    }

    private static boolean blank(String text) {
        return text == null || text.isBlank();
    }

    private static <T> String text(Collection<T> things, Function<T, ObjectNode> json) {
        ArrayNode all = Json.array();
        things.forEach(thing -> all.add(json.apply(thing)));
        return all.toPrettyString();
    }
}
