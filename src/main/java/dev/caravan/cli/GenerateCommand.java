package dev.caravan.cli;

import dev.caravan.clickstream.ClickGenerator;
import dev.caravan.json.Json;
import dev.caravan.orders.OrderGenerator;
import dev.caravan.products.ProductGenerator;
import dev.caravan.products.ProductGenerator.Defect;
import dev.caravan.products.ProductGenerator.Layout;
import dev.caravan.products.ProductGenerator.Options;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        description = "Writes test input of any size to stdout.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "products|orders|clicks")
final class GenerateCommand {
    private static final String ALL = "all";

    /** A pipe that is closed early, as by head, ends the work; that is no failure. */
    private static final String BROKEN_PIPE = "Broken pipe";

    @Spec
    private CommandSpec spec;

    @Command(
            description =
                    "A file such as a supplier sends: the same bytes for the same options. A product depends on seed and position alone, so that files of one seed"
                            + " agree on the products they share.",
            mixinStandardHelpOptions = true)
    int products(
            @Option(names = "--count", required = true, description = "How many records.") long count,
            @Option(
                            names = "--seed",
                            defaultValue = "1",
                            description = "Another seed, other products. Default: ${DEFAULT-VALUE}.")
                    long seed,
            @Option(
                            names = "--supplier",
                            defaultValue = "shein",
                            description = "shein (JSON) or shein-us (CSV). Default: ${DEFAULT-VALUE}.")
                    String supplier,
            @Option(
                            names = "--layout",
                            defaultValue = "array",
                            description =
                                    "shein: array (one JSON array) or ndjson (an object a line). Default: ${DEFAULT-VALUE}.")
                    Layout layout,
            @Option(
                            names = "--defects",
                            paramLabel = "KIND[,KIND…]",
                            split = ",",
                            description =
                                    "Plants defects: all, or some of the kinds that an unknown one is answered with.")
                    Set<String> defects,
            @Option(
                            names = "--defect-rate",
                            defaultValue = "0.05",
                            paramLabel = "RATE",
                            description =
                                    "With --defects: how many records are defective, 0 to 1. Default: ${DEFAULT-VALUE}.")
                    double rate,
            @Option(
                            names = "--manifest",
                            paramLabel = "FILE",
                            description = "With --defects: writes a line for each planted defect, INDEX KIND RULE.")
                    Path manifest,
            @Option(
                            names = "--price-change-of",
                            defaultValue = "-1",
                            paramLabel = "INDEX",
                            description = "This one product costs one riyal or dollar more.")
                    long priceChangeOf,
            @Option(
                            names = "--skus",
                            defaultValue = "0",
                            paramLabel = "N",
                            description = "shein: SKUs of each product. Default: four to six.")
                    int skus,
            @Option(
                            names = "--reordered",
                            description = "The same products, last first and with other blanks and line ends.")
                    boolean reordered)
            throws IOException {
        if (count < 0) throw wrong("products", "--count is below zero: " + count);
        if (skus < 0) throw wrong("products", "--skus is below zero: " + skus);
        rate("products", "--defect-rate", rate);
        var options = Options.of(supplier, count, seed)
                .withLayout(layout)
                .withPriceChangeOf(priceChangeOf)
                .withSkus(skus);
        if (defects != null) options = options.withDefects(rate, chosen("products", "defect", defects, Defect.class));
        if (reordered) options = options.withOtherOrderAndSpacing();
        var generator = new ProductGenerator(options);
        write(
                manifest,
                (out, lines) -> generator.write(
                        out,
                        defect -> lines.println(defect.index() + " " + name(defect.defect()) + " "
                                + defect.defect().rule())));
        return Caravan.OK;
    }

    @Command(
            description =
                    "Orders of a shop with 10,000 a day as JSON Lines: the same bytes for the same options. They buy what samples/product_catalog.json has.",
            mixinStandardHelpOptions = true)
    int orders(
            @Option(names = "--count", required = true, description = "How many orders.") long count,
            @Option(
                            names = "--seed",
                            defaultValue = "1",
                            description = "Another seed, other orders. Default: ${DEFAULT-VALUE}.")
                    long seed,
            @Option(
                            names = "--defects",
                            paramLabel = "KIND[,KIND…]",
                            split = ",",
                            description =
                                    "Plants defects: all, or some of the kinds that an unknown one is answered with.")
                    Set<String> defects,
            @Option(
                            names = "--defect-rate",
                            defaultValue = "0.05",
                            paramLabel = "RATE",
                            description =
                                    "With --defects: how many orders are defective, 0 to 1. Default: ${DEFAULT-VALUE}.")
                    double defectRate,
            @Option(
                            names = "--variants",
                            paramLabel = "WAY[,WAY…]",
                            split = ",",
                            description =
                                    "Writes sound orders in other ways, twice, or in two versions: all, or some of the ways that an unknown one is answered with.")
                    Set<String> variants,
            @Option(
                            names = "--variant-rate",
                            defaultValue = "0.2",
                            paramLabel = "RATE",
                            description =
                                    "With --variants: how many of the sound orders, 0 to 1. Default: ${DEFAULT-VALUE}.")
                    double variantRate,
            @Option(
                            names = "--manifest",
                            paramLabel = "FILE",
                            description =
                                    "With --defects: writes a JSON object a line for each planted defect: index, line, order, kind, rule, pointer.")
                    Path manifest)
            throws IOException {
        if (count < 0) throw wrong("orders", "--count is below zero: " + count);
        rate("orders", "--defect-rate", defectRate);
        rate("orders", "--variant-rate", variantRate);
        var options = OrderGenerator.Options.of(count, seed);
        if (defects != null)
            options = options.withDefects(defectRate, chosen("orders", "defect", defects, OrderGenerator.Defect.class));
        if (variants != null)
            options = options.withVariants(
                    variantRate, chosen("orders", "variant", variants, OrderGenerator.Variant.class));
        var generator = new OrderGenerator(options);
        write(
                manifest,
                (out, lines) -> generator.write(
                        out,
                        planted -> lines.println(Json.object()
                                .put("index", planted.index())
                                .put("line", planted.line())
                                .put("order", planted.orderId())
                                .put("kind", name(planted.defect()))
                                .put("rule", planted.defect().rule())
                                .put("pointer", planted.defect().pointer()))));
        return Caravan.OK;
    }

    @Command(
            description =
                    "Clicks of a shop's visitors as JSON Lines: the same bytes for the same options. On request some visitors lie just on one side of a rule.",
            mixinStandardHelpOptions = true)
    int clicks(
            @Option(names = "--count", required = true, description = "How many lines.") long count,
            @Option(
                            names = "--seed",
                            defaultValue = "1",
                            description = "Another seed, other clicks. Default: ${DEFAULT-VALUE}.")
                    long seed,
            @Option(
                            names = "--start",
                            defaultValue = "2025-05-01T00:00:00Z",
                            paramLabel = "TIME",
                            description = "When the first visitor comes. Default: ${DEFAULT-VALUE}.")
                    Instant start,
            @Option(
                            names = "--per-minute",
                            defaultValue = "10000",
                            paramLabel = "N",
                            description = "Clicks a minute of their own time. Default: ${DEFAULT-VALUE}.")
                    int perMinute,
            @Option(
                            names = "--shuffle-seconds",
                            defaultValue = "0",
                            paramLabel = "N",
                            description =
                                    "How much later than it happened a click may come. Default: ${DEFAULT-VALUE}.")
                    int shuffleSeconds,
            @Option(
                            names = "--edges",
                            paramLabel = "KIND[,KIND…]",
                            split = ",",
                            description =
                                    "Plants visitors at the edge of a rule, one every thousand lines: all, or some of the kinds that an unknown one is answered with.")
                    Set<String> edges,
            @Option(
                            names = "--defects",
                            paramLabel = "KIND[,KIND…]",
                            split = ",",
                            description =
                                    "Plants defects: all, or some of the kinds that an unknown one is answered with.")
                    Set<String> defects,
            @Option(
                            names = "--defect-rate",
                            defaultValue = "0.05",
                            paramLabel = "RATE",
                            description =
                                    "With --defects: how many of the other lines are defective, 0 to 1. Default: ${DEFAULT-VALUE}.")
                    double defectRate,
            @Option(
                            names = "--manifest",
                            paramLabel = "FILE",
                            description =
                                    "Writes a JSON object a line for what is planted. Edges: kind, user, session, events, sessions, rule of the alert. Defects: kind, index, rule.")
                    Path manifest)
            throws IOException {
        if (count < 0) throw wrong("clicks", "--count is below zero: " + count);
        if (perMinute < 1) throw wrong("clicks", "--per-minute is below one: " + perMinute);
        if (shuffleSeconds < 0) throw wrong("clicks", "--shuffle-seconds is below zero: " + shuffleSeconds);
        rate("clicks", "--defect-rate", defectRate);
        var options = ClickGenerator.Options.of(count, seed)
                .withStart(start)
                .withPerMinute(perMinute)
                .withShuffle(Duration.ofSeconds(shuffleSeconds));
        if (edges != null) options = options.withEdges(chosen("clicks", "edge", edges, ClickGenerator.Edge.class));
        if (defects != null)
            options = options.withDefects(defectRate, chosen("clicks", "defect", defects, ClickGenerator.Defect.class));
        var generator = new ClickGenerator(options);
        write(
                manifest,
                (out, lines) -> generator.write(
                        out,
                        planted -> lines.println(Json.object()
                                .put("kind", name(planted.edge()))
                                .put("user", planted.user())
                                .put("session", planted.session())
                                .put("events", planted.events())
                                .put("sessions", planted.sessions())
                                .put("rule", planted.rule())),
                        spoilt -> lines.println(Json.object()
                                .put("kind", name(spoilt.defect()))
                                .put("index", spoilt.index())
                                .put("rule", spoilt.defect().rule()))));
        return Caravan.OK;
    }

    @FunctionalInterface
    private interface Generation {
        void into(OutputStream out, PrintWriter manifest) throws IOException;
    }

    /** @param manifest null for none */
    private static void write(Path manifest, Generation generation) throws IOException {
        try (var lines = manifest == null
                ? new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)
                : new PrintWriter(Files.newBufferedWriter(manifest))) {
            // Not System.out: it swallows the failure when nobody reads any more.
            generation.into(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), lines);
        } catch (IOException e) {
            if (!BROKEN_PIPE.equals(e.getMessage())) throw e;
        }
    }

    private void rate(String command, String option, double rate) {
        if (rate < 0 || rate > 1) throw wrong(command, option + " is not between 0 and 1: " + rate);
    }

    private <E extends Enum<E>> Set<E> chosen(String command, String what, Set<String> names, Class<E> kinds) {
        if (names.contains(ALL)) return EnumSet.allOf(kinds);
        var chosen = EnumSet.noneOf(kinds);
        for (var name : names) {
            var known = EnumSet.allOf(kinds).stream()
                    .filter(kind -> name(kind).equals(name))
                    .findFirst();
            chosen.add(known.orElseThrow(() -> wrong(
                    command,
                    "unknown " + what + " \"" + name + "\": use all, or some of " + String.join(", ", names(kinds)))));
        }
        return chosen;
    }

    /** Kinds, as they are written on the command line. */
    private static <E extends Enum<E>> Set<String> names(Class<E> kinds) {
        var names = new TreeSet<String>();
        for (var kind : kinds.getEnumConstants()) names.add(name(kind));
        return names;
    }

    private static String name(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private ParameterException wrong(String command, String message) {
        return new ParameterException(spec.subcommands().getOrDefault(command, new CommandLine(spec)), message);
    }
}
