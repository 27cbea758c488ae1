package dev.caravan.docs;

import dev.caravan.json.Json;
import dev.caravan.testing.TestState;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What {@code docs/data-model.md} shows of schemas and tables: the files, and the catalogue of a migrated database. */
final class DataModel {
    private final TestState state;

    DataModel(TestState state) {
        this.state = state;
    }

    /** A table with a column of a table. */
    private record Column(String schema, String table, String name, String type, boolean key, boolean points) {}

    /** A foreign key. */
    private record Reference(String schema, String table, String toSchema, String to, String columns) {}

    /** Each JSON Schema, with what it is of. */
    static String schemas() {
        var table = new StringBuilder("| schema | of |\n|---|---|\n");
        for (var file : Repository.files(Path.of("routes"), ".schema.json")) {
            var schema = Json.read(Repository.text(file));
            var path = file.toString().replace('\\', '/');
            table.append("| [%s](../%s) | %s |\n"
                    .formatted(
                            path.substring("routes/".length()),
                            path,
                            schema.path("title").asText().replace("|", "\\|")));
        }
        return table.toString();
    }

    /** A diagram for each schema of the database, of its tables, their columns and foreign keys. */
    String diagrams() {
        var bySchema =
                new TreeMap<String, List<Column>>(columns().stream().collect(Collectors.groupingBy(Column::schema)));
        var references = references();
        var page = new StringBuilder();
        bySchema.forEach((schema, columns) -> {
            page.append(page.isEmpty() ? "" : "\n")
                    .append("### `")
                    .append(schema)
                    .append("`\n\n```mermaid\nerDiagram\n");
            references.stream()
                    .filter(reference -> reference.schema().equals(schema))
                    .forEach(reference -> page.append("  %s ||--o{ %s : \"%s\"\n"
                            .formatted(
                                    reference.toSchema().equals(schema)
                                            ? reference.to()
                                            : reference.toSchema() + "-" + reference.to(),
                                    reference.table(),
                                    reference.columns())));
            byTable(columns).forEach((table, of) -> {
                page.append("  ").append(table).append(" {\n");
                of.forEach(column -> page.append("    %s %s%s\n"
                        .formatted(column.type(), column.name(), column.key() ? " PK" : column.points() ? " FK" : "")));
                page.append("  }\n");
            });
            page.append("```\n");
            var said = new StringBuilder();
            comments().forEach((table, comment) -> {
                if (table.startsWith(schema + ".") && !comment.isEmpty())
                    said.append("- `")
                            .append(table)
                            .append("`: ")
                            .append(comment)
                            .append(".\n");
            });
            if (!said.isEmpty()) page.append("\n").append(said);
        });
        return page.toString();
    }

    /** What the migrations say of a table, by its name with its schema; empty when they say nothing. */
    Map<String, String> comments() {
        var comments = new TreeMap<String, String>();
        state.list(db -> db.createQuery("""
                        select n.nspname || '.' || c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as said
                        from pg_class c join pg_namespace n on n.oid = c.relnamespace
                        where c.relkind in ('r', 'p', 'v') and not c.relispartition and c.relname <> 'caravan_migrations'
                            and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'""")
                .map((row, context) -> comments.put(row.getString("name"), row.getString("said")))
                .list());
        return comments;
    }

    private static Map<String, List<Column>> byTable(List<Column> columns) {
        return new TreeMap<>(columns.stream().collect(Collectors.groupingBy(Column::table)));
    }

    private List<Column> columns() {
        return state.list(db -> db.createQuery("""
                        select n.nspname, c.relname, a.attname, t.typname,
                            exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p' and a.attnum = any(k.conkey)) as key,
                            exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any(k.conkey)) as points
                        from pg_class c join pg_namespace n on n.oid = c.relnamespace
                            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                            join pg_type t on t.oid = a.atttypid
                        where c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'caravan_migrations'
                            and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
                        order by n.nspname, c.relname, a.attnum""")
                .map((row, context) -> new Column(
                        row.getString("nspname"),
                        row.getString("relname"),
                        row.getString("attname"),
                        row.getString("typname").replaceFirst("^_(.+)", "$1[]"),
                        row.getBoolean("key"),
                        row.getBoolean("points")))
                .list());
    }

    private List<Reference> references() {
        return state.list(db -> db.createQuery("""
                        select n.nspname, c.relname, tn.nspname as to_schema, t.relname as to_table,
                            (select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute a
                             where a.attrelid = c.oid and a.attnum = any(k.conkey)) as columns
                        from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
                            join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
                        where k.contype = 'f' and k.conparentid = 0 and not c.relispartition
                        order by n.nspname, c.relname, k.conname""")
                .map((row, context) -> new Reference(
                        row.getString("nspname"),
                        row.getString("relname"),
                        row.getString("to_schema"),
                        row.getString("to_table"),
                        row.getString("columns")))
                .list());
    }
}
