package dev.caravan.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.cases.Cases;
import dev.caravan.clickstream.ClickShapes;
import dev.caravan.customers.CustomerShapes;
import dev.caravan.customers.Listing;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.orders.Shapes;
import dev.caravan.products.Decision;
import dev.caravan.products.Normaliser;
import dev.caravan.products.Origin;
import dev.caravan.products.Supplier;
import dev.caravan.products.Suppliers;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.StepShapes;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.Records;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "try",
        description =
                "What would become of each record of FILE, a JSON line a record. Nothing is sent, nothing is written. Exit code 1 when a record is rejected.",
        mixinStandardHelpOptions = true)
final class TryCommand implements Callable<Integer> {
    private static final String CATALOGUE = "catalog/";

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "[PREFIX=]FILE",
            description = "As it would be uploaded; a bare FILE is looked at as if it lay under products/shein/.")
    private String file;

    @Option(
            names = "--with",
            paramLabel = "PREFIX=FILE",
            description =
                    "What is known before: catalog/=FILE has all products that orders and transactions may name. Without it, that is not looked at. May be repeated.")
    private List<String> with = List.of();

    @Option(
            names = "--accept",
            description =
                    "Takes what the cases below routes/ give now as what they are to give: writes their .out.json and .rejected.json. With a FILE, that case only.")
    private boolean accept;

    @Override
    public Integer call() throws IOException {
        if (accept) return accepted();
        if (file == null) throw new BadSettings("say which FILE to try, or --accept for all cases");
        var input = InboxFile.of(file);
        var parts = input.prefix().split("/");
        if (!parts[0].equals("products")) {
            var settings = Settings.ofProcess();
            var shapes = Shapes.load(Folders.routes(settings), settings, Clock.systemUTC());
            if (shapes.takes(parts[0])) return shaped(records(shapes.step(), parts[0], input), order(shapes, parts[0]));
            var customers = CustomerShapes.load(Folders.routes(settings), settings, Clock.systemUTC());
            if (customers.step().takes(parts[0]))
                return shaped(records(customers.step(), parts[0], input), customer(customers, shapes, parts[0]));
            var clicks = ClickShapes.load(Folders.routes(settings), Clock.systemUTC());
            if (clicks.takes(parts[0]))
                return shaped(clicks.read(Files.newInputStream(input.path()), ReaderLimits.DEFAULT), clicks::shape);
        }
        if (!with.isEmpty())
            throw new BadSettings(
                    "--with is for orders/=FILE and transactions/=FILE: products need nothing that is known before");
        var suppliers = Suppliers.load(Folders.routes(Settings.ofProcess()));
        var supplier = parts.length == 2 && parts[0].equals("products")
                ? suppliers.find(parts[1])
                : Optional.<Supplier>empty();
        if (supplier.isEmpty()) {
            print(whole(parts));
            return Caravan.FOUND;
        }
        var normaliser = new Normaliser();
        boolean rejected = false;
        try (var records = new RecordReader(Files.newInputStream(input.path()), ReaderLimits.DEFAULT)) {
            while (records.hasNext()) {
                var record = records.next();
                var origin = new Origin("inbox", input.key(), "1", record.index(), record.sha256());
                var decision = normaliser.normalise(supplier.get(), origin, record);
                rejected |= decision instanceof Decision.Rejected;
                out().println(Cases.line(record, decision));
            }
        }
        out().flush();
        return rejected ? Caravan.FOUND : Caravan.OK;
    }

    private static Records records(StepShapes step, String area, InboxFile input) throws IOException {
        return step.read(area, Files.newInputStream(input.path()), ReaderLimits.DEFAULT);
    }

    /** @param records closed here */
    private int shaped(Records records, Function<SourceRecord, Shaped> decide) throws IOException {
        boolean rejected = false;
        try (records) {
            while (records.hasNext()) {
                var record = records.next();
                var shaped = decide.apply(record);
                rejected |= shaped instanceof Shaped.Rejected;
                out().println(Cases.line(record, shaped));
            }
        }
        out().flush();
        return rejected ? Caravan.FOUND : Caravan.OK;
    }

    private Function<SourceRecord, Shaped> order(Shapes shapes, String area) throws IOException {
        if (with.isEmpty()) return record -> shapes.shape(area, record);
        var products = catalogue(shapes).stream()
                .map(product -> product.path("id").textValue())
                .collect(Collectors.toSet());
        return record -> shapes.shape(area, record, products);
    }

    private Function<SourceRecord, Shaped> customer(CustomerShapes customers, Shapes shapes, String area)
            throws IOException {
        if (with.isEmpty()) return record -> customers.step().shape(area, record);
        var listing = new Listing();
        for (var product : catalogue(shapes)) {
            var id = product.path("id").textValue();
            listing.learn(id);
            // Without a time of its own it would have that of its upload, before what is tried now.
            var asOf = product.has("asOf") ? Instant.parse(product.get("asOf").textValue()) : Instant.EPOCH;
            if (product.has("stock"))
                listing.learn(id, asOf, product.get("stock").longValue());
        }
        return record -> customers.shape(area, record, listing);
    }

    private List<ObjectNode> catalogue(Shapes shapes) throws IOException {
        var products = new ArrayList<ObjectNode>();
        for (var known : with) {
            var file = InboxFile.of(known);
            if (!file.prefix().equals(CATALOGUE))
                throw new BadSettings("--with " + known + " is nothing that orders or transactions need: give "
                        + CATALOGUE + "=FILE");
            products.addAll(shapes.products(Files.newInputStream(file.path()), ReaderLimits.DEFAULT));
        }
        return products;
    }

    /** Nobody takes such files: the upload would be quarantined as one record. */
    private static Decision whole(String[] prefix) {
        var products = prefix[0].equals("products");
        var named = String.join("/", prefix) + "/";
        var name = prefix.length > 1 ? prefix[1] : "";
        return new Decision.Rejected(List.of(new Reason(
                "",
                products ? "unknown-supplier" : "unknown-prefix",
                products
                        ? "no supplier \"" + name + "\": add routes/products/2-normalise/" + name + "/product.jslt"
                        : "no flow takes files under \"" + prefix[0] + "/\"",
                Json.mapper().getNodeFactory().textNode(named))));
    }

    private void print(Decision decision) {
        out().println(Cases.line(new SourceRecord(0, 1, new byte[0], null, SourceRecord.Format.JSON, null), decision));
        out().flush();
    }

    private Integer accepted() throws IOException {
        var routes = Path.of("routes");
        if (!Files.isDirectory(routes))
            throw new BadSettings("no folder routes/ here: --accept writes into it, so run it beside it");
        var changed = file == null
                ? Cases.accept(routes)
                : Cases.accept(
                        routes,
                        routes.toAbsolutePath()
                                .normalize()
                                .relativize(
                                        existing(Path.of(file)).toAbsolutePath().normalize())
                                .toString()
                                .replace('\\', '/'));
        var list = new ArrayList<>(changed);
        list.forEach(path -> out().println("routes/" + path));
        out().println(list.isEmpty() ? "nothing changed" : list.size() + " changed: read them as you would read code");
        return Caravan.OK;
    }

    private static Path existing(Path path) {
        if (!Files.isRegularFile(path)) throw new BadSettings("no file " + path);
        return path;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
