package dev.caravan.orders;

import static org.apache.parquet.schema.LogicalTypeAnnotation.decimalType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import java.io.ByteArrayOutputStream;
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
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/** A Parquet file of enriched order lines, written a row at a time: what is in memory is a row group, however long the file gets. */
final class LinesFile implements Closeable {
    /** Bytes before they are compressed. */
    private static final long ROW_GROUP = 16L << 20;

    /** Digits behind the point: no price has more. */
    private static final int SCALE = 6;

    private static final LogicalTypeAnnotation MOMENT = timestampType(true, TimeUnit.MICROS);
    private static final int PRICE_DIGITS = 18;

    /** A price times a million, times ten thousand lines. */
    private static final int TOTAL_DIGITS = 28;

    private static final int TOTAL_BYTES = 12;

    /** Named and ordered as the columns of {@link #QUERY}. */
    private static final MessageType SCHEMA = Types.buildMessage()
            .required(BINARY)
            .as(stringType())
            .named("order_id")
            .required(INT32)
            .named("line")
            .required(INT64)
            .as(MOMENT)
            .named("placed_at")
            .optional(BINARY)
            .as(stringType())
            .named("customer")
            .required(BINARY)
            .as(stringType())
            .named("channel")
            .required(BINARY)
            .as(stringType())
            .named("status")
            .required(BINARY)
            .as(stringType())
            .named("currency")
            .required(BINARY)
            .as(stringType())
            .named("country")
            .required(BINARY)
            .as(stringType())
            .named("state")
            .required(BINARY)
            .as(stringType())
            .named("city")
            .required(INT32)
            .named("order_lines")
            .required(FIXED_LEN_BYTE_ARRAY)
            .length(TOTAL_BYTES)
            .as(decimalType(SCALE, TOTAL_DIGITS))
            .named("order_total")
            .required(BINARY)
            .as(stringType())
            .named("product_id")
            .optional(BINARY)
            .as(stringType())
            .named("category")
            .optional(BINARY)
            .as(stringType())
            .named("brand")
            .optional(INT64)
            .as(decimalType(SCALE, PRICE_DIGITS))
            .named("catalogue_price")
            .optional(INT64)
            .as(MOMENT)
            .named("launched_at")
            .optional(BOOLEAN)
            .named("before_launch")
            .optional(BOOLEAN)
            .named("price_differs")
            .required(INT32)
            .named("quantity")
            .required(INT64)
            .as(decimalType(SCALE, PRICE_DIGITS))
            .named("unit_price")
            .required(FIXED_LEN_BYTE_ARRAY)
            .length(TOTAL_BYTES)
            .as(decimalType(SCALE, TOTAL_DIGITS))
            .named("line_total")
            .named("order_line");

    /** The rows of a day; lines of an order are counted from 1. */
    static final String QUERY = """
            select e.order_id, e.position + 1 as line, e.placed_at, e.customer, e.channel, e.status, e.currency, e.country, e.state, e.city,
                   p.lines as order_lines, p.total as order_total, e.product_id, e.category, e.brand, e.catalogue_price, e.launched_at,
                   e.before_launch, e.price_differs, e.quantity, e.unit_price, e.total as line_total
            from orders.enriched_line e join orders.placed p using (order_id)
            where e.day = cast(:day as date) order by e.placed_at, e.order_id, e.position""";

    private final ParquetWriter<Group> writer;

    /**
     * @param file    is written over when it is there
     * @param version kept in the file as {@code caravan.version}
     */
    LinesFile(Path file, long version) {
        try {
            writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                    .withType(SCHEMA)
                    .withConf(new PlainParquetConfiguration())
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
     * Adds the row on which a result of {@link #QUERY} stands.
     *
     * @throws ArithmeticException when an amount has more digits than its column
     */
    void add(ResultSet row) throws SQLException {
        try {
            writer.write(group(row));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    private static Group group(ResultSet row) throws SQLException {
        var group = new SimpleGroup(SCHEMA);
        for (int field = 0; field < SCHEMA.getFieldCount(); field++) {
            int column = field + 1;
            if (row.getObject(column) == null) continue;
            var type = SCHEMA.getType(field).asPrimitiveType();
            switch (type.getPrimitiveTypeName()) {
                case BINARY -> group.add(field, row.getString(column));
                case BOOLEAN -> group.add(field, row.getBoolean(column));
                case INT32 -> group.add(field, row.getInt(column));
                case INT64 ->
                    group.add(
                            field,
                            type.getLogicalTypeAnnotation().equals(MOMENT)
                                    ? micros(row.getObject(column, OffsetDateTime.class))
                                    : unscaled(row.getBigDecimal(column), PRICE_DIGITS)
                                            .longValueExact());
                case FIXED_LEN_BYTE_ARRAY -> group.add(field, fixed(row.getBigDecimal(column)));
                default -> throw new IllegalStateException("no " + type + " is written");
            }
        }
        return group;
    }

    private static long micros(OffsetDateTime moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment.toInstant());
    }

    private static BigInteger unscaled(BigDecimal number, int digits) {
        var scaled = number.setScale(SCALE, RoundingMode.UNNECESSARY);
        if (scaled.precision() > digits) throw new ArithmeticException(number + " has more than " + digits + " digits");
        return scaled.unscaledValue();
    }

    /** Two's complement, the greatest byte first. */
    private static Binary fixed(BigDecimal number) {
        var bytes = unscaled(number, TOTAL_DIGITS).toByteArray();
        var fixed = new byte[TOTAL_BYTES];
        if (number.signum() < 0) Arrays.fill(fixed, (byte) -1);
        System.arraycopy(bytes, 0, fixed, TOTAL_BYTES - bytes.length, bytes.length);
        return Binary.fromConstantByteArray(fixed);
    }

    /** GZIP by the JDK: everybody reads it, and Parquet's own would ask Hadoop. */
    private static final class Gzip implements CompressionCodecFactory, CompressionCodecFactory.BytesInputCompressor {
        @Override
        public BytesInputCompressor getCompressor(CompressionCodecName codec) {
            return this;
        }

        @Override
        public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
            throw new UnsupportedOperationException("nothing is read");
        }

        @Override
        public BytesInput compress(BytesInput page) throws IOException {
            var compressed = new ByteArrayOutputStream();
            try (var gzip = new GZIPOutputStream(compressed)) {
                page.writeAllTo(gzip);
            }
            return BytesInput.from(compressed);
        }

        @Override
        public CompressionCodecName getCodecName() {
            return CompressionCodecName.GZIP;
        }

        @Override
        public void release() {}
    }
}
