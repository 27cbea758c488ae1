package dev.caravan.docs;

import dev.caravan.archive.Column;
import dev.caravan.archive.Dataset;
import dev.caravan.archive.Datasets;
import java.util.stream.Collectors;

/** What the page about the archive says of the data sets: their columns, and how Athena is told of them. */
final class ArchiveTables {
    private ArchiveTables() {}

    /** A heading, a sentence and a table for each. */
    static String columns() {
        return Datasets.ALL.stream().map(ArchiveTables::columns).collect(Collectors.joining());
    }

    private static String columns(Dataset dataset) {
        var text = new StringBuilder("\n### `%s`\n\n%s\n\n| column | type | what |\n|---|---|---|\n"
                .formatted(dataset.name(), dataset.row()));
        text.append(row("day", "DATE", dataset.dayOf() + "; from the folder's name"));
        for (var column : dataset.columns())
            text.append(row(column.name(), column.kind().inDuckDb(), column.what()));
        return text.append('\n').toString();
    }

    private static String row(String name, String type, String what) {
        return "| `%s` | %s |%s |\n".formatted(name, type, what.isEmpty() ? "" : " " + what);
    }

    /** Statements that make the tables. Folders of days are found by their names, which Athena calls projection. */
    static String athena() {
        return "```\n" + Datasets.ALL.stream().map(ArchiveTables::table).collect(Collectors.joining("\n")) + "```\n";
    }

    private static String table(Dataset dataset) {
        var columns = dataset.columns().stream()
                .map(column -> "`%s` %s".formatted(column.name(), inAthena(column.kind())))
                .collect(Collectors.joining(", "));
        return """
                create external table %s (%s)
                partitioned by (`day` date) stored as parquet location 's3://caravan-archive/parquet/%s/'
                tblproperties ('projection.enabled' = 'true', 'projection.day.type' = 'date', 'projection.day.format' = 'yyyy-MM-dd', 'projection.day.range' = '2010-01-01,NOW');
                """.formatted(dataset.table(), columns, dataset.name());
    }

    private static String inAthena(Column.Kind kind) {
        return switch (kind) {
            case TEXT, KEY -> "string";
            case INTEGER -> "int";
            case BIGINT -> "bigint";
            case BOOLEAN -> "boolean";
            case MOMENT -> "timestamp";
            case DOUBLE -> "double";
            case PRICE -> "decimal(18,6)";
            case TOTAL -> "decimal(28,6)";
        };
    }
}
