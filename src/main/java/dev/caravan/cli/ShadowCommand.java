package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "shadow",
        description =
                "What the changed routes of SHADOW_ROUTES make of the same records, compared with those in force. Exit code 1 when that differs, or they cannot be used.",
        mixinStandardHelpOptions = true)
final class ShadowCommand implements Callable<Integer> {
    enum Format {
        TEXT,
        JSON
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "text (the default) or json.",
            defaultValue = "TEXT")
    private Format format;

    @Override
    public Integer call() {
        var shadow = ApiClient.ofProcess().get("/api/shadow", Map.of());
        if (!shadow.has("routes"))
            throw new BadSettings(
                    "the instance has no shadow: set SHADOW_ROUTES=file:FOLDER, and SHADOW_PERCENT above 0, and restart it");
        if (format == Format.JSON) out().println(shadow);
        else print(shadow);
        return shadow.path("different").asLong() == 0
                        && shadow.path("failed").asLong() == 0
                        && shadow.path("problem").isNull()
                ? Caravan.OK
                : Caravan.FOUND;
    }

    private void print(JsonNode shadow) {
        var out = out();
        out.printf(
                "%s beside the routes in force, %s %% of the records since %s%n",
                shadow.path("routes").asText(),
                shadow.path("percent").asInt(),
                shadow.path("since").asText());
        if (!shadow.path("problem").isNull()) out.println(shadow.path("problem").asText());
        if (shadow.path("passedOver").asLong() > 0)
            out.printf(
                    "%s records passed over: the comparison was behind%n",
                    shadow.path("passedOver").asLong());
        if (shadow.path("failed").asLong() > 0)
            out.printf(
                    "%s records on which they failed%n", shadow.path("failed").asLong());
        Differences.print(shadow, shadow.path("examples"), out);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
