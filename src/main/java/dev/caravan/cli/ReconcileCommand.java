package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "reconcile",
        description =
                "Compares each product's source with Pimcore, and Pimcore with Medusa, field by field. Exit code 1 when something differs and was not repaired.",
        mixinStandardHelpOptions = true)
final class ReconcileCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--flow",
            paramLabel = "FLOW",
            description = "products, the only one so far.",
            defaultValue = "products")
    private String flow;

    @Option(
            names = "--repair",
            description =
                    "Sends what differs, and nothing else. Nothing is deleted. Pimcore's editors lose what they changed in fields that the mapping names.")
    private boolean repair;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "At most so many products a second; without it, as fast as the targets answer.",
            defaultValue = "0")
    private int rate;

    @Override
    public Integer call() {
        if (!flow.equals("products")) throw new BadSettings("there is no flow \"" + flow + "\" to reconcile: products");
        var report = ApiClient.ofProcess()
                .post("/api/reconcile", Json.object().put("repair", repair).put("rate", rate));
        var out = spec.commandLine().getOut();
        side(out, "Pimcore", report.path("pimcore"));
        side(out, "Medusa", report.path("medusa"));
        var repaired = report.path("repaired");
        if (repair)
            out.printf(
                    "repaired %s products in Pimcore with %s writes, and %s in Medusa%n",
                    repaired.path("pimcoreProducts").asInt(),
                    repaired.path("pimcoreObjects").asInt(),
                    repaired.path("medusaProducts").asInt());
        if (report.path("inSync").asBoolean()) out.println("in sync");
        else if (!repair) out.println("not in sync; --repair sends what differs");
        return report.path("inSync").asBoolean() || repair && left(report) == 0 ? Caravan.OK : Caravan.FOUND;
    }

    /** What a repair does not help. */
    private static int left(JsonNode report) {
        int left = 0;
        for (var side : new String[] {"pimcore", "medusa"})
            left += report.path(side).path("extra").size()
                    + report.path(side).path("untold").size();
        return left;
    }

    private static void side(PrintWriter out, String name, JsonNode side) {
        out.printf(
                "%s: %s compared, %s missing, %s different, %s extra, %s unowned%n",
                name,
                side.path("compared").asInt(),
                side.path("missing").size(),
                side.path("different").size(),
                side.path("extra").size(),
                side.path("unowned").size());
        for (var handle : side.path("missing")) out.printf("  missing    %s%n", handle.asText());
        for (var product : side.path("different")) {
            for (var field : product.path("fields"))
                out.printf(
                        "  different  %s  %s%n",
                        product.path("handle").asText(), field.isObject() ? difference(field) : field.asText());
        }
        for (var handle : side.path("extra")) out.printf("  extra      %s%n", handle.asText());
        for (var handle : side.path("unowned")) out.printf("  unowned    %s%n", handle.asText());
        for (var product : side.path("untold"))
            out.printf(
                    "  untold     %s  %s%n",
                    product.path("handle").asText(), product.path("why").asText());
    }

    private static String difference(JsonNode field) {
        return field.path("field").asText().isEmpty()
                ? field.path("object").asText() + " is missing"
                : field.path("object").asText() + " " + field.path("field").asText() + " is " + field.path("found")
                        + " and should be " + field.path("wanted");
    }
}
