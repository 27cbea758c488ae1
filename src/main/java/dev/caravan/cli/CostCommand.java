package dev.caravan.cli;

import dev.caravan.deploy.CostModel;
import dev.caravan.deploy.CostModel.Line;
import dev.caravan.deploy.CostModel.Use;
import dev.caravan.json.Json;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "cost",
        description =
                "What a month on AWS costs: the environment's own part, and what so many orders, clicks and products add, by requests counted in a test run and list prices.",
        mixinStandardHelpOptions = true)
final class CostCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** How the bill is written. */
    enum Format {
        TEXT,
        JSON
    }

    @Option(names = "--orders", paramLabel = "N", description = "Orders a month.")
    private long orders;

    @Option(names = "--clicks", paramLabel = "N", description = "Clicks a month.")
    private long clicks;

    @Option(names = "--products", paramLabel = "N", description = "New or changed products a month.")
    private long products;

    @Option(
            names = "--env",
            paramLabel = "NAME",
            defaultValue = "prod",
            description = "cloudformation/environments/NAME.yaml; by default ${DEFAULT-VALUE}.")
    private String environment;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            description = "Tasks that run on average; by default as many as the environment has at least.")
    private BigDecimal tasks;

    @Option(names = "--public-port", description = "With load balancer and firewall.")
    private boolean publicPort;

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "text", description = "text or json.")
    private Format format;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            defaultValue = "cloudformation",
            description = "Where templates and prices are; by default ${DEFAULT-VALUE}.")
    private Path folder;

    @Override
    public Integer call() {
        var model = CostModel.read(folder, environment);
        var lines =
                model.month(new Use(orders, clicks, products), tasks == null ? model.leastTasks() : tasks, publicPort);
        if (format == Format.JSON) json(model, lines);
        else text(model, lines);
        return Caravan.OK;
    }

    private void text(CostModel model, List<Line> lines) {
        var out = spec.commandLine().getOut();
        out.printf(
                "%s, US dollars a month, list prices of us-east-1 as of %s, requests as counted on %s%n",
                environment, model.pricesAsOf(), model.countedAsOf());
        var part = "";
        for (var line : lines) {
            if (!line.part().equals(part)) out.println(line.part());
            part = line.part();
            out.printf(
                    Locale.ROOT,
                    "  %10s  %-66s %14s × %s at %s%s%n",
                    line.dollars(),
                    line.what(),
                    shown(line.quantity()),
                    line.per(),
                    shown(line.price()),
                    line.sure().equals("high") ? "" : " (" + line.sure() + ")");
        }
        sums(out, lines);
    }

    private static void sums(PrintWriter out, List<Line> lines) {
        for (var part : lines.stream().map(Line::part).distinct().toList())
            out.printf(
                    Locale.ROOT,
                    "%12s  %s%n",
                    sum(lines.stream().filter(line -> line.part().equals(part)).toList()),
                    part);
        out.printf(Locale.ROOT, "%12s  together%n", sum(lines));
    }

    private void json(CostModel model, List<Line> lines) {
        var bill = Json.object()
                .put("environment", environment)
                .put("pricesAsOf", model.pricesAsOf())
                .put("countedAsOf", model.countedAsOf())
                .put("dollars", sum(lines));
        var list = bill.putArray("lines");
        for (var line : lines)
            list.addObject()
                    .put("part", line.part())
                    .put("what", line.what())
                    .put("quantity", new BigDecimal(shown(line.quantity())))
                    .put("per", line.per())
                    .put("price", line.price())
                    .put("sure", line.sure())
                    .put("dollars", line.dollars());
        spec.commandLine().getOut().println(bill);
    }

    private static BigDecimal sum(List<Line> lines) {
        return lines.stream().map(Line::dollars).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** With four decimals at most. */
    private static String shown(BigDecimal number) {
        var rounded = number.setScale(4, RoundingMode.HALF_UP).stripTrailingZeros();
        return rounded.scale() < 0 ? rounded.setScale(0).toPlainString() : rounded.toPlainString();
    }
}
