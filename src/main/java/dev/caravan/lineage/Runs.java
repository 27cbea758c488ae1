package dev.caravan.lineage;

import dev.caravan.archive.Dataset;
import dev.caravan.archive.Datasets;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.uploads.Originals;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineage.InputDataset;
import io.openlineage.client.OpenLineage.LifecycleStateChangeDatasetFacet.LifecycleStateChange;
import io.openlineage.client.OpenLineage.OutputDataset;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineage.RunEvent.EventType;
import io.openlineage.client.OpenLineage.SchemaDatasetFacet;
import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The events of a run: what went in, what came out, how many rows, with which columns. */
public final class Runs {
    private static final URI PRODUCER = URI.create("urn:caravan:runtime");

    /** What uploads become, by flow and first folder; of products the catalogues of others, which are not tables of ours. */
    private static final Map<String, List<String>> TABLES = Map.of(
            "orders/orders", List.of("orders.placed", "orders.line"),
            "orders/catalog", List.of("orders.product"),
            "orders/inventory", List.of("orders.stock"),
            "customers/transactions",
                    List.of("customers.transaction", "customers.item", "customers.profile", "customers.history"),
            "customers/tickets", List.of("customers.ticket", "customers.profile", "customers.history"),
            "clickstream/clicks", List.of("clicks.page", "clicks.session", "clicks.minute"));

    /** Of these a record that is delivered is a row; of the others nobody counts the rows. */
    private static final Set<String> A_ROW_A_RECORD =
            Set.of("orders.placed", "orders.product", "orders.stock", "customers.transaction", "customers.ticket");

    /** What data sets and reports are made of. */
    private static final Map<String, List<String>> SOURCES = Map.of(
            "orders", List.of("orders.placed", "orders.line", "orders.product"),
            "customers",
                    List.of(
                            "customers.transaction",
                            "customers.item",
                            "customers.ticket",
                            "clicks.session",
                            "orders.product"),
            "transactions", List.of("customers.transaction", "customers.item"),
            "tickets", List.of("customers.ticket"),
            "profile-history", List.of("customers.history"),
            "sessions", List.of("clicks.session"),
            "clicks", List.of("clicks.page"));

    private final OpenLineage words = new OpenLineage(PRODUCER);
    private final Ledger ledger;
    private final Places places;

    /**
     * Where things are.
     *
     * @param jobs     namespace of the jobs
     * @param database as a JDBC URL
     * @param archive  bucket
     * @param targets  of products: URLs
     */
    public record Places(String jobs, String database, String archive, List<String> targets) {}

    public Runs(Ledger ledger, Places places) {
        this.ledger = ledger;
        this.places = places;
    }

    /** In the order in which they are to be told. */
    List<RunEvent> events(Handle db, Due due) {
        return switch (due.kind()) {
            case "upload" -> List.of(upload(db, due));
            case "parquet" -> written(db, due, "archive." + due.subject(), List.of(file(db, due)));
            case "clicks" -> written(db, due, "archive.clicks", List.of(clicks(db, due)));
            case "report" -> written(db, due, "reports." + due.subject(), List.of(report(due)));
            case "task-done" -> task(db, due, EventType.COMPLETE);
            case "task-parked" -> task(db, due, EventType.FAIL);
            case "erasure" -> ended(due, "erasure", EventType.COMPLETE, List.of(), erased(db, due));
            case "replay" -> List.of(replay(due, EventType.COMPLETE));
            case "replay-failed" -> List.of(replay(due, EventType.FAIL));
            case "release" -> List.of(release(db, due, EventType.COMPLETE));
            case "release-failed" -> List.of(release(db, due, EventType.FAIL));
            case "retention" -> retention(db, due);
            default -> throw new IllegalStateException("no run of kind " + due.kind() + " is known");
        };
    }

    private RunEvent upload(Handle db, Due due) {
        var upload = ledger.upload(db, UUID.fromString(due.subject()));
        var balance = ledger.balance(db, upload.id());
        var job = balance.flow() + "." + upload.area();
        if (due.ended() == null)
            return event(EventType.START, due.begun(), due.run(), job, List.of(input(upload, null)), List.of());
        var failed = balance.uploadState().equals("parked");
        return event(
                failed ? EventType.FAIL : EventType.COMPLETE,
                due.ended(),
                due.run(),
                job,
                List.of(input(upload, balance.received())),
                outputs(db, balance.flow(), upload.area(), balance.states().getOrDefault(State.DELIVERED, 0L)));
    }

    /** @param records null when they are not counted yet */
    private InputDataset input(Upload upload, Long records) {
        var builder = words.newInputDatasetBuilder();
        if (upload.isObject())
            builder.namespace("s3://" + upload.bucket())
                    .name(upload.key())
                    .facets(words.newDatasetFacetsBuilder()
                            .version(words.newDatasetVersionDatasetFacet(upload.versionId()))
                            .build());
        else builder.namespace(archive()).name(Originals.key(upload.area(), upload.versionId()));
        if (records != null)
            builder.inputFacets(words.newInputDatasetInputFacetsBuilder()
                    .inputStatistics(words.newInputStatisticsInputDatasetFacet(records, upload.size(), 1L))
                    .build());
        return builder.build();
    }

    /** @param delivered null when they are not counted */
    private List<OutputDataset> outputs(Handle db, String flow, String area, Long delivered) {
        if (flow.equals("products"))
            return places.targets().stream()
                    .map(target -> words.newOutputDatasetBuilder()
                            .namespace(target)
                            .name("products")
                            .outputFacets(delivered == null ? null : rows(delivered))
                            .build())
                    .toList();
        return TABLES.getOrDefault(flow + "/" + area, List.of()).stream()
                .map(table -> output(db, table)
                        .outputFacets(delivered != null && A_ROW_A_RECORD.contains(table) ? rows(delivered) : null)
                        .build())
                .toList();
    }

    private List<RunEvent> written(Handle db, Due due, String job, List<OutputDataset> outputs) {
        var inputs = SOURCES.getOrDefault(due.subject(), List.of()).stream()
                .map(table -> table(table).facets(facets(schema(db, table))).build())
                .toList();
        return ended(due, job, EventType.COMPLETE, inputs, outputs);
    }

    /** What its handler did elsewhere nobody knows here. */
    private List<RunEvent> task(Handle db, Due due, EventType how) {
        var input = table("tasks.task").build();
        return db.createQuery("select kind from tasks.task where id = :id")
                .bind("id", due.run())
                .mapTo(String.class)
                .findOne()
                .map(kind -> ended(due, "tasks." + kind, how, List.of(input), List.of()))
                .orElse(List.of());
    }

    /** The stores in which something of the person was looked for. */
    private List<OutputDataset> erased(Handle db, Due due) {
        return db.createQuery("select store from erasure.step where erasure = :id order by at, store")
                .bind("id", UUID.fromString(due.subject()))
                .map((row, context) -> words.newOutputDatasetBuilder()
                        .namespace(places.jobs())
                        .name(row.getString(1))
                        .build())
                .list();
    }

    /** From the letters to the queues they went back to. */
    private RunEvent replay(Due due, EventType how) {
        var queues = due.rows().entrySet().stream()
                .map(queue -> words.newOutputDatasetBuilder()
                        .namespace(places.jobs())
                        .name(queue.getKey())
                        .outputFacets(rows(queue.getValue()))
                        .build())
                .toList();
        return begunOrEnded(due, how, "replay", "dead_letters.letter", queues);
    }

    /** From quarantine to what records of their folders become; how many of them come to rest there is not known yet. */
    private RunEvent release(Handle db, Due due, EventType how) {
        var outputs = due.rows().keySet().stream()
                .map(folder -> folder.split("/", 2))
                .flatMap(folder -> outputs(db, folder[0], folder[1], null).stream())
                .toList();
        return begunOrEnded(due, how, "release", "quarantine.record", outputs);
    }

    /** @param table whose rows are taken, as many as were counted */
    private RunEvent begunOrEnded(Due due, EventType how, String job, String table, List<OutputDataset> outputs) {
        if (due.ended() == null)
            return event(
                    EventType.START,
                    due.begun(),
                    due.run(),
                    job,
                    List.of(table(table).build()),
                    List.of());
        var taken = due.rows().values().stream().mapToLong(Long::longValue).sum();
        return event(how, due.ended(), due.run(), job, List.of(counted(table, taken)), outputs);
    }

    /** Tables, and files that are gone, with how many rows left with them. */
    private List<RunEvent> retention(Handle db, Due due) {
        var inputs = due.rows().entrySet().stream()
                .map(left -> counted(left.getKey(), left.getValue()))
                .toList();
        var outputs = due.rows().keySet().stream()
                .map(place -> isFile(place) ? gone(place) : output(db, place).build())
                .toList();
        return ended(due, "retention." + due.subject(), EventType.COMPLETE, inputs, outputs);
    }

    /** Whether that is a key in the archive, and no table. */
    private static boolean isFile(String place) {
        return place.contains("/");
    }

    private OutputDataset gone(String key) {
        return inArchive(key)
                .facets(words.newDatasetFacetsBuilder()
                        .lifecycleStateChange(
                                words.newLifecycleStateChangeDatasetFacet(LifecycleStateChange.DROP, null))
                        .build())
                .build();
    }

    private InputDataset counted(String place, long rows) {
        var input = isFile(place)
                ? words.newInputDatasetBuilder().namespace(archive()).name(place)
                : table(place);
        return input.inputFacets(words.newInputDatasetInputFacetsBuilder()
                        .inputStatistics(words.newInputStatisticsInputDatasetFacet(rows, null, null))
                        .build())
                .build();
    }

    /** Of a run that is told of once it has ended. */
    private List<RunEvent> ended(
            Due due, String job, EventType how, List<InputDataset> inputs, List<OutputDataset> outputs) {
        return List.of(
                event(EventType.START, due.begun(), due.run(), job, inputs, List.of()),
                event(how, due.ended(), due.run(), job, inputs, outputs));
    }

    private OpenLineage.InputDatasetBuilder table(String table) {
        return words.newInputDatasetBuilder().namespace(server()).name(named(table));
    }

    private OpenLineage.OutputDatasetBuilder output(Handle db, String table) {
        return words.newOutputDatasetBuilder()
                .namespace(server())
                .name(named(table))
                .facets(facets(schema(db, table)));
    }

    private OutputDataset file(Handle db, Due due) {
        var dataset = Datasets.ALL.stream()
                .filter(each -> each.name().equals(due.subject()))
                .findFirst()
                .orElseThrow();
        var rows = db.createQuery("select rows from archive.day where dataset = :dataset and day = :day")
                .bind("dataset", due.subject())
                .bind("day", due.day())
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
        return file(dataset, dataset.key(due.day()), rows);
    }

    private OutputDataset clicks(Handle db, Due due) {
        var clicks = db.createQuery("select clicks from archive.clicks_part where day = :day and first_page = :page")
                .bind("day", due.day())
                .bind("page", due.version())
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
        return file(Datasets.CLICKS, Datasets.CLICKS.folder(due.day()), clicks);
    }

    private OutputDataset file(Dataset dataset, String key, Long rows) {
        var schema = words.newSchemaDatasetFacet(dataset.columns().stream()
                .map(column -> words.newSchemaDatasetFacetFieldsBuilder()
                        .name(column.name())
                        .type(column.kind().inDuckDb())
                        .description(column.what().isEmpty() ? null : column.what())
                        .build())
                .toList());
        return inArchive(key)
                .facets(facets(schema))
                .outputFacets(rows == null ? null : rows(rows))
                .build();
    }

    private OpenLineage.OutputDatasetBuilder inArchive(String key) {
        return words.newOutputDatasetBuilder().namespace(archive()).name(key);
    }

    private String archive() {
        return "s3://" + places.archive();
    }

    private OutputDataset report(Due due) {
        return inArchive("reports/" + due.subject() + "/" + due.day() + "/v" + due.version() + "/report.html")
                .build();
    }

    private RunEvent event(
            EventType type, Instant at, UUID run, String job, List<InputDataset> inputs, List<OutputDataset> outputs) {
        return words.newRunEventBuilder()
                .eventType(type)
                .eventTime(at.atZone(ZoneOffset.UTC))
                .run(words.newRunBuilder().runId(run).build())
                .job(words.newJobBuilder().namespace(places.jobs()).name(job).build())
                .inputs(inputs)
                .outputs(outputs)
                .build();
    }

    private OpenLineage.DatasetFacets facets(SchemaDatasetFacet schema) {
        return words.newDatasetFacetsBuilder().schema(schema).build();
    }

    private OpenLineage.OutputDatasetOutputFacets rows(long rows) {
        return words.newOutputDatasetOutputFacetsBuilder()
                .outputStatistics(words.newOutputStatisticsOutputDatasetFacet(rows, null, null))
                .build();
    }

    /** The columns of a table, as PostgreSQL has them. */
    private SchemaDatasetFacet schema(Handle db, String table) {
        return words.newSchemaDatasetFacet(db.createQuery("""
                select column_name, data_type from information_schema.columns
                where table_schema || '.' || table_name = :table order by ordinal_position""")
                .bind("table", table)
                .map((row, context) -> words.newSchemaDatasetFacetFieldsBuilder()
                        .name(row.getString(1))
                        .type(row.getString(2))
                        .build())
                .list());
    }

    /** As OpenLineage names PostgreSQL: {@code postgres://db.example:5432}. */
    private String server() {
        var uri = database();
        return "postgres://" + uri.getHost() + ":" + (uri.getPort() < 0 ? 5432 : uri.getPort());
    }

    /** {@code caravan.orders.placed}. */
    private String named(String table) {
        return database().getPath().substring(1) + "." + table;
    }

    private URI database() {
        return URI.create(places.database().replaceFirst("^jdbc:", "").replaceFirst("[?].*", ""));
    }
}
