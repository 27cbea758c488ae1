package dev.caravan.deadletters;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.Expression;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Jslt;
import dev.caravan.json.Json;
import dev.caravan.records.Reason;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Changes the message of a dead letter before it is replayed. The original stays; who changed what, and why, is written down; a message
 * that breaks its schema is refused; an edit can be taken back until it is replayed.
 */
public final class Edits {
    private static final int MOST = 100_000;

    private final Database database;
    private final DeadLetters letters;
    private final Audit audit;
    private final Supplier<Rules> rules;

    /** What a message has to look like. */
    @FunctionalInterface
    public interface Rules {
        /** What is wrong with a message of a flow; nothing when it may be sent. */
        List<Reason> check(String flow, JsonNode message);
    }

    /** @param rules gives those that hold now, for each edit anew */
    public Edits(Database database, DeadLetters letters, Audit audit, Supplier<Rules> rules) {
        this.database = database;
        this.letters = letters;
        this.audit = audit;
        this.rules = rules;
    }

    /**
     * An edit of many letters.
     *
     * @param edited  diffs by letter, in the order of the letters
     * @param refused why, by letter: the mapping failed, or made something that breaks the schema
     * @param same    letters whose message the mapping left as it is
     */
    public record Bulk(Map<UUID, JsonNode> edited, Map<UUID, String> refused, int same) {
        /** As the API shows it. */
        public ObjectNode json() {
            var json = Json.object()
                    .put("edited", edited.size())
                    .put("refused", refused.size())
                    .put("same", same);
            edited.forEach((id, diff) -> json.withArray("letters")
                    .addObject()
                    .put("id", id.toString())
                    .set("diff", diff));
            refused.forEach((id, why) -> json.withArray("refusals")
                    .addObject()
                    .put("id", id.toString())
                    .put("because", why));
            return json;
        }
    }

    /**
     * Gives a letter another message.
     *
     * @return what changed against the original, as RFC 6902 operations with the value that was there ({@code fromValue}); empty when the
     *     letter is not open
     * @throws BadMessage when the message is no JSON, or breaks its schema
     */
    public Optional<JsonNode> edit(UUID id, byte[] message, String by, String why) {
        return database.transaction(db -> edit(db, id, message, by, why));
    }

    Optional<JsonNode> edit(Handle db, UUID id, byte[] message, String by, String why) {
        var edited = Json.read(message);
        return letters.take(db, id).map(letter -> {
            check(letter, edited);
            keep(db, letter, message, by, why);
            return diff(letter, edited);
        });
    }

    /** What {@link #edit(UUID, byte[], String, String)} would answer; nothing is changed. */
    Optional<JsonNode> tryEdit(Handle db, UUID id, byte[] message) {
        var edited = Json.read(message);
        return letters.take(db, id).map(letter -> {
            check(letter, edited);
            return diff(letter, edited);
        });
    }

    private void check(Letter letter, JsonNode edited) {
        refuse(rules.get().check(letter.flow(), edited.deepCopy()));
    }

    /**
     * Gives each letter a filter selects the message that a mapping makes of it; those whose new message is refused stay as they are.
     *
     * @param jslt  the mapping's text; {@code * : .} keeps what it does not name
     * @param tried only tells what would be done
     * @throws BadMessage when the mapping has a mistake
     */
    public Bulk edit(Filter filter, String jslt, boolean tried, String by, String why) {
        return database.transaction(db -> edit(db, selected(db, filter), jslt, tried, by, why));
    }

    /** Ids of the letters a filter selects now, in their order. */
    List<UUID> selected(Handle db, Filter filter) {
        return letters.list(db, filter, MOST).stream().map(Letter::id).toList();
    }

    Bulk edit(Handle db, List<UUID> ids, String jslt, boolean tried, String by, String why) {
        var mapping = compiled(jslt);
        var now = rules.get();
        var edited = new LinkedHashMap<UUID, JsonNode>();
        var refused = new LinkedHashMap<UUID, String>();
        int same = 0;
        for (var id : ids) {
            var letter = letters.take(db, id).orElse(null);
            if (letter == null) continue;
            try {
                var before = Json.read(letter.message());
                var after = mapping.apply(before);
                if (after.equals(before)) {
                    same++;
                    continue;
                }
                refuse(now.check(letter.flow(), after.deepCopy()));
                if (!tried) keep(db, letter, Json.bytes(after), by, why);
                edited.put(letter.id(), diff(letter, after));
            } catch (BadMessage | JsltException e) {
                refused.put(letter.id(), e.getMessage());
            }
        }
        return new Bulk(edited, refused, same);
    }

    /**
     * Takes back the edits of a letter: it has its original message again.
     *
     * @return whether there was an edit, of a letter that is open
     */
    public boolean undo(UUID id, String by) {
        return database.transaction(db -> {
            if (letters.take(db, id).isEmpty() || letters.undoEdits(db, id) == 0) return false;
            audit.add(db, by, "undo edit", id.toString(), null);
            return true;
        });
    }

    /** What was edited of a letter against its original, as {@link #edit(UUID, byte[], String, String)} tells it; empty when nothing was. */
    public static JsonNode diff(Letter letter) {
        return letter.edited() == null ? Json.array() : diff(letter, Json.read(letter.edited()));
    }

    private void keep(Handle db, Letter letter, byte[] message, String by, String why) {
        letters.edit(db, letter, message, by, why);
        audit.add(db, by, "edit", letter.id().toString(), why);
    }

    private static void refuse(List<Reason> reasons) {
        if (reasons.isEmpty()) return;
        throw new BadMessage(reasons.stream()
                .map(reason -> "\"" + reason.pointer() + "\": " + reason.message())
                .collect(Collectors.joining("; ")));
    }

    private static JsonNode diff(Letter letter, JsonNode edited) {
        JsonNode original;
        try {
            original = Json.read(letter.body());
        } catch (BadMessage e) {
            original = Json.mapper().valueToTree(new String(letter.body(), StandardCharsets.UTF_8));
        }
        return Json.diff(original, edited);
    }

    private static Expression compiled(String jslt) {
        try {
            return Jslt.parser(jslt).withObjectFilter(value -> true).compile();
        } catch (JsltException e) {
            // The parser goes on with a list of all that might have stood there.
            throw new BadMessage("the mapping, line " + e.getLine() + ": "
                    + e.getMessageWithoutLocation().lines().findFirst().orElse("a mistake"));
        }
    }
}
