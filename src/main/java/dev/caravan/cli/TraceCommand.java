package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "trace",
        description =
                "The journey of a product, order, customer or task, hop by hop, or why a value of it is what it is. Exit code 1 when nothing is known by that name.",
        mixinStandardHelpOptions = true)
final class TraceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "ID",
            description =
                    "The supplier's product id, a handle, a SKU, or the id of an order, a customer or a task; or the id of an upload or a dead letter.")
    private String id;

    @Option(
            names = "--field",
            paramLabel = "FIELD",
            description =
                    "Why a value is what it is: a name in the canonical product, such as price, stock or name, or a pointer into it.")
    private String field;

    @Override
    public Integer call() {
        return field == null ? journey() : provenance();
    }

    private int provenance() {
        var found = ApiClient.ofProcess().get("/api/provenance", Map.of("id", id, "field", field));
        var values = 0;
        for (var product : found) {
            for (var value : product.path("values")) {
                print(product, value);
                values++;
            }
        }
        if (values > 0) return Caravan.OK;
        spec.commandLine()
                .getErr()
                .println(
                        found.isEmpty()
                                ? "nothing is known of \"" + id + "\""
                                : "\"" + id + "\" has no value \"" + field + "\"");
        return Caravan.FOUND;
    }

    private void print(JsonNode product, JsonNode value) {
        var out = spec.commandLine().getOut();
        var shop = product.path("shop");
        var pimcore = product.path("pimcore");
        var mapping = product.path("mapping");
        var record = product.path("record");
        out.printf(
                "%s/%s %s = %s%n",
                product.path("supplier").asText(),
                product.path("id").asText(),
                value.path("pointer").asText(),
                value.path("value"));
        out.printf(
                "  shop     %s%s, %s%n",
                shop.path("medusaId").asText("not there"),
                value.has("shop") ? ": " + value.path("shop") : "",
                shop.path("at").asText("never written"));
        out.printf(
                "  Pimcore  %s, object %s, %s%n",
                pimcore.path("fullpath").asText("not there"),
                pimcore.path("pimcoreId").asText("-"),
                pimcore.path("at").asText("never written"));
        out.printf(
                "  event    ProductIngested, content %s, %s%n",
                mapping.path("contentHash").asText(), mapping.path("at").asText());
        out.printf(
                "  mapping  %s, version %s%n",
                value.path("rule").asText(), mapping.path("hash").asText());
        out.printf("  from     %s = %s%n", value.path("from").asText("?"), value.path("source"));
        out.printf(
                "  record   %s, line %s of s3://%s/%s, version %s%n",
                record.path("index"),
                value.path("line"),
                record.path("bucket").asText(),
                record.path("key").asText(),
                record.path("version").asText());
    }

    private int journey() {
        var found = ApiClient.ofProcess().get("/api/journeys", Map.of("id", id));
        var out = spec.commandLine().getOut();
        for (var thing : found) {
            if (thing.has("task")) {
                print(thing);
                continue;
            }
            if (thing.has("order"))
                out.printf(
                        "order %s  %s%n",
                        thing.at("/order/id").asText(),
                        thing.at("/order/status").asText());
            else if (thing.has("customer")) customer(thing.path("customer"));
            else
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

    private void customer(JsonNode customer) {
        var out = spec.commandLine().getOut();
        out.printf(
                "customer %s  %s orders, %s tickets, seen from %s to %s%n",
                customer.path("id").asText(),
                customer.path("orders"),
                customer.path("tickets"),
                customer.path("firstSeen").asText(),
                customer.path("lastSeen").asText());
        customer.path("lifetimeValue")
                .properties()
                .forEach(worth -> out.printf("  worth %s %s%n", worth.getValue().asText(), worth.getKey()));
        for (var part : List.of("contact", "billing", "browsing")) {
            var facts = facts(customer.path(part));
            if (!facts.isEmpty()) out.printf("  %s: %s%n", part, facts);
        }
        for (var period : customer.path("history"))
            out.printf(
                    "  from %s to %s: %s%n",
                    period.path("validFrom").asText(), period.path("validTo").asText("now"), facts(period));
    }

    /** What is told, other than from when to when and in lists. */
    private static String facts(JsonNode of) {
        return of.properties().stream()
                .filter(fact -> !fact.getKey().startsWith("valid")
                        && fact.getValue().isValueNode()
                        && !fact.getValue().isNull())
                .map(fact -> fact.getKey() + " " + fact.getValue().asText())
                .collect(Collectors.joining(", "));
    }

    private void print(JsonNode thing) {
        var out = spec.commandLine().getOut();
        var task = thing.path("task");
        out.printf(
                "task %s  %s  lane %s, number %s  %s%n",
                task.path("task_id").asText(),
                task.path("state").asText(),
                task.path("lane").asText(),
                task.path("sequence"),
                task.path("title").asText());
        for (var entry : thing.path("history"))
            out.printf(
                    "  %s  %s%n", entry.path("at").asText(), entry.path("what").asText());
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
