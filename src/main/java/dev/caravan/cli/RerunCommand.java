package dev.caravan.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.Rerun;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.rerun.Comparison;
import dev.caravan.rerun.Past.Span;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "rerun",
        description = {
            "What would have become of past uploads: they go through the routes once more, into a scratch database, and nothing is sent. Exit code 1 when --routes makes a difference.",
            "Works by itself with DATABASE_URL and AWS as the instance has them; it only reads there, and makes its scratch database on the same server."
        },
        mixinStandardHelpOptions = true)
final class RerunCommand implements Callable<Integer> {
    private static final int MOST_SHOWN = 20;

    enum Format {
        TEXT,
        NDJSON
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "T",
            description = "Uploads received at or after this moment, such as 2026-11-21T09:00:00Z.")
    private Instant from;

    @Option(names = "--to", required = true, paramLabel = "T", description = "Uploads received before this moment.")
    private Instant to;

    @Option(
            names = "--routes",
            paramLabel = "DIR",
            description =
                    "A folder like routes/, with changes: each record goes through it and through the routes in force, and what differs is told.")
    private Path routes;

    @Option(names = "--upload", paramLabel = "KEY", description = "Only uploads of this object key.")
    private String key;

    @Option(
            names = "--flow",
            paramLabel = "FLOW",
            description = "products, the only one so far.",
            defaultValue = "products")
    private String flow;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "text (the default): counts and the first differences; ndjson: a line a record with all that became of it, the same bytes for the same routes and past.",
            defaultValue = "TEXT")
    private Format format;

    @Option(names = "--out", paramLabel = "FILE", description = "Where the lines of ndjson go; then text is told, too.")
    private Path out;

    @Override
    public Integer call() {
        if (!flow.equals("products")) throw new BadSettings("there is no flow \"" + flow + "\" to run again: products");
        var span = new Span(from, to, key);
        var environment = DemoEnvironment.unlessDatabaseIn(System.getenv());
        var settings = Settings.ofProcess(environment);
        if (settings.text("database.url").isEmpty())
            throw new BadSettings("set DATABASE_URL to the instance's database, or start ./caravan demo");
        var given = routes == null ? null : RouteFiles.at("file:" + routes);
        var inForce = RouteFiles.at(settings.text("caravan.routes"));
        try (var s3 = S3Access.s3(environment);
                var lines = lines()) {
            var rerun = new Rerun(settings, s3);
            return given == null ? once(rerun, inForce, span, lines) : twice(rerun, inForce, given, span, lines);
        } catch (IOException e) {
            throw new BadSettings("cannot write " + out + ": " + e.getMessage());
        }
    }

    private int once(Rerun rerun, RouteFiles inForce, Span span, OutputStream lines) {
        var decisions = new TreeMap<String, Long>();
        int uploads = rerun.run(inForce, span, result -> {
            write(lines, result);
            decisions.merge(result.path("decision").asText(), 1L, Long::sum);
        });
        if (tells()) {
            print("uploads: %s, records: %s", uploads, sum(decisions));
            decisions.forEach((decision, count) -> print("  %-12s %6s", decision, count));
        }
        return Caravan.OK;
    }

    private int twice(Rerun rerun, RouteFiles inForce, RouteFiles given, Span span, OutputStream lines) {
        var comparison = new Comparison();
        var examples = Json.array();
        int uploads = rerun.compare(inForce, given, span, comparison, line -> {
            write(lines, line);
            if (!line.path("same").asBoolean() && examples.size() < MOST_SHOWN) examples.add(line);
        });
        if (tells()) {
            print("uploads: %s", uploads);
            Differences.print(comparison.summary(), examples, out());
        }
        return comparison.same() ? Caravan.OK : Caravan.FOUND;
    }

    private boolean tells() {
        return format == Format.TEXT || out != null;
    }

    private OutputStream lines() throws IOException {
        if (out != null) return new BufferedOutputStream(Files.newOutputStream(out));
        return format == Format.NDJSON ? new BufferedOutputStream(System.out) : OutputStream.nullOutputStream();
    }

    private static void write(OutputStream lines, ObjectNode line) {
        try {
            lines.write(Json.canonicalBytes(line));
            lines.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private void print(String text, Object... values) {
        out().println(text.formatted(values));
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
