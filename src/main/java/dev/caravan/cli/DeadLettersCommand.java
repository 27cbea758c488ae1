package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "dead-letters",
        description = "What could not be handled: look, rehearse, edit, replay, discard.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "list|groups|show|rehearse|edit|undo|replay|replays|pause|resume|discard")
final class DeadLettersCommand {
    @Spec
    private CommandSpec spec;

    @Command(
            description = "Open dead letters, oldest first. Exit code 1 when there are any.",
            mixinStandardHelpOptions = true)
    int list(@Mixin FilterOptions filter) {
        var letters = ApiClient.ofProcess().get("/api/dead-letters", filter.query());
        for (var letter : letters) {
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s  %s  %s  group %s  attempts %s  %s%n",
                            letter.path("id").asText(),
                            letter.path("parkedAt").asText(),
                            letter.path("lane").asText(letter.path("queue").asText()),
                            letter.path("group").asText(),
                            letter.path("attempts").asInt(),
                            letter.path("error").asText());
        }
        spec.commandLine().getOut().println(letters.size() + " open");
        return letters.isEmpty() ? Caravan.OK : Caravan.FOUND;
    }

    @Command(
            description = "Open dead letters by their causes, most first. Exit code 1 when there are any.",
            mixinStandardHelpOptions = true)
    int groups(@Mixin FilterOptions filter) {
        var groups = ApiClient.ofProcess().get("/api/dead-letter-groups", filter.query());
        for (var group : groups) {
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s  %s letters, %s in the last hour  %s to %s  %s%s  such as %s: %s%n  see %s%n",
                            group.path("group").asText(),
                            group.path("count").asText(),
                            group.path("lastHour").asText(),
                            group.path("firstSeen").asText(),
                            group.path("lastSeen").asText(),
                            group.path("route").asText(),
                            group.path("canHeal").asBoolean() ? ", can heal" : "",
                            group.path("example").asText(),
                            group.path("error").asText(),
                            group.path("help").asText());
        }
        spec.commandLine().getOut().println(groups.size() + " groups");
        return groups.isEmpty() ? Caravan.OK : Caravan.FOUND;
    }

    @Command(description = "One dead letter whole, as JSON.", mixinStandardHelpOptions = true)
    int show(
            @Parameters(paramLabel = "UUID") String id,
            @Option(names = "--message", description = "Only its message, as a replay would send it.")
                    boolean message) {
        var letter = ApiClient.ofProcess().get("/api/dead-letters/" + id, Map.of());
        spec.commandLine()
                .getOut()
                .println(
                        message
                                ? letter.path(letter.has("edit") ? "edit" : "body")
                                        .asText()
                                : letter.toPrettyString());
        return Caravan.OK;
    }

    @Command(
            description =
                    "What a replay would come to, with the routes and mappings as their files are now; nothing is sent. Exit code 1 when some would fail.",
            mixinStandardHelpOptions = true)
    int rehearse(
            @Mixin FilterOptions filter,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "So many letters at most, default 1000.")
                    int limit,
            @Option(names = "--changes", description = "Field by field, what would change in the targets.")
                    boolean changes) {
        var answer = ApiClient.ofProcess()
                .post("/api/dead-letters/rehearse", filter.json().put("limit", limit));
        var out = spec.commandLine().getOut();
        if (changes) answer.path("letters").forEach(this::printChanges);
        out.printf("%s would pass, %s would fail", answer.path("pass"), answer.path("fail"));
        if (answer.path("refusedBefore").asInt() > 0)
            out.printf(", %s would send again what was refused before", answer.path("refusedBefore"));
        out.println();
        for (var reason : answer.path("reasons"))
            out.printf(
                    "%s  %s letters: %s%n",
                    reason.path("group").asText(),
                    reason.path("count"),
                    reason.path("because").asText());
        return answer.path("reasons").isEmpty() ? Caravan.OK : Caravan.FOUND;
    }

    @Command(
            description =
                    "Puts another message in the place of one letter's, or what a mapping makes of each one's. The original is kept; see undo.",
            mixinStandardHelpOptions = true)
    int edit(
            @Mixin FilterOptions filter,
            @Option(names = "--message", paramLabel = "FILE", description = "The new message, of the letter --id.")
                    Path message,
            @Option(
                            names = "--mapping",
                            paramLabel = "FILE",
                            description = "JSLT that makes the new message of the old; \"* : .\" keeps the rest.")
                    Path mapping,
            @Option(names = "--try", description = "With a mapping: only tell what would change.") boolean tried,
            @Mixin WhyOption why) {
        var id = filter.query().get("id");
        if ((message == null) == (mapping == null) || message != null && (id == null || tried))
            throw new ParameterException(spec.commandLine(), "say --mapping FILE, or --id UUID and --message FILE");
        var body = message == null ? filter.json() : Json.object();
        body.put(message == null ? "mapping" : "message", text(message == null ? mapping : message))
                .put("why", why.text());
        if (tried) body.put("try", true);
        var answer = ApiClient.ofProcess()
                .post(message == null ? "/api/dead-letters/edit" : "/api/dead-letters/" + id + "/edit", body);
        if (waits(answer)) return Caravan.OK;
        var out = spec.commandLine().getOut();
        if (message != null) {
            printDiff(id, answer.path("diff"));
            return Caravan.OK;
        }
        for (var letter : answer.path("letters")) printDiff(letter.path("id").asText(), letter.path("diff"));
        for (var refusal : answer.path("refusals"))
            out.printf(
                    "%s  refused: %s%n",
                    refusal.path("id").asText(), refusal.path("because").asText());
        out.printf(
                "%s %s, %s refused, %s as they were%n",
                tried ? "would edit" : "edited", answer.path("edited"), answer.path("refused"), answer.path("same"));
        return answer.path("refused").asInt() == 0 ? Caravan.OK : Caravan.FOUND;
    }

    /** Says so when it is not done before a second operator has approved it. */
    private boolean waits(JsonNode answer) {
        var request = answer.path("changeRequest");
        if (request.isMissingNode()) return false;
        spec.commandLine()
                .getOut()
                .printf(
                        "the %s waits for another operator: caravan change-requests approve %s%n",
                        request.path("summary").asText(), request.path("id").asText());
        return true;
    }

    private void printDiff(String id, JsonNode diff) {
        var out = spec.commandLine().getOut();
        out.println(id);
        for (var change : diff)
            out.printf(
                    "  %s %s: %s%s%n",
                    change.path("op").asText(),
                    change.path("path").asText(),
                    change.has("fromValue") ? change.path("fromValue") + " -> " : "",
                    change.path("value"));
    }

    private String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "cannot read " + file, e);
        }
    }

    @Command(
            description = "Takes back the edits of a letter that is not replayed yet.",
            mixinStandardHelpOptions = true)
    int undo(@Parameters(paramLabel = "UUID") String id) {
        ApiClient.ofProcess().post("/api/dead-letters/" + id + "/undo", Json.object());
        return Caravan.OK;
    }

    private void printChanges(JsonNode letter) {
        var out = spec.commandLine().getOut();
        out.printf(
                "%s  %s  %s%s%n",
                letter.path("id").asText(),
                letter.path("lane").asText(),
                letter.path("verdict").asText(),
                letter.path("because").isNull()
                        ? ""
                        : ": " + letter.path("because").asText());
        letter.path("changes").forEach(this::printChange);
    }

    private void printChange(JsonNode change) {
        var out = spec.commandLine().getOut();
        var target = change.path("target").asText();
        var object = change.path("object").asText();
        if (change.path("field").asText().isEmpty() && change.path("found").isNull())
            out.printf("  %s %s would be made%n", target, object);
        else
            out.printf(
                    "  %s %s %s: %s -> %s%n",
                    target, object, change.path("field").asText(), change.path("found"), change.path("wanted"));
    }

    @Command(
            description =
                    "Sends them back to the queues they came from, oldest first: at once, or those that are open now at a rate or ramp.",
            mixinStandardHelpOptions = true)
    int replay(
            @Mixin FilterOptions filter,
            @Option(names = "--rate", paramLabel = "N", description = "So many a second.") Double rate,
            @Option(
                            names = "--ramp",
                            description =
                                    "One, then two, five, ten …, each when the ones before came through; pauses when one fails again.")
                    boolean ramp) {
        var body = filter.json();
        if (rate != null) body.put("rate", rate);
        if (ramp) body.put("ramp", true);
        var answer = ApiClient.ofProcess().post("/api/dead-letters/replay", body);
        if (waits(answer)) return Caravan.OK;
        var out = spec.commandLine().getOut();
        if (answer.has("replay")) print(answer);
        else out.println("replayed " + answer.path("replayed").asInt());
        return Caravan.OK;
    }

    @Command(
            description = "Replays at a rate or ramp, the newest first, and how far they are.",
            mixinStandardHelpOptions = true)
    int replays() {
        ApiClient.ofProcess().get("/api/replays", Map.of()).forEach(this::print);
        return Caravan.OK;
    }

    private void print(JsonNode replay) {
        spec.commandLine()
                .getOut()
                .printf(
                        "%s  %s%s  %s of %s passed, %s failed again, %s sent, %s waiting, %s skipped  %s  by %s at %s: %s%n",
                        replay.path("replay").asText(),
                        replay.path("state").asText(),
                        replay.path("why").isNull()
                                ? ""
                                : " (" + replay.path("why").asText() + ")",
                        replay.path("passed").asText(),
                        replay.path("selected").asText(),
                        replay.path("failed").asText(),
                        replay.path("sent").asText(),
                        replay.path("waiting").asText(),
                        replay.path("skipped").asText(),
                        replay.path("pace").asText(),
                        replay.path("by").asText(),
                        replay.path("at").asText(),
                        replay.path("selection").asText());
    }

    @Command(description = "Pauses a replay.", mixinStandardHelpOptions = true)
    int pause(@Parameters(paramLabel = "REPLAY") String id) {
        ApiClient.ofProcess().post("/api/replays/" + id + "/pause", Json.object());
        return Caravan.OK;
    }

    @Command(description = "Lets a paused replay go on; a ramp with one letter.", mixinStandardHelpOptions = true)
    int resume(@Parameters(paramLabel = "REPLAY") String id) {
        ApiClient.ofProcess().post("/api/replays/" + id + "/resume", Json.object());
        return Caravan.OK;
    }

    @Command(description = "Gives them up for good.", mixinStandardHelpOptions = true)
    int discard(@Mixin FilterOptions filter, @Mixin WhyOption why) {
        var answer = ApiClient.ofProcess()
                .post("/api/dead-letters/discard", filter.json().put("why", why.text()));
        spec.commandLine()
                .getOut()
                .println("discarded " + answer.path("discarded").asInt());
        return Caravan.OK;
    }
}
