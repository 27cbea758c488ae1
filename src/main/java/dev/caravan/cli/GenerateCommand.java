package dev.caravan.cli;

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
        synopsisSubcommandLabel = "products")
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
        if (count < 0) throw wrong("--count is below zero: " + count);
        if (skus < 0) throw wrong("--skus is below zero: " + skus);
        if (rate < 0 || rate > 1) throw wrong("--defect-rate is not between 0 and 1: " + rate);
        var options = Options.of(supplier, count, seed)
                .withLayout(layout)
                .withPriceChangeOf(priceChangeOf)
                .withSkus(skus);
        if (defects != null) options = options.withDefects(rate, kinds(defects));
        if (reordered) options = options.withOtherOrderAndSpacing();
        var generator = new ProductGenerator(options);
        try (var planted = manifest == null
                ? new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)
                : new PrintWriter(Files.newBufferedWriter(manifest))) {
            // Not System.out: it swallows the failure when nobody reads any more.
            generator.write(
                    new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                    defect -> planted.println(defect.index() + " " + name(defect.defect()) + " "
                            + defect.defect().rule()));
        } catch (IOException e) {
            if (!BROKEN_PIPE.equals(e.getMessage())) throw e;
        }
        return Caravan.OK;
    }

    private Set<Defect> kinds(Set<String> names) {
        if (names.contains(ALL)) return EnumSet.allOf(Defect.class);
        var kinds = EnumSet.noneOf(Defect.class);
        for (var name : names) {
            var known = EnumSet.allOf(Defect.class).stream()
                    .filter(defect -> name(defect).equals(name))
                    .findFirst();
            kinds.add(known.orElseThrow(
                    () -> wrong("unknown defect \"" + name + "\": use all, or some of " + String.join(", ", names()))));
        }
        return kinds;
    }

    /** The kinds of defects, as they are written on the command line. */
    static Set<String> names() {
        var names = new TreeSet<String>();
        for (var defect : Defect.values()) names.add(name(defect));
        return names;
    }

    private static String name(Defect defect) {
        return defect.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.subcommands().getOrDefault("products", new CommandLine(spec)), message);
    }
}
