package dev.caravan.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.console.Reply.Done;
import dev.caravan.console.Reply.Page;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Group;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.Edits;
import dev.caravan.deadletters.Edits.Bulk;
import dev.caravan.deadletters.Rehearsals.Rehearsed;
import dev.caravan.deadletters.Rehearsals.Verdict;
import dev.caravan.deadletters.Replays;
import dev.caravan.deadletters.Replays.Progress;
import dev.caravan.state.Audit.Action;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Dead letters by their causes, those of one cause, one of them; and replays, which take their time. */
final class DeadLettersPage {
    private static final int SHOWN = 200;

    private final Console.Needs needs;

    DeadLettersPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("/dead-letters", this::groups)
                .page("/letters", this::letters)
                .page("/letter", this::letter)
                .page(
                        "/replays",
                        visit -> new Page("replays", new Running(needs.replays().list())))
                .action("/rehearse", this::rehearse)
                .action("/edit", this::edit)
                .action("/edit-all", this::editAll)
                .action("/undo", this::undo)
                .action("/replay", this::replay)
                .action("/discard", this::discard)
                .action("/replays/pause", visit -> pause(visit, true))
                .action("/replays/resume", visit -> pause(visit, false));
    }

    /** @param groups the largest first */
    record Groups(Filter filter, List<Group> groups) {
        long letters() {
            return groups.stream().mapToLong(Group::count).sum();
        }
    }

    /**
     * @param filter  what was asked for
     * @param total   how many there are of them, all their groups together
     * @param letters the oldest first, cut off at a limit
     */
    record Letters(Filter filter, long total, List<Letter> letters) {}

    /**
     * @param diff    what was edited, as {@link Edits#diff} tells it
     * @param history what was done to it by hand, the latest first
     */
    record One(Letter letter, JsonNode diff, List<Action> history) {
        boolean open() {
            return letter.state().equals("open");
        }
    }

    /** @param replays the newest first */
    record Running(List<Progress> replays) {}

    /**
     * @param filter  what was rehearsed, to replay just that
     * @param letters in the order they would be sent
     */
    record Rehearsal(Filter filter, List<Rehearsed> letters) {
        long count(Verdict verdict) {
            return letters.stream()
                    .filter(letter -> letter.verdict() == verdict)
                    .count();
        }

        boolean cutOff() {
            return letters.size() == SHOWN;
        }
    }

    /**
     * @param filter  the letters the mapping was for
     * @param mapping as it was written
     * @param tried   nothing was changed yet
     * @param bulk    what came of it, or would
     */
    record Edited(Filter filter, String mapping, String why, boolean tried, Bulk bulk) {
        /** Some of them: who has tried it on a hundred has seen it. */
        List<Map.Entry<UUID, JsonNode>> shown() {
            return bulk.edited().entrySet().stream().limit(SHOWN).toList();
        }
    }

    private Page groups(Visit visit) {
        var filter = filter(visit);
        return new Page("dead-letters", new Groups(filter, groups(filter)));
    }

    private List<Group> groups(Filter filter) {
        return needs.database().transaction(db -> needs.deadLetters().groups(db, filter, SHOWN));
    }

    private Page letters(Visit visit) {
        var filter = filter(visit);
        var letters = needs.database().transaction(db -> needs.deadLetters().list(db, filter, SHOWN));
        long total = groups(filter).stream().mapToLong(Group::count).sum();
        return new Page("letters", new Letters(filter, total, letters));
    }

    private Page letter(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        var filter = Filter.only(id);
        var letters = needs.database().transaction(db -> needs.deadLetters().list(db, filter, 1));
        if (letters.isEmpty()) throw new Problem(404, "Not found", "no dead letter " + id);
        var history = needs.database().transaction(db -> needs.audit().list(db, id.toString(), SHOWN));
        return new Page("letter", new One(letters.get(0), Edits.diff(letters.get(0)), history));
    }

    private Done edit(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        var message = visit.text("message").getBytes(StandardCharsets.UTF_8);
        return needs.repairs()
                .edit(id, message, visit.who(), why(visit))
                .orElseThrow(() -> notOpen(id))
                .either(
                        diff -> new Done(Links.to("/letter", "id", id), "the edit is kept; a replay sends it"),
                        ChangeRequestsPage::asked);
    }

    /** What a mapping makes, or would make, of the messages of many letters. */
    private Reply editAll(Visit visit) {
        var filter = filter(visit);
        var mapping = visit.text("mapping");
        var why = why(visit);
        if (visit.parameter("try").isPresent())
            return edited(visit, needs.edits().edit(filter, mapping, true, visit.who(), why));
        return needs.repairs()
                .edit(filter, mapping, visit.who(), why)
                .either(bulk -> edited(visit, bulk), ChangeRequestsPage::asked);
    }

    private static Page edited(Visit visit, Bulk bulk) {
        return new Page(
                "edited",
                new Edited(
                        filter(visit),
                        visit.text("mapping"),
                        visit.text("why"),
                        visit.parameter("try").isPresent(),
                        bulk));
    }

    private Done undo(Visit visit) {
        var id = Request.uuid("id", visit.text("id"));
        if (!needs.edits().undo(id, visit.who())) throw notOpen(id);
        return new Done(Links.to("/letter", "id", id), "the edit is taken back");
    }

    private static Problem notOpen(UUID id) {
        return new Problem(409, "Not so any more", "the letter " + id + " is not open, or not edited, any more");
    }

    private Page rehearse(Visit visit) {
        var filter = filter(visit);
        return needs.rehearsals()
                .alone(filter, SHOWN, visit.who())
                .map(letters -> new Page("rehearsal", new Rehearsal(filter, letters)))
                .orElseThrow(() -> new Problem(
                        409, "A rehearsal is running", "one at a time: it asks the targets a lot; try again later"));
    }

    /** At once, at a rate, or as a ramp. */
    private Done replay(Visit visit) {
        var filter = filter(visit);
        var pace = visit.parameter("pace").orElse("at once");
        if (pace.equals("at once")) {
            var page = filter.id() == null ? "/dead-letters" : Links.to("/letter", "id", filter.id());
            return needs.repairs()
                    .replay(filter, visit.who())
                    .either(
                            count -> new Done(page, Words.count(count, "letter") + " sent back"),
                            ChangeRequestsPage::asked);
        }
        return needs.repairs()
                .begin(filter, pace.equals("ramp") ? null : rate(visit.text("rate")), visit.who())
                .either(
                        replay -> new Done(
                                "/replays", "a replay of " + Words.count(replay.selected(), "letter") + " has begun"),
                        ChangeRequestsPage::asked);
    }

    private static double rate(String text) {
        try {
            double rate = Double.parseDouble(text);
            if (Replays.canKeep(rate)) return rate;
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new Problem(400, "Invalid rate", "the rate must be a number above 0 and up to 1000 letters a second");
    }

    private Done discard(Visit visit) {
        int count = needs.replay().discard(filter(visit), visit.who(), why(visit));
        return new Done("/dead-letters", Words.count(count, "letter") + " discarded");
    }

    /** @throws Problem when it is not told */
    static String why(Visit visit) {
        return visit.parameter("why")
                .orElseThrow(
                        () -> new Problem(400, "A reason is missing", "say why: it is written down with the reason"));
    }

    private Done pause(Visit visit, boolean paused) {
        var id = Request.uuid("id", visit.text("id"));
        if (!needs.replays().pause(id, paused, visit.who()))
            throw new Problem(
                    409, "Not so any more", "the replay is not " + (paused ? "running" : "paused") + " any more");
        return new Done("/replays", "the replay " + (paused ? "is paused" : "goes on"));
    }

    /** What a page or a form asks for; open letters unless it says otherwise. */
    private static Filter filter(Visit visit) {
        return new Filter(
                visit.parameter("flow").orElse(null),
                visit.parameter("group").orElse(null),
                Request.uuid("id", visit.parameter("id").orElse(null)),
                visit.parameter("lane").orElse(null),
                Request.instant("since", visit.parameter("since").orElse(null)),
                "open",
                visit.parameter("text").orElse(null));
    }
}
