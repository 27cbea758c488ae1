package dev.caravan.cli;

import dev.caravan.json.Json;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "change-requests",
        description = "What operators asked for and a second one has to approve, where approval.actions says so.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "list|approve|decline")
final class ChangeRequestsCommand {
    @Spec
    private CommandSpec spec;

    @Command(
            description = "Those that wait first, then what became of the others. Exit code 1 when some wait.",
            mixinStandardHelpOptions = true)
    int list() {
        boolean waiting = false;
        for (var request : ApiClient.ofProcess().get("/api/change-requests", Map.of())) {
            waiting |= request.path("state").asText().equals("waiting");
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s  %s  %s  asked for by %s at %s%s%s%n",
                            request.path("id").asText(),
                            request.path("state").asText(),
                            request.path("summary").asText(),
                            request.path("askedBy").asText(),
                            request.path("askedAt").asText(),
                            after(": ", request.path("why").asText("")),
                            after("; decided by ", request.path("decidedBy").asText("")));
        }
        return waiting ? Caravan.FOUND : Caravan.OK;
    }

    private static String after(String before, String text) {
        return text.isEmpty() ? "" : before + text;
    }

    @Command(
            description = "Does what another operator asked for, as it was asked for.",
            mixinStandardHelpOptions = true)
    int approve(@Parameters(paramLabel = "UUID") String id) {
        spec.commandLine()
                .getOut()
                .println(ApiClient.ofProcess()
                        .post("/api/change-requests/" + id + "/approve", Json.object())
                        .toPrettyString());
        return Caravan.OK;
    }

    @Command(description = "Leaves it undone.", mixinStandardHelpOptions = true)
    int decline(@Parameters(paramLabel = "UUID") String id, @Mixin WhyOption why) {
        ApiClient.ofProcess()
                .post("/api/change-requests/" + id + "/decline", Json.object().put("why", why.text()));
        return Caravan.OK;
    }
}
