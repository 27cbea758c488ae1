package dev.caravan.check;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.caravan.cases.Cases;
import dev.caravan.clickstream.ClickRules;
import dev.caravan.clickstream.ClickShapes;
import dev.caravan.customers.CustomerShapes;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.orders.Shapes;
import dev.caravan.orders.WatchRules;
import dev.caravan.products.Suppliers;
import dev.caravan.products.medusa.FieldOwners;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.records.Mapping;
import dev.caravan.records.StepSchema;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.tasks.TaskRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Looks at all that users edit and says what is wrong, without calling anybody. */
public final class Check {
    private static final String ROUTE = ".camel.yaml";

    /** {@code file:line:column: what}, or without column or line, as mistakes in mappings, schemas and suppliers are told. */
    private static final Pattern PLACED =
            Pattern.compile("([\\w./-]+\\.[a-z]+)(?::(\\d+))?(?::(\\d+))?: (.*)", Pattern.DOTALL);

    private static final Pattern JSLT_PLACE =
            Pattern.compile("(.*?)(?: at)? [\\w./-]+:(\\d+):(\\d+)\\)?", Pattern.DOTALL);

    private static final Pattern JSLT_UNKNOWN =
            Pattern.compile("(?i).*no such (function|variable)[: ]*'?([\\w-]+)'?.*", Pattern.DOTALL);
    private static final Pattern JSLT_NAMES = Pattern.compile("(?:def|let)\\s+([\\w-]+)");

    private static final Set<String> MADE_BY_THE_APPLICATION = Set.of("routes", "medusa.authorization");

    private final RouteFiles routes;
    private final RouteFiles kamelets;
    private final Settings settings;
    private final Set<Problem> problems = new TreeSet<>();

    public Check(RouteFiles routes, RouteFiles kamelets, Settings settings) {
        this.routes = routes;
        this.kamelets = kamelets;
        this.settings = settings;
    }

    /**
     * Checks everything.
     *
     * @param complete whether settings that only {@code run} needs must be there
     * @return what is wrong, by file and line; empty when nothing is
     */
    public List<Problem> problems(boolean complete) {
        var sound = withoutCases(complete);
        // A case shows what a change did; with files that cannot be read it would only repeat what is told already.
        if (sound) cases();
        return List.copyOf(problems);
    }

    /** As {@link #problems(boolean)}, but no case is run: what a start has the time for. */
    public List<Problem> quickly(boolean complete) {
        withoutCases(complete);
        return List.copyOf(problems);
    }

    /** Whether there is nothing that the cases would only repeat. */
    private boolean withoutCases(boolean complete) {
        settings(complete);
        routes();
        schemas();
        mappings();
        var sound = problems.isEmpty();
        suppliers();
        return sound;
    }

    private void settings(boolean complete) {
        var beside = Path.of("application.properties");
        for (var flaw : settings.flaws(complete)) {
            problems.add(
                    flaw.environment() || !Files.isRegularFile(beside)
                            ? new Problem("environment", 0, flaw.what())
                            : new Problem("application.properties", line(beside, flaw.key()), flaw.what()));
        }
        for (var key : settings.unknown()) {
            problems.add(new Problem(
                    "application.properties",
                    line(beside, key),
                    "there is no setting \"" + key + "\": " + Names.advice(key, Settings.keys())));
        }
    }

    private static int line(Path file, String key) {
        try {
            if (!Files.isRegularFile(file)) return 1;
            var lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).matches("\\s*" + Pattern.quote(key) + "\\s*[=:].*")) return i + 1;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        return 1;
    }

    private void routes() {
        var schema = DslSchema.get();
        var known = new Kamelets();
        parsed(kamelets, "kamelets/", Kamelets.SUFFIX).forEach(known::add);
        problems.addAll(known.problems(schema));
        var files = parsed(routes, "routes/", ROUTE);
        for (var file : files) {
            if (!file.content().isArray()) problems.add(file.problem("", "not a list: begin with \"- route:\""));
            else problems.addAll(schema.problems(file));
        }
        var placeholders = Settings.keys();
        placeholders.addAll(settings.forCamel().stringPropertyNames());
        placeholders.addAll(MADE_BY_THE_APPLICATION);
        // A file that cannot be read may have whatever another one seems to lack.
        var whole = files.size() == routes.endingWith(ROUTE).size();
        problems.addAll(new Routes(files, known, placeholders, whole).problems());
        for (var path : routes.endingWith(".yaml")) {
            if (path.endsWith(ROUTE)
                    || path.endsWith("/supplier.yaml")
                    || path.endsWith("/variant.yaml")
                    || path.equals(FieldOwners.FILE)
                    || path.equals(WatchRules.FILE)
                    || path.equals(ClickRules.FILE)
                    || path.contains("/cases/")) continue;
            problems.add(new Problem("routes/" + path, 1, "Camel does not see this file: name it *" + ROUTE));
        }
    }

    private List<YamlFile> parsed(RouteFiles files, String folder, String suffix) {
        var parsed = new ArrayList<YamlFile>();
        for (var path : files.endingWith(suffix)) {
            try {
                parsed.add(YamlFile.parse(folder + path, new String(files.bytes(path), StandardCharsets.UTF_8)));
            } catch (YamlFile.Unreadable e) {
                problems.add(e.problem());
            }
        }
        return parsed;
    }

    private void schemas() {
        for (var path : routes.endingWith(".schema.json")) {
            if (path.contains("/cases/") || !isJson(path)) continue;
            refused(path, () -> StepSchema.of(routes, path));
            try {
                problems.addAll(SchemaNames.problems(
                        YamlFile.parse("routes/" + path, new String(routes.bytes(path), StandardCharsets.UTF_8))));
            } catch (YamlFile.Unreadable e) {
                problems.add(e.problem());
            }
        }
        for (var path : routes.endingWith(".json")) {
            if (path.contains("/cases/") && !path.endsWith(".in.json")) isJson(path);
        }
    }

    private boolean isJson(String path) {
        try {
            Json.mapper().readTree(routes.bytes(path));
            return true;
        } catch (JsonProcessingException e) {
            var place = e.getLocation() == null ? JsonLocation.NA : e.getLocation();
            problems.add(new Problem(
                    "routes/" + path,
                    Math.max(1, place.getLineNr()),
                    Math.max(0, place.getColumnNr()),
                    "not JSON: " + e.getOriginalMessage().lines().findFirst().orElse("")
                            + ": check commas, quotes and brackets there"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
        return false;
    }

    private void mappings() {
        for (var path : routes.endingWith(".jslt")) {
            refused(path, () -> {
                if (path.equals(PimcoreMapping.FILE)) PimcoreMapping.compile(routes.bytes(path), path);
                else Mapping.of(routes, path);
            });
            problems.addAll(
                    MappingNames.problems("routes/" + path, new String(routes.bytes(path), StandardCharsets.UTF_8)));
        }
    }

    private void suppliers() {
        refused("products/2-normalise", () -> Suppliers.load(routes));
        refused("orders/1-receive", () -> Shapes.load(routes, settings, Clock.systemUTC()));
        refused("customers/1-receive", () -> CustomerShapes.load(routes, settings, Clock.systemUTC()));
        refused("clickstream/1-receive", () -> ClickShapes.load(routes, Clock.systemUTC()));
        if (routes.has(TaskRules.FILE)) {
            if (isJson(TaskRules.FILE)) refused(TaskRules.FILE, () -> TaskRules.of(routes, kind -> true));
        }
        refused(FieldOwners.FILE, () -> FieldOwners.load(routes));
        refused(WatchRules.FILE, () -> WatchRules.load(routes));
        refused(ClickRules.FILE, () -> ClickRules.load(routes));
    }

    private void cases() {
        var cases = new Cases(routes);
        for (var orphan : cases.orphans())
            problems.add(new Problem(
                    "routes/" + orphan, 1, "there is no case to this expectation: add its .in.json, or delete it"));
        for (var one : cases.all()) {
            refused(one.input(), () -> {
                var expected = cases.expected(one);
                var outcome = cases.run(one);
                if (expected.rejected() != outcome.rejected()) {
                    problems.add(new Problem(
                            "routes/" + one.input(),
                            1,
                            "expected to be " + verdict(expected.rejected()) + ", and is " + verdict(outcome.rejected())
                                    + ": mend the mapping, or run ./caravan try --accept and read what changed"));
                } else if (!expected.value().equals(outcome.value())) {
                    problems.add(different(one, expected, outcome));
                }
            });
        }
    }

    private static String verdict(boolean rejected) {
        return rejected ? "rejected" : "accepted";
    }

    private Problem different(Cases.Case one, Cases.Outcome expected, Cases.Outcome outcome) {
        var path = one.input().replaceFirst("\\.in\\.[a-z]+$", expected.rejected() ? ".rejected.json" : ".out.json");
        var wanted = Arrays.asList(expected.value().toPrettyString().split("\n"));
        var made = Arrays.asList(outcome.value().toPrettyString().split("\n"));
        int line = 0;
        while (line < wanted.size() && line < made.size() && wanted.get(line).equals(made.get(line))) line++;
        var instead = line < made.size() ? made.get(line).strip() : "nothing";
        var there = line < wanted.size() ? wanted.get(line).strip() : "nothing";
        return new Problem(
                "routes/" + path,
                line + 1,
                "expected " + there + ", made " + instead
                        + ": mend the mapping, or run ./caravan try --accept and read what changed");
    }

    private void refused(String path, Runnable work) {
        try {
            work.run();
        } catch (BadSettings | BadMessage e) {
            problems.add(advised(path, placed(path, e.getMessage())));
        }
    }

    private static Problem placed(String path, String message) {
        var match = PLACED.matcher(message);
        if (!match.matches()) return new Problem("routes/" + path, 1, message);
        var file = match.group(1).replaceFirst("^(classpath|file):", "");
        if (match.group(2) != null)
            return new Problem(
                    "routes/" + file.replaceFirst("^routes/", ""),
                    Integer.parseInt(match.group(2)),
                    match.group(3) == null ? 0 : Integer.parseInt(match.group(3)),
                    match.group(4));
        var located = JSLT_PLACE.matcher(match.group(4));
        return located.matches()
                ? new Problem(
                        "routes/" + file,
                        Integer.parseInt(located.group(2)),
                        Integer.parseInt(located.group(3)),
                        located.group(1))
                : new Problem("routes/" + file, 1, match.group(4));
    }

    /** A mapping that calls what it does not define: with the name that was meant. */
    private Problem advised(String path, Problem problem) {
        var unknown = JSLT_UNKNOWN.matcher(problem.what());
        if (!unknown.matches() || !routes.has(path)) return problem;
        var names = JSLT_NAMES
                .matcher(new String(routes.bytes(path), StandardCharsets.UTF_8))
                .results()
                .map(found -> found.group(1))
                .toList();
        return new Problem(
                problem.file(),
                problem.line(),
                problem.column(),
                "there is no " + unknown.group(1) + " " + unknown.group(2) + ": "
                        + Names.advice(unknown.group(2), names));
    }
}
