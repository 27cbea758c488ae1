package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "quarantine",
        description = "Records that broke a rule: look, release after a fix, discard.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "list|groups|show|release|discard")
final class QuarantineCommand {
    @Spec
    private CommandSpec spec;

    /** How a list is written. */
    enum Format {
        TEXT,
        NDJSON
    }

    @Command(
            description = "Quarantined records, oldest first. Exit code 1 when there are any.",
            mixinStandardHelpOptions = true)
    int list(
            @Mixin FilterOptions filter,
            @Option(
                            names = "--format",
                            defaultValue = "text",
                            description = "text or ndjson: a line a record with upload, index, line, reasons, raw.")
                    Format format) {
        var records = ApiClient.ofProcess().get("/api/quarantine", filter.query());
        records.forEach(record -> print(record, format));
        if (format == Format.TEXT) out().println(records.size() + " quarantined");
        return records.isEmpty() ? Caravan.OK : Caravan.FOUND;
    }

    @Command(
            description =
                    "Quarantined records by the rule each broke first, and where. Exit code 1 when there are any.",
            mixinStandardHelpOptions = true)
    int groups(@Mixin FilterOptions filter) {
        var groups = ApiClient.ofProcess().get("/api/quarantine-groups", filter.query());
        for (var group : groups) {
            out().printf(
                            "%s  %s at \"%s\"  %s records  %s to %s  such as %s: %s%n",
                            group.path("supplier").asText(),
                            group.path("rule").asText(),
                            group.path("pointer").asText(),
                            group.path("count").asText(),
                            group.path("firstSeen").asText(),
                            group.path("lastSeen").asText(),
                            group.path("example").asText(),
                            group.path("message").asText());
        }
        out().println(groups.size() + " groups");
        return groups.isEmpty() ? Caravan.OK : Caravan.FOUND;
    }

    @Command(description = "One record whole, as JSON.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "UUID") String id) {
        for (var record : ApiClient.ofProcess().get("/api/quarantine", Map.of("id", id)))
            out().println(record.toPrettyString());
        return Caravan.OK;
    }

    @Command(
            description = "Normalises them again from their original bytes, with the mappings as they are now.",
            mixinStandardHelpOptions = true)
    int release(@Mixin FilterOptions filter) {
        var answer = ApiClient.ofProcess().post("/api/quarantine/release", filter.json());
        out().println("released " + answer.path("released").asInt() + ", still refused "
                + answer.path("stillRefused").asInt());
        return answer.path("stillRefused").asInt() == 0 ? Caravan.OK : Caravan.FOUND;
    }

    @Command(description = "Gives them up for good.", mixinStandardHelpOptions = true)
    int discard(@Mixin FilterOptions filter, @Mixin WhyOption why) {
        var answer = ApiClient.ofProcess()
                .post("/api/quarantine/discard", filter.json().put("why", why.text()));
        out().println("discarded " + answer.path("discarded").asInt());
        return Caravan.OK;
    }

    private void print(JsonNode record, Format format) {
        if (format == Format.NDJSON) {
            out().println(record);
            return;
        }
        out().printf(
                        "%s  %s  record %s, line %s%n",
                        record.path("id").asText(),
                        record.path("key").asText(),
                        record.path("index").asLong(),
                        record.path("line").asLong());
        for (var reason : record.path("reasons")) {
            out().printf(
                            "    %s at \"%s\": %s%n",
                            reason.path("rule").asText(),
                            reason.path("pointer").asText(),
                            reason.path("message").asText());
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
