package dev.caravan.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Looks for words in all that is kept: each column of each table, each object with all its versions, packed or not, Parquet as its rows. */
public final class Places {
    private static final String COLUMNS = """
            select format('%I.%I', n.nspname, c.relname), a.attname, t.typname = 'bytea'
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
            where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and n.nspname not in ('pg_catalog', 'information_schema')""";

    private final List<String> words;

    private Places(List<String> words) {
        this.words = words;
    }

    /**
     * Where any of the words is.
     *
     * @return {@code schema.table.column} and {@code bucket/folder}, of Parquet with the data set, in order; empty when none is anywhere
     */
    public static Set<String> of(List<String> words, Connection database, S3Client s3, List<String> buckets)
            throws SQLException {
        var places = new Places(words);
        var found = new TreeSet<String>();
        places.inTables(database, found);
        for (var bucket : buckets) places.inObjects(s3, bucket, found);
        return found;
    }

    private void inTables(Connection database, Set<String> found) throws SQLException {
        try (var statement = database.createStatement();
                var columns = statement.executeQuery(COLUMNS)) {
            while (columns.next()) {
                var column = '"' + columns.getString(2) + '"';
                var value = columns.getBoolean(3) ? column : "convert_to(cast(" + column + " as text), 'UTF8')";
                if (isInColumn(database, columns.getString(1), column, value))
                    found.add(columns.getString(1) + "." + columns.getString(2));
            }
        }
    }

    private boolean isInColumn(Connection database, String table, String column, String value) throws SQLException {
        try (var statement = database.createStatement();
                var rows = statement.executeQuery(
                        "select " + value + " from " + table + " where " + column + " is not null")) {
            while (rows.next()) if (isIn(rows.getBytes(1))) return true;
            return false;
        }
    }

    private void inObjects(S3Client s3, String bucket, Set<String> found) {
        for (var version : s3.listObjectVersionsPaginator(request -> request.bucket(bucket))
                .versions()) {
            if (isIn(version.key().getBytes(UTF_8)) || isIn(content(s3, bucket, version)))
                found.add(bucket + "/" + folder(version.key()));
        }
    }

    /** Nothing of what was deleted after it had been listed. */
    private static byte[] content(S3Client s3, String bucket, ObjectVersion version) {
        try {
            var bytes = s3.getObjectAsBytes(
                            request -> request.bucket(bucket).key(version.key()).versionId(version.versionId()))
                    .asByteArray();
            return version.key().endsWith(".parquet") ? rows(bytes).getBytes(UTF_8) : bytes;
        } catch (S3Exception e) {
            if (e.statusCode() != 404) throw e;
            return new byte[0];
        }
    }

    /** Of Parquet with the data set. */
    public static String folder(String key) {
        var parts = key.split("/");
        return key.startsWith("parquet/") ? parts[0] + "/" + parts[1] : parts[0];
    }

    private boolean isIn(byte[] bytes) {
        var text = new String(unpacked(bytes), UTF_8);
        return words.stream().anyMatch(text::contains);
    }

    private static byte[] unpacked(byte[] bytes) {
        if (bytes.length < 2 || bytes[0] != 0x1f || (bytes[1] & 0xff) != 0x8b) return bytes;
        try (var in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String rows(byte[] parquet) {
        return String.join("\n", query(parquet, "cast(t as text)", "true"));
    }

    /**
     * Asks a Parquet file.
     *
     * @param what  an SQL expression over its columns, the row being {@code t}
     * @param where a condition
     */
    public static List<String> query(byte[] parquet, String what, String where) {
        try {
            var file = Files.createTempFile("places", ".parquet");
            Files.write(file, parquet);
            var rows = new ArrayList<String>();
            try (var duck = DriverManager.getConnection("jdbc:duckdb:");
                    var statement = duck.createStatement();
                    var row = statement.executeQuery(
                            "select " + what + " from read_parquet('" + file + "') t where " + where)) {
                while (row.next()) rows.add(row.getString(1));
            }
            Files.delete(file);
            return rows;
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
