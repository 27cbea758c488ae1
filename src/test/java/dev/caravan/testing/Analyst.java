package dev.caravan.testing;

import dev.caravan.archive.Dataset;
import dev.caravan.archive.Datasets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Somebody who reads the archive with DuckDB, which shares nothing with what wrote it. */
public final class Analyst {
    private static final Path DOCS = Path.of("docs/archive.md");

    private final S3Client s3;
    private final String bucket;
    private final Path folder;

    /** @param folder for copies */
    public Analyst(S3Client s3, String bucket, Path folder) {
        this.s3 = s3;
        this.bucket = bucket;
        this.folder = folder;
    }

    /** What is in the archive, in the order of names. */
    public List<String> keys() {
        return s3.listObjectsV2Paginator(request -> request.bucket(bucket)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** What a query over the data sets, each a table of its name, says now: each value as text. */
    public List<List<String>> read(String sql) {
        try {
            var copy = Files.createTempDirectory(folder, "archive");
            for (var key : keys()) {
                var file = copy.resolve(key);
                Files.createDirectories(file.getParent());
                s3.getObject(request -> request.bucket(bucket).key(key), file);
            }
            var views = new ArrayList<String>();
            for (var dataset : Datasets.ALL)
                if (Files.exists(copy.resolve("parquet").resolve(dataset.name())))
                    views.add("create view " + dataset.table() + " as select * from read_parquet('" + copy + "/parquet/"
                            + dataset.name() + "/*/*.parquet', hive_partitioning = true)");
            return rows("jdbc:duckdb:", views, sql);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The columns of a data set as DuckDB sees them, in order: {@code order_id VARCHAR}. */
    public List<String> columns(Dataset dataset) {
        return read("select column_name || ' ' || column_type from (describe " + dataset.table() + ")").stream()
                .map(row -> row.get(0))
                .toList();
    }

    /** What the documentation's example query about a data set says: the one that reads from its table first. */
    public List<List<String>> example(Dataset dataset) {
        return example("((?:(?!```).)*?\nfrom " + dataset.table() + "\\b.*?)");
    }

    /** What the documentation's example query says that tells the clicks behind each visit. */
    public List<List<String>> clicksBehindSessions() {
        return example("(with told as.*?)");
    }

    private List<List<String>> example(String query) {
        try {
            var example = Pattern.compile("```sql\n" + query + ";?\n```", Pattern.DOTALL)
                    .matcher(Files.readString(DOCS));
            if (!example.find()) throw new AssertionError(DOCS + " has no query such as " + query);
            return read(example.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows of a query, each value as text. */
    public static List<List<String>> rows(String url, List<String> before, String sql) {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            for (var first : before) statement.execute(first);
            var rows = new ArrayList<List<String>>();
            try (var result = statement.executeQuery(sql)) {
                while (result.next()) {
                    var row = new ArrayList<String>();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) row.add(result.getString(i));
                    rows.add(row);
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
