package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "appeals",
        description = "Alerts about users that the users dispute, by a ticket of the category account.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "list|confirm|decline")
final class AppealsCommand {
    @Spec
    private CommandSpec spec;

    @Command(description = "The newest first. Exit code 1 when some wait.", mixinStandardHelpOptions = true)
    int list() {
        boolean waiting = false;
        for (var appeal : ApiClient.ofProcess().get("/api/appeals", Map.of()).path("appeals")) {
            waiting |= appeal.path("state").asText().equals("waiting");
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s  %s  %s  disputed by %s%s%n",
                            appeal.path("alert_id").asText(),
                            appeal.path("state").asText(),
                            appeal.path("title").asText(),
                            appeal.path("ticket_ids")
                                    .valueStream()
                                    .map(JsonNode::asText)
                                    .collect(Collectors.joining(", ")),
                            appeal.has("why")
                                    ? "; by "
                                            + appeal.path(appeal.path("state").asText() + "_by")
                                                    .asText()
                                            + ": "
                                            + appeal.path("why").asText()
                                    : "");
        }
        return waiting ? Caravan.FOUND : Caravan.OK;
    }

    @Command(
            description =
                    "The alert was disputed rightly: its rule says nothing about its user for clickstream.silence-days.",
            mixinStandardHelpOptions = true)
    int confirm(
            @Parameters(paramLabel = "ALERT", description = "Id of the alert.") String alert, @Mixin WhyOption why) {
        var confirmed = decide(alert, "confirm", why);
        spec.commandLine()
                .getOut()
                .printf(
                        "%s says nothing about %s before %s%n",
                        confirmed.path("rule").asText(),
                        confirmed.path("user").asText(),
                        confirmed.path("silent_until").asText());
        return Caravan.OK;
    }

    @Command(
            description =
                    "The alert was not disputed rightly: its rule goes on. Another ticket against it makes the appeal wait again.",
            mixinStandardHelpOptions = true)
    int decline(
            @Parameters(paramLabel = "ALERT", description = "Id of the alert.") String alert, @Mixin WhyOption why) {
        var declined = decide(alert, "decline", why);
        spec.commandLine()
                .getOut()
                .printf(
                        "declined: %s goes on about %s%n",
                        declined.path("rule").asText(), declined.path("user").asText());
        return Caravan.OK;
    }

    private static JsonNode decide(String alert, String how, WhyOption why) {
        return ApiClient.ofProcess()
                .post("/api/appeals/" + alert + "/" + how, Json.object().put("why", why.text()));
    }
}
