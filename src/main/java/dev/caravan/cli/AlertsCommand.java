package dev.caravan.cli;

import java.util.HashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "alerts",
        description = "What is out of the ordinary about orders and stock, or was. Exit code 1 when something is.",
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
        boolean open = false;
        for (var alert : answer.path("alerts")) {
            boolean isOpen = alert.path("state").asText().equals("open");
            open |= isOpen;
            if (format == Format.JSON) continue;
            out.printf("%s  %s%n", alert.path("raised_at").asText(), alert.path("title").asText());
            out.printf("    rule %s, evidence %s%n", alert.path("rule").asText(), alert.path("evidence"));
            if (isOpen) out.printf("    clears when %s%n", alert.path("clears_when").asText());
            else out.printf("    cleared %s%n", alert.path("cleared_at").asText());
        }
        if (format == Format.JSON) out.println(answer);
        else if (answer.path("alerts").isEmpty()) out.println("no alerts");
        return open ? Caravan.FOUND : Caravan.OK;
    }
}
