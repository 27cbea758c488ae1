package dev.caravan.reports;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a row of a report is made of: the orders, transactions, tickets, counts and refusals that bear on it now, each with the record that brought it and the
 * object in which that came, so that the way from a number to the bytes is one request. What its rows say adds up to the report's. Sessions are made of clicks,
 * which are too many to be here: they have neither record nor object, and their clicks are found in the archive.
 */
public final class RecordsBehind {
    private static final Set<String> PARAMETERS = Set.of("name", "date", "from", "to", "limit");

    /** Of each report the folder of its query, and the columns that tell its rows apart; those of orders have a status beside them. */
    private static final Map<String, Source> SOURCES = new TreeMap<>(Map.ofEntries(
            entry(
                    "daily-revenue",
                    new Source("orders", List.of("day", "channel", "country", "state", "currency", "status"))),
            entry("top-products", new Source("orders", List.of("product", "currency", "status"))),
            entry("customers", new Source("orders", List.of("customer", "currency", "status"))),
            entry("bought-together", new Source("orders", List.of("product", "other", "status"))),
            entry("quality", new Source("orders", List.of("day", "outcome"))),
            entry("stock", new Source("orders", List.of("product", "what", "warehouse"))),
            entry("inventory-turnover", new Source("orders", List.of("product", "what", "warehouse", "status"))),
            entry("operations", new Source("orders", List.of("day", "kind", "outcome", "rule"))),
            entry("revenue-by-category", new Source("customers", List.of("category", "currency"))),
            entry("revenue-by-country", new Source("customers", List.of("country", "currency"))),
            entry("top-customers", new Source("customers", List.of("customer", "currency"))),
            entry("support", new Source("customers", List.of("category"))),
            entry("transaction-rules", new Source("customers", List.of("rule", "outcome"))),
            entry("sessions", new Source("customers", List.of("day", "visitor", "anonymous", "converted"))),
            entry("funnel", new Source("clickstream", List.of("day", "stage", "visitor", "anonymous", "through"))),
            entry("late-clicks", new Source("clickstream", List.of("day", "source", "type", "user")))));

    private record Source(String folder, List<String> keys) {}

    private final Database database;

    public RecordsBehind(Database database) {
        this.database = database;
    }

    public void addTo(Api api) {
        api.on("GET", "/api/reports/{name}/records", Role.VIEWER, request -> Answer.ok(find(request)));
    }

    /**
     * The records behind a report, or behind those of its rows that parameters named as its columns choose: {@code channel=web}.
     *
     * @throws Problem when there is none, or a parameter is wrong
     */
    public ObjectNode find(Request request) {
        var name = request.parameters().get("name");
        var source = SOURCES.get(name);
        if (source == null)
            throw new Problem(
                    404,
                    "Not found",
                    "records stand behind " + String.join(", ", SOURCES.keySet()) + ", not behind " + name);
        var chosen = chosen(request, source);
        var asked = Asked.of(request);
        var rows = database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            var query = db.createQuery("""
                    select r.*, u.object_key as "key", u.version_id as "version", ledger.original_key(u.object_key, u.sha256) as raw
                    from (<records>) r left join ledger.upload u on u.id = r.upload
                    where (cast(:from as date) is null or r.day >= :from) and (cast(:to as date) is null or r.day <= :to) <chosen>
                    order by r.day, r.upload, r.index limit :limit""")
                    .define("records", QueryFile.of("/" + source.folder() + "/records/" + name + ".sql"))
                    .define(
                            "chosen",
                            chosen.keySet().stream()
                                    .map(RecordsBehind::condition)
                                    .collect(Collectors.joining(" ")))
                    .bind("from", asked.from())
                    .bind("to", asked.to())
                    .bind("limit", asked.limit());
            chosen.forEach((key, values) -> query.bindArray(key, String.class, values));
            return ReportRows.of(query);
        });
        return json(name, rows);
    }

    /** What is not of an order, such as a count of the stock beside orders, has no status. */
    private static String condition(String key) {
        var column = "r.\"" + key + '"';
        return "and (cast(" + column + " as text) = any(:" + key + ")"
                + (key.equals("status") ? " or " + column + " is null)" : ")");
    }

    /** What rows are to have in some columns; of orders the confirmed ones, when nothing is said. */
    private static Map<String, List<String>> chosen(Request request, Source source) {
        var chosen = new TreeMap<String, List<String>>();
        if (source.keys().contains("status")) chosen.put("status", List.of("confirmed"));
        request.parameters().forEach((key, value) -> {
            if (PARAMETERS.contains(key)) return;
            if (!source.keys().contains(key))
                throw Asked.wrong("there is no parameter " + key + " here: "
                        + Stream.concat(Stream.of("date", "from", "to", "limit"), source.keys().stream())
                                .collect(Collectors.joining(", "))
                        + " are known");
            chosen.put(key, key.equals("status") ? List.of(value.split(",")) : List.of(value));
        });
        return chosen;
    }

    private static ObjectNode json(String name, ReportRows found) {
        var json = Json.object().put("report", name);
        found.columns().forEach(json.putArray("columns")::add);
        var rows = json.putArray("rows");
        for (var values : found.rows()) {
            var row = rows.addObject();
            for (int i = 0; i < found.columns().size(); i++)
                row.set(found.columns().get(i), values.get(i));
        }
        return json;
    }

    /** As the API answers it, to be read. */
    public static ReportTable table(JsonNode found) {
        var columns = found.path("columns").valueStream().map(JsonNode::asText).toList();
        var rows = found.path("rows")
                .valueStream()
                .map(row -> columns.stream()
                        .map(column -> row.path(column).asText(""))
                        .toList())
                .toList();
        return new ReportTable("records behind " + found.path("report").asText(), columns, rows);
    }
}
