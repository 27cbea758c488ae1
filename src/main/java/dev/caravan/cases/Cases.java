package dev.caravan.cases;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.clickstream.ClickShapes;
import dev.caravan.customers.CustomerShapes;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.orders.Shapes;
import dev.caravan.products.Decision;
import dev.caravan.products.Normaliser;
import dev.caravan.products.Origin;
import dev.caravan.products.Suppliers;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.records.Mapping;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import dev.caravan.records.StepSchema;
import dev.caravan.records.StepShapes;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The samples in the {@code cases/} folders below {@code routes/}, which are tests too: {@code NAME.in.json} (or {@code .in.ndjson},
 * {@code .in.csv}, {@code .in.bytes}) is what comes in, and {@code NAME.out.json} what is made of it, or {@code NAME.rejected.json} the
 * reasons why nothing is.
 *
 * <p>In {@code products/2-normalise/SUPPLIER/cases} the input is a file as that supplier sends it. With one record in it, the expectation
 * is the product or the list of reasons; with more, {@code .out.json} is the list of decisions. So it is in
 * {@code orders/1-receive/VARIANT/cases}, {@code customers/1-receive/VARIANT/cases} and {@code clickstream/1-receive/VARIANT/cases}. In any other
 * step the folder's one
 * {@code .jslt} file maps the input, and its one {@code .schema.json} checks the result, when they exist.
 */
public final class Cases {
    private static final Pattern INPUT = Pattern.compile("(.+)/cases/([^/]+)\\.in\\.(json|ndjson|csv|bytes)");
    private static final String NORMALISE = "products/2-normalise/";
    private static final String CLICKS = "clickstream/1-receive/";

    /**
     * A sample.
     *
     * @param folder the step's or supplier's, below {@code routes/}
     * @param name   what is special about it
     * @param input  path below {@code routes/}
     */
    public record Case(String folder, String name, String input) {
        String output(boolean rejected) {
            return folder + "/cases/" + name + (rejected ? ".rejected.json" : ".out.json");
        }

        @Override
        public String toString() {
            return folder + ": " + name.replace('-', ' ');
        }
    }

    /**
     * What becomes of a sample.
     *
     * @param rejected whether it is refused
     * @param value    what is made of it, or the list of reasons
     */
    public record Outcome(boolean rejected, JsonNode value) {}

    private final RouteFiles files;
    private Suppliers suppliers;
    private List<StepShapes> steps;
    private ClickShapes clicks;

    public Cases(RouteFiles files) {
        this.files = files;
    }

    /** All cases, by path. */
    public List<Case> all() {
        var cases = new ArrayList<Case>();
        for (var path : files.endingWith("")) {
            var match = INPUT.matcher(path);
            if (match.matches()) cases.add(new Case(match.group(1), match.group(2), path));
        }
        return cases;
    }

    /** Expectations that belong to no input: their case was renamed or deleted. */
    public List<String> orphans() {
        var inputs = new TreeSet<String>();
        all().forEach(one -> inputs.add(one.folder() + "/cases/" + one.name()));
        return files.endingWith(".json").stream()
                .filter(path -> path.contains("/cases/"))
                .filter(path -> path.endsWith(".out.json") || path.endsWith(".rejected.json"))
                .filter(path -> !inputs.contains(path.replaceFirst("\\.(out|rejected)\\.json$", "")))
                .toList();
    }

    /**
     * What the files in {@code cases/} expect.
     *
     * @throws BadSettings when they expect nothing, or two things
     */
    public Outcome expected(Case one) {
        boolean out = files.has(one.output(false));
        boolean rejected = files.has(one.output(true));
        if (out == rejected) {
            throw new BadSettings(one.input() + ":1: " + (out ? "expected both as " : "neither ") + one.output(false)
                    + (out ? " and as " : " nor ") + one.output(true) + (out ? "" : " is there")
                    + ": run ./caravan try --accept and read what it writes");
        }
        return new Outcome(rejected, Json.read(files.bytes(one.output(rejected))));
    }

    /** Runs a case with the mappings and schemas as they are. */
    public Outcome run(Case one) {
        var outcome = one.folder().startsWith(NORMALISE)
                ? normalised(one)
                : one.folder().startsWith(CLICKS)
                        ? clicked(one)
                        : step(one).map(shapes -> received(one, shapes)).orElseGet(() -> mapped(one));
        // As it reads when it is written: a number is a number, whatever its Java type.
        return new Outcome(outcome.rejected(), Json.read(Json.bytes(outcome.value())));
    }

    /**
     * Writes what becomes of each case as what is expected of it.
     *
     * @param routes the folder {@code routes/}, to write to
     * @return the paths of the files that changed, below {@code routes}
     */
    public static List<String> accept(Path routes) {
        return accept(routes, null);
    }

    /**
     * As {@link #accept(Path)}, for one case.
     *
     * @param input path of its input below {@code routes}; null for all cases
     * @throws BadSettings when there is no such case
     */
    public static List<String> accept(Path routes, String input) {
        var cases = new Cases(RouteFiles.at("file:" + routes));
        var changed = new ArrayList<String>();
        try {
            var chosen = cases.all().stream()
                    .filter(one -> input == null || one.input().equals(input))
                    .toList();
            if (input != null && chosen.isEmpty())
                throw new BadSettings(input
                        + " is no case: a case lies in a folder cases/ below routes/, and its name ends in .in.json");
            for (var one : chosen) {
                var outcome = cases.run(one);
                var file = routes.resolve(one.output(outcome.rejected()));
                var text = pretty(outcome.value());
                if (Files.deleteIfExists(routes.resolve(one.output(!outcome.rejected()))))
                    changed.add(one.output(!outcome.rejected()));
                if (Files.exists(file) && Files.readString(file).equals(text)) continue;
                Files.writeString(file, text);
                changed.add(one.output(outcome.rejected()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the cases below " + routes, e);
        }
        return changed;
    }

    /** A decision as a line of {@code ./caravan try} shows it. */
    public static ObjectNode line(SourceRecord record, Decision decision) {
        var line = Json.object().put("index", record.index()).put("line", record.line());
        if (decision instanceof Decision.Accepted accepted) {
            line.put("decision", "accept").set("result", accepted.product());
        } else if (decision instanceof Decision.Rejected rejected) {
            line.put("decision", "reject").set("reasons", reasons(rejected.reasons()));
        }
        return line;
    }

    /** As {@link #line(SourceRecord, Decision)}: a warning and what the mapping does not read stand beside the result. */
    public static ObjectNode line(SourceRecord record, Shaped shaped) {
        var line = Json.object().put("index", record.index()).put("line", record.line());
        if (shaped instanceof Shaped.Accepted accepted) {
            var result = accepted.value().deepCopy();
            if (accepted.extras() != null) result.set("extra", accepted.extras());
            if (!accepted.warnings().isEmpty()) result.set("warnings", reasons(accepted.warnings()));
            line.put("decision", "accept").set("result", result);
        } else if (shaped instanceof Shaped.Rejected rejected) {
            line.put("decision", "reject").set("reasons", reasons(rejected.reasons()));
        }
        return line;
    }

    /** The shapes of the step a case belongs to; empty when it is about no variant of one. */
    private Optional<StepShapes> step(Case one) {
        if (steps == null)
            steps = List.of(
                    Shapes.load(files, Settings.of(Map.of()), Clock.systemUTC()).step(),
                    CustomerShapes.load(files, Settings.of(Map.of()), Clock.systemUTC())
                            .step());
        return steps.stream()
                .filter(shapes -> one.folder().startsWith(shapes.step()))
                .findFirst();
    }

    /** Through whichever variant takes the record, as in the route. */
    private Outcome received(Case one, StepShapes shapes) {
        var area = shapes.areaOf(one.folder().substring(shapes.step().length()))
                .orElseThrow(() -> new BadSettings(one.input() + ":1: there is no mapping in this folder"));
        var lines = Json.array();
        try (var records =
                shapes.read(area, new ByteArrayInputStream(files.bytes(one.input())), ReaderLimits.DEFAULT)) {
            while (records.hasNext()) {
                var record = records.next();
                lines.add(line(record, shapes.shape(area, record)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return outcome(lines);
    }

    private Outcome clicked(Case one) {
        if (clicks == null) clicks = ClickShapes.load(files, Clock.systemUTC());
        var lines = Json.array();
        try (var records = clicks.read(new ByteArrayInputStream(files.bytes(one.input())), ReaderLimits.DEFAULT)) {
            while (records.hasNext()) {
                var record = records.next();
                lines.add(line(record, clicks.compared(record)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return outcome(lines);
    }

    private Outcome normalised(Case one) {
        if (suppliers == null) suppliers = Suppliers.load(files);
        var name = one.folder().substring(NORMALISE.length());
        var supplier = suppliers
                .find(name)
                .orElseThrow(() -> new BadSettings(
                        one.input() + ":1: there is no supplier \"" + name + "\": it needs a product.jslt"));
        var normaliser = new Normaliser();
        var lines = Json.array();
        try (var reader = new RecordReader(new ByteArrayInputStream(files.bytes(one.input())), ReaderLimits.DEFAULT)) {
            while (reader.hasNext()) {
                var record = reader.next();
                var origin = new Origin(
                        "inbox",
                        "products/" + name + "/"
                                + one.input().substring(one.input().lastIndexOf('/') + 1),
                        "1",
                        record.index(),
                        record.sha256());
                lines.add(line(record, normaliser.normalise(supplier, origin, record)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return outcome(lines);
    }

    private static Outcome outcome(JsonNode lines) {
        if (lines.size() != 1) return new Outcome(false, lines);
        var line = lines.get(0);
        return line.has("result") ? new Outcome(false, line.get("result")) : new Outcome(true, line.get("reasons"));
    }

    private Outcome mapped(Case one) {
        var input = Json.read(files.bytes(one.input()));
        var mapping = only(one.folder(), ".jslt");
        var schema = only(one.folder(), ".schema.json");
        JsonNode result;
        try {
            result = mapping == null ? input : map(mapping, input);
        } catch (JsltException | BadMessage e) {
            return new Outcome(true, reasons(List.of(new Reason("", "mapping-failed", e.getMessage(), null))));
        }
        var reasons = schema == null
                ? List.<Reason>of()
                : StepSchema.of(files, schema).check(result);
        return reasons.isEmpty() ? new Outcome(false, result) : new Outcome(true, reasons(reasons));
    }

    /** Through the mapping as its step compiles it: the one to Pimcore keeps nulls, which empty fields there. */
    private JsonNode map(String mapping, JsonNode input) {
        return mapping.equals(PimcoreMapping.FILE)
                ? PimcoreMapping.compile(files.bytes(mapping), mapping).apply((ObjectNode) input)
                : Mapping.of(files, mapping).apply(input);
    }

    /** The folder's only file of that kind, schemas of events aside; null when it has none or several. */
    private String only(String folder, String suffix) {
        var found = files.endingWith(suffix).stream()
                .filter(path -> path.startsWith(folder + "/")
                        && !path.endsWith(".event.schema.json")
                        && path.indexOf('/', folder.length() + 1) < 0)
                .toList();
        return found.size() == 1 ? found.get(0) : null;
    }

    private static JsonNode reasons(List<Reason> reasons) {
        var list = Json.array();
        for (var reason : reasons) {
            list.addObject()
                    .put("pointer", reason.pointer())
                    .put("rule", reason.rule())
                    .put("message", reason.message())
                    .set("value", reason.value());
        }
        return list;
    }

    private static String pretty(JsonNode value) {
        var printer = new DefaultPrettyPrinter()
                .withArrayIndenter(new DefaultIndenter("  ", "\n"))
                .withObjectIndenter(new DefaultIndenter("  ", "\n"));
        try {
            return Json.mapper().writer(printer).writeValueAsString(value) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
