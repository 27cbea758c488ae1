package dev.caravan.archive;

import dev.caravan.reports.QueryFile;
import java.time.LocalDate;
import java.util.List;

/**
 * Rows that analysts read, in a folder a day: {@code parquet/<name>/day=2025-08-28/}.
 *
 * @param name    of its folder, and of its rows in {@code archive.day}
 * @param file    what the one file of a day is called; null when a day has as many as its rows came in
 * @param row     what a row is, in a sentence for the documentation
 * @param dayOf   of what the day is, for the documentation
 * @param columns in the order in which {@link #query} has them, without the day
 */
public record Dataset(String name, String file, String row, String dayOf, List<Column> columns) {
    public Dataset {
        columns = List.copyOf(columns);
    }

    /** The rows of the day {@code :day}, in the order of the file. */
    String query() {
        return QueryFile.of("/archive/" + name + ".sql");
    }

    /** What its table is called in examples: {@code profile_history}. */
    public String table() {
        return name.replace('-', '_');
    }

    /** What lineage calls those who write its days, and its rounds of retention: {@code archive.orders}. */
    public String job() {
        return "archive." + name;
    }

    /** Where the files of all days are: {@code parquet/orders/}. */
    String folder() {
        return "parquet/" + name + "/";
    }

    /** Where the files of a day are: {@code parquet/orders/day=2025-08-28/}. */
    public String folder(LocalDate day) {
        return folder() + "day=" + day + "/";
    }

    /** The one file of a day. */
    public String key(LocalDate day) {
        return folder(day) + file;
    }
}
