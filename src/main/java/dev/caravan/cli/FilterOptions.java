package dev.caravan.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which dead letters or quarantined records a verb is about. */
final class FilterOptions {
    @Option(names = "--flow", description = "Only this flow.")
    private String flow;

    @Option(names = "--id", paramLabel = "UUID", description = "Only this one.")
    private String id;

    @Option(names = "--group", description = "Dead letters: only this group (cause).")
    private String group;

    @Option(names = "--lane", description = "Dead letters: only of this lane, such as shein/90854097.")
    private String lane;

    @Option(
            names = "--text",
            paramLabel = "TEXT",
            description = "Only with this text in what is said of it, or in the message or record itself.")
    private String text;

    @Option(names = "--rule", description = "Quarantine: only what broke this rule.")
    private String rule;

    @Option(names = "--upload", paramLabel = "KEY", description = "Quarantine: only of this object key.")
    private String upload;

    @Option(names = "--since", paramLabel = "TIME", description = "Only since then, as in 2026-11-21T07:00:00Z.")
    private String since;

    Map<String, String> query() {
        var query = new LinkedHashMap<String, String>();
        query.put("flow", flow);
        query.put("id", id);
        query.put("group", group);
        query.put("lane", lane);
        query.put("text", text);
        query.put("rule", rule);
        query.put("upload", upload);
        query.put("since", since);
        query.values().removeIf(java.util.Objects::isNull);
        return query;
    }

    ObjectNode json() {
        var json = Json.object();
        query().forEach(json::put);
        return json;
    }
}
