package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.stack.Cli.Ended;
import dev.caravan.stack.Stack.Writes;
import dev.caravan.testing.Acme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rerun} beside an instance that runs, as an operator calls it. */
@Tag("operate")
class RerunIT {
    private static final String KEY = "products/shein/past.json";
    private static final String SPAN = "--from 2020-01-01T00:00:00Z --to 2100-01-01T00:00:00Z ";

    @TempDir
    private static Path folder;

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start("rerun-it", settings -> settings);
        stack.delivered(KEY, generated(Options.of("shein", 5, 61)));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void the_same_routes_make_the_same_bytes_and_nothing_outside_changes() throws IOException {
        var same = Acme.in(folder.resolve("same")).folder();
        var file = folder.resolve("lines.ndjson");
        stack.quiet();
        var before = state();
        var ended = new ArrayList<Ended>();

        var writes = stack.writesOf(() -> {
            ended.add(rerun(SPAN + "--format ndjson"));
            ended.add(rerun(SPAN + "--format ndjson"));
            ended.add(rerun(SPAN + "--routes " + same + " --out " + file));
        });

        assertThat(ended.get(0).code()).isZero();
        assertThat(ended.get(0).out().lines()).hasSize(5).allSatisfy(line -> {
            assertThat(Json.read(line).path("decision").asText()).isEqualTo("delivered");
            assertThat(Json.read(line).at("/medusa/status").asText()).isEqualTo("published");
        });
        assertThat(ended.get(1).out()).isEqualTo(ended.get(0).out());
        assertThat(ended.get(2).code()).isZero();
        assertThat(ended.get(2).out().lines()).containsExactly("uploads: 1", "records: 5, the same: 5, different: 0");
        assertThat(Files.readAllLines(file)).hasSize(5);
        assertThat(writes).isEqualTo(Writes.NONE);
        assertThat(state()).isEqualTo(before);
        assertThat(scratches()).isEmpty();
    }

    @Test
    void what_a_changed_mapping_changes_is_told_by_record_and_field() throws IOException {
        var changed = Acme.in(folder.resolve("changed"));
        var mapping = changed.folder().resolve("products/2-normalise/shein/product.jslt");
        assertThat(Files.readString(mapping)).contains("\"currency\": $currency");
        changed.edited(
                "products/2-normalise/shein/product.jslt",
                "\"was\": if ($was) text($was)",
                "\"was\": if ($was and $currency != \"SAR\") text($was)");

        var ended = rerun(SPAN + "--upload " + KEY + " --routes " + changed.folder());

        assertThat(ended.code()).as(ended.err()).isEqualTo(1);
        assertThat(ended.out()).contains("/product/variants/*/prices/*/was").contains("gone: \"");
        assertThat(rerun(SPAN + "--upload none --routes " + changed.folder()).code())
                .isZero();
    }

    @Test
    void a_broken_folder_and_a_wrong_time_are_refused() {
        var broken =
                Acme.in(folder.resolve("broken")).edited(Acme.MAPPING, ".number,\n  \"sku\"", "number(,\n  \"sku\"");

        var refused = rerun(SPAN + "--routes " + broken.folder());
        var wrong = rerun("--from yesterday --to 2100-01-01T00:00:00Z");

        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("routes/" + Acme.MAPPING + ":2:");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("yesterday");
    }

    @Test
    void what_a_killed_run_left_goes_with_the_next() throws IOException, InterruptedException {
        var process = process(SPAN);
        patiently().until(() -> !scratches().isEmpty());
        process.destroyForcibly().waitFor();
        var left = scratches();

        patiently()
                .until(() ->
                        rerun(SPAN + "--upload none").code() == 0 && scratches().isEmpty());

        assertThat(left).hasSize(1);
    }

    private static Ended rerun(String arguments) {
        return new Cli(stack.sandbox().environment()).run(("rerun " + arguments).split(" "));
    }

    private static Process process(String arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                CaravanProcess.jar().toString(),
                "rerun"));
        command.addAll(List.of(arguments.split(" ")));
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("killed.log").toFile());
        builder.environment().putAll(stack.sandbox().environment());
        return builder.start();
    }

    /** What lies in every table that work writes, and each version of each object in S3. */
    private static List<String> state() {
        var state = new ArrayList<String>();
        for (var table : List.of(
                "ledger.upload",
                "ledger.entry",
                "journey.hop",
                "quarantine.record",
                "dead_letters.letter",
                "dead_letters.attempt",
                "products.product",
                "products.sku",
                "products.notice",
                "products.mapping",
                "audit.action"))
            state.addAll(column("select '" + table
                    + " ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from "
                    + table + " t"));
        for (var bucket : List.of(
                stack.sandbox().aws().resources().inbox(),
                stack.sandbox().aws().resources().archive()))
            stack
                    .sandbox()
                    .aws()
                    .clients()
                    .s3()
                    .listObjectVersions(request -> request.bucket(bucket))
                    .versions()
                    .stream()
                    .map(version -> bucket + " " + version.key() + " " + version.versionId())
                    .forEach(state::add);
        return state;
    }

    private static List<String> scratches() {
        return column("select datname from pg_database where position('_scratch_' in datname) > 0");
    }

    private static List<String> column(String sql) {
        var values = new ArrayList<String>();
        try (var connection =
                        DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl());
                var rows = connection.createStatement().executeQuery(sql)) {
            while (rows.next()) values.add(rows.getString(1));
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
