package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "trace",
        description = "The journey of a product, hop by hop. Exit code 1 when nothing is known by that name.",
        mixinStandardHelpOptions = true)
final class TraceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", description = "The supplier's product id, a handle, or a SKU.")
    private String id;

    @Override
    public Integer call() {
        var found = ApiClient.ofProcess().get("/api/journeys", Map.of("id", id));
        var out = spec.commandLine().getOut();
        for (var thing : found) {
            out.printf(
                    "%s/%s  Pimcore %s  Medusa %s  %s%n",
                    thing.path("supplier").asText(),
                    thing.path("id").asText(),
                    thing.path("pimcoreId").asText("-"),
                    thing.path("medusaId").asText("-"),
                    thing.path("state").asText(""));
            for (var hop : thing.path("journey")) {
                out.printf(
                        "  %s  %-20s %s%n",
                        hop.path("at").asText(),
                        hop.path("step").asText(),
                        hop.path("what").asText());
                hop.path("data")
                        .properties()
                        .forEach(fact -> out.printf("      %s: %s%n", fact.getKey(), said(fact.getValue())));
            }
        }
        if (!found.isEmpty()) return Caravan.OK;
        spec.commandLine().getErr().println("nothing is known of \"" + id + "\"");
        return Caravan.FOUND;
    }

    /** A list with semicolons; a reason as a sentence; anything else as JSON. */
    static String said(JsonNode value) {
        if (value.isArray()) return value.valueStream().map(TraceCommand::said).collect(Collectors.joining("; "));
        if (value.has("rule") && value.has("pointer"))
            return value.path("rule").asText() + " at \""
                    + value.path("pointer").asText() + "\": "
                    + value.path("message").asText();
        return value.isValueNode() ? value.asText() : value.toString();
    }
}
