package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "ledger",
        description = "The balance: what became of each record of each upload. Exit code 1 when it does not add up.",
        mixinStandardHelpOptions = true)
final class LedgerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--upload", paramLabel = "KEY", description = "Only uploads of this object key.")
    private String upload;

    @Option(names = "--flow", description = "Only this flow.")
    private String flow;

    @Override
    public Integer call() {
        var query = new HashMap<String, String>();
        query.put("upload", upload);
        query.put("flow", flow);
        var ledger = ApiClient.ofProcess().get("/api/ledger", query);
        var out = spec.commandLine().getOut();
        for (var balance : ledger.path("uploads")) {
            var states = new StringJoiner(" + ");
            balance.path("states")
                    .properties()
                    .forEach(state -> states.add(state.getValue().asText() + " " + state.getKey()));
            long missing = balance.path("missing").asLong();
            out.printf(
                    "%s %s: received %s = %s%s%s%n",
                    balance.path("flow").asText(),
                    balance.path("key").asText(),
                    balance.path("received").asLong(),
                    states.length() == 0 ? "0" : states,
                    balance.path("state").asText().equals("parked")
                            ? "  NOT READ TO ITS END: parked, see dead-letters list"
                            : "",
                    missing == 0 ? "" : "  DOES NOT ADD UP: " + missing + " missing" + indexes(balance));
        }
        if (ledger.path("uploads").isEmpty()) out.println("no uploads");
        return ledger.path("balanced").asBoolean() ? Caravan.OK : Caravan.FOUND;
    }

    private static String indexes(JsonNode balance) {
        if (balance.path("gaps").isEmpty()) return "";
        return balance.path("gaps")
                .valueStream()
                .map(JsonNode::asText)
                .collect(Collectors.joining(", ", ": records ", ""));
    }
}
