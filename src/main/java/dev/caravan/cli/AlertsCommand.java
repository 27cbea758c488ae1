package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "alerts",
        description =
                "What is out of the ordinary about orders, stock and clicks, or was. Exit code 1 when something is.",
        mixinStandardHelpOptions = true)
final class AlertsCommand implements Callable<Integer> {
    enum State {
        OPEN,
        CLEARED,
        ALL
    }

    enum Format {
        TEXT,
        JSON
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--state", description = "open, cleared or all (default: ${DEFAULT-VALUE}).")
    private State state = State.OPEN;

    @Option(names = "--rule", description = "Only of this rule.")
    private String rule;

    @Option(names = "--limit", paramLabel = "N", description = "Most alerts; without it, 100.")
    private String limit;

    @Option(names = "--format", description = "text or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TEXT;

    @Override
    public Integer call() {
        var query = new HashMap<String, String>();
        query.put("state", state == State.ALL ? null : state.name().toLowerCase(Locale.ROOT));
        query.put("rule", rule);
        query.put("limit", limit);
        var answer = ApiClient.ofProcess().get("/api/alerts", query);
        var out = spec.commandLine().getOut();
        switch (format) {
            case JSON -> out.println(answer);
            case TEXT -> out.print(text(answer));
        }
        out.flush();
        return answer.path("alerts").valueStream().anyMatch(AlertsCommand::isOpen) ? Caravan.FOUND : Caravan.OK;
    }

    /** What the API answered, for people. */
    static String text(JsonNode answer) {
        if (answer.path("alerts").isEmpty()) return "no alerts\n";
        var text = new StringBuilder();
        for (var alert : answer.path("alerts")) {
            text.append(alert.path("raised_at").asText())
                    .append("  ")
                    .append(alert.path("title").asText())
                    .append("\n    rule ")
                    .append(alert.path("rule").asText())
                    .append(", evidence ")
                    .append(alert.path("evidence"))
                    .append(isOpen(alert) ? "\n    clears when " : "\n    cleared ")
                    .append(alert.path(isOpen(alert) ? "clears_when" : "cleared_at")
                            .asText())
                    .append('\n');
        }
        return text.toString();
    }

    private static boolean isOpen(JsonNode alert) {
        return alert.path("state").asText().equals("open");
    }
}
