package dev.caravan.archive;

import static dev.caravan.archive.Column.Kind.BIGINT;
import static dev.caravan.archive.Column.Kind.KEY;
import static dev.caravan.archive.Column.Kind.MOMENT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** A Parquet file of a data set, written a row at a time: what is in memory is a row group, however long the file gets. */
public final class DatasetFile implements Closeable {
    /** Bytes before they are compressed. */
    private static final long ROW_GROUP = 16L << 20;

    private final List<Column> columns;
    private final ParquetWriter<Object[]> writer;
    private long rows;

    /**
     * @param file    is written over when it is there
     * @param version kept in the file as {@code caravan.version}
     */
    public DatasetFile(Dataset dataset, Path file, long version) {
        columns = dataset.columns();
        try {
            var builder = new Builder(new LocalOutputFile(file), dataset);
            for (var column : columns) {
                var kind = column.kind();
                // Few texts are in any order, so the least and the greatest rule out little.
                // Finding them, byte by byte, took half of the time.
                if (kind.isText()) builder.withStatisticsEnabled(column.name(), false);
                // A dictionary of what hardly comes twice is looked through in vain, and given up in the end.
                if (kind == KEY || kind == MOMENT || kind == BIGINT)
                    builder.withDictionaryEncoding(column.name(), false);
            }
            writer = builder.withConf(new PlainParquetConfiguration())
                    .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                    .withCodecFactory(new Gzip())
                    .withCompressionCodec(CompressionCodecName.GZIP)
                    .withRowGroupSize(ROW_GROUP)
                    .withExtraMetaData(Map.of("caravan.version", String.valueOf(version)))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds a row.
     *
     * @param values in the order of the columns, null for none: text as String, numbers as Integer, Long and Double, amounts as BigDecimal,
     *               moments as Instant
     * @throws ArithmeticException when an amount has more digits than its column
     */
    public void add(Object... values) {
        try {
            writer.write(values);
            rows++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds the row on which a result stands whose columns are in the order of the data set's. */
    void add(ResultSet row) throws SQLException {
        var values = new Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            int column = i + 1;
            Object value =
                    switch (columns.get(i).kind()) {
                        case TEXT, KEY -> row.getString(column);
                        case INTEGER -> row.getInt(column);
                        case BIGINT -> row.getLong(column);
                        case BOOLEAN -> row.getBoolean(column);
                        case DOUBLE -> row.getDouble(column);
                        case MOMENT -> row.getObject(column, OffsetDateTime.class);
                        case PRICE, TOTAL -> row.getBigDecimal(column);
                    };
            // Asked for afterwards: a number that is not there was read as zero.
            if (row.wasNull()) continue;
            values[i] = value instanceof OffsetDateTime moment ? moment.toInstant() : value;
        }
        add(values);
    }

    /** How many there are. */
    public long rows() {
        return rows;
    }

    /** Completes the file: before, it is none. */
    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Builder extends ParquetWriter.Builder<Object[], Builder> {
        private final Dataset dataset;

        Builder(OutputFile file, Dataset dataset) {
            super(file);
            this.dataset = dataset;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<Object[]> getWriteSupport(Configuration hadoop) {
            return new Rows(dataset);
        }

        @Override
        protected WriteSupport<Object[]> getWriteSupport(ParquetConfiguration plain) {
            return new Rows(dataset);
        }
    }

    /**
     * Texts as Parquet takes them, of which most come again and again: a dictionary that is given the same bytes once more need not compare
     * them, one by one, with those it has.
     */
    private static final class Texts {
        private static final int SLOTS = 1 << 12;
        private static final int LONGEST = 100;

        private final String[] texts = new String[SLOTS];
        private final Binary[] binaries = new Binary[SLOTS];

        Binary binary(String text) {
            if (text.length() > LONGEST) return bytes(text);
            int hash = text.hashCode();
            int slot = (hash ^ hash >>> 16) & SLOTS - 1;
            if (!text.equals(texts[slot])) {
                texts[slot] = text;
                binaries[slot] = bytes(text);
            }
            return binaries[slot];
        }

        /** Compared far faster than by Binary.fromString. */
        private static Binary bytes(String text) {
            return Binary.fromConstantByteArray(text.getBytes(UTF_8));
        }
    }

    /** Tells Parquet the values of a row. */
    private static final class Rows extends WriteSupport<Object[]> {
        private final Dataset dataset;
        private final Texts texts = new Texts();
        private RecordConsumer to;

        Rows(Dataset dataset) {
            this.dataset = dataset;
        }

        @Override
        public WriteContext init(Configuration hadoop) {
            return init();
        }

        @Override
        public WriteContext init(ParquetConfiguration plain) {
            return init();
        }

        private WriteContext init() {
            List<Type> types =
                    dataset.columns().stream().<Type>map(Column::type).toList();
            return new WriteContext(new MessageType(dataset.name(), types), Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer consumer) {
            to = consumer;
        }

        @Override
        public void write(Object[] values) {
            to.startMessage();
            for (int i = 0; i < values.length; i++) {
                if (values[i] == null) continue;
                var column = dataset.columns().get(i);
                to.startField(column.name(), i);
                write(column.kind(), values[i]);
                to.endField(column.name(), i);
            }
            to.endMessage();
        }

        private void write(Column.Kind kind, Object value) {
            switch (kind) {
                case TEXT -> to.addBinary(texts.binary((String) value));
                case KEY -> to.addBinary(Texts.bytes((String) value));
                case INTEGER -> to.addInteger((Integer) value);
                case BIGINT -> to.addLong((Long) value);
                case BOOLEAN -> to.addBoolean((Boolean) value);
                case DOUBLE -> to.addDouble((Double) value);
                case MOMENT -> to.addLong(ChronoUnit.MICROS.between(Instant.EPOCH, (Instant) value));
                case PRICE ->
                    to.addLong(unscaled((BigDecimal) value, Column.PRICE_DIGITS).longValueExact());
                case TOTAL -> to.addBinary(fixed((BigDecimal) value));
            }
        }

        private static BigInteger unscaled(BigDecimal number, int digits) {
            var scaled = number.setScale(Column.SCALE, RoundingMode.UNNECESSARY);
            if (scaled.precision() > digits)
                throw new ArithmeticException(number + " has more than " + digits + " digits");
            return scaled.unscaledValue();
        }

        /** Two's complement, the greatest byte first. */
        private static Binary fixed(BigDecimal number) {
            var bytes = unscaled(number, Column.TOTAL_DIGITS).toByteArray();
            var fixed = new byte[Column.TOTAL_BYTES];
            if (number.signum() < 0) Arrays.fill(fixed, (byte) -1);
            System.arraycopy(bytes, 0, fixed, Column.TOTAL_BYTES - bytes.length, bytes.length);
            return Binary.fromConstantByteArray(fixed);
        }
    }
}
