package dev.caravan.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.LocalInputFile;

/** Reads what {@link DatasetFile} has written, a row at a time: what is in memory is a row group. */
public final class DatasetRows implements Closeable {
    private final Dataset dataset;
    private final ParquetReader<Group> reader;

    public DatasetRows(Dataset dataset, Path file) {
        this.dataset = dataset;
        try {
            reader = new Builder(file).withCodecFactory(new Gzip()).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next row, as {@link DatasetFile#add} takes it; of a column that was added later it has none. Empty after the last. */
    public Optional<Object[]> next() {
        try {
            return Optional.ofNullable(reader.read()).map(this::values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Object[] values(Group row) {
        var values = new Object[dataset.columns().size()];
        for (int i = 0; i < values.length; i++) {
            var column = dataset.columns().get(i);
            boolean there =
                    row.getType().containsField(column.name()) && row.getFieldRepetitionCount(column.name()) > 0;
            if (there) values[i] = value(row, column);
        }
        return values;
    }

    private static Object value(Group row, Column column) {
        var name = column.name();
        return switch (column.kind()) {
            case TEXT, KEY -> row.getString(name, 0);
            case INTEGER -> row.getInteger(name, 0);
            case BIGINT -> row.getLong(name, 0);
            case BOOLEAN -> row.getBoolean(name, 0);
            case DOUBLE -> row.getDouble(name, 0);
            case MOMENT -> Instant.EPOCH.plus(row.getLong(name, 0), ChronoUnit.MICROS);
            case PRICE -> BigDecimal.valueOf(row.getLong(name, 0), Column.SCALE);
            case TOTAL -> new BigDecimal(new BigInteger(row.getBinary(name, 0).getBytes()), Column.SCALE);
        };
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Builder extends ParquetReader.Builder<Group> {
        Builder(Path file) {
            super(new LocalInputFile(file), new PlainParquetConfiguration());
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }
}
