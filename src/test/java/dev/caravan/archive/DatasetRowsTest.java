package dev.caravan.archive;

import static dev.caravan.archive.Column.of;
import static dev.caravan.archive.Column.optional;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.archive.Column.Kind;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetRowsTest {
    private static final Dataset ALL = new Dataset(
            "all",
            "all.parquet",
            "",
            "",
            List.of(
                    of("text", Kind.TEXT, ""),
                    optional("integer", Kind.INTEGER, ""),
                    optional("bigint", Kind.BIGINT, ""),
                    optional("boolean", Kind.BOOLEAN, ""),
                    optional("double", Kind.DOUBLE, ""),
                    optional("moment", Kind.MOMENT, ""),
                    optional("price", Kind.PRICE, ""),
                    optional("total", Kind.TOTAL, "")));

    @TempDir
    private Path folder;

    @Test
    void what_was_written_is_read_in_every_kind_and_null_stays_null() {
        var full = new Object[] {
            "Zoë",
            -7,
            1L << 40,
            true,
            0.1,
            Instant.parse("1969-12-31T23:59:59.999999Z"),
            new BigDecimal("-19.990000"),
            new BigDecimal("-1234567890123456789012.345678")
        };
        var empty = new Object[] {"", null, null, null, null, null, null, null};

        assertThat(read(ALL, write(ALL, full, empty))).containsExactly(full, empty);
    }

    @Test
    void of_a_column_that_was_added_later_older_files_have_nothing() {
        var older = new Dataset("all", "all.parquet", "", "", ALL.columns().subList(0, 2));

        var rows = read(ALL, write(older, new Object[] {"a", 1}));

        assertThat(rows).singleElement().satisfies(row -> assertThat(row).startsWith("a", 1, null));
    }

    @Test
    void rows_of_many_pages_come_in_their_order() {
        var rows = new ArrayList<Object[]>();
        for (int i = 0; i < 50_000; i++) rows.add(new Object[] {"row " + i, i, null, null, null, null, null, null});

        assertThat(read(ALL, write(ALL, rows.toArray(Object[][]::new))))
                .extracting(row -> row[1])
                .isEqualTo(rows.stream().map(row -> row[1]).toList());
    }

    private Path write(Dataset dataset, Object[]... rows) {
        var path = folder.resolve("rows.parquet");
        try (var file = new DatasetFile(dataset, path, 1)) {
            for (var row : rows) file.add(row);
        }
        return path;
    }

    private static List<Object[]> read(Dataset dataset, Path file) {
        var all = new ArrayList<Object[]>();
        try (var rows = new DatasetRows(dataset, file)) {
            for (var row = rows.next(); row.isPresent(); row = rows.next()) all.add(row.get());
        }
        return all;
    }
}
