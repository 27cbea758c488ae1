package dev.caravan.archive;

import static org.apache.parquet.schema.LogicalTypeAnnotation.decimalType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import java.util.Locale;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * A column of a data set.
 *
 * @param optional whether it can be null
 * @param what     in words, for the documentation; may be empty
 */
public record Column(String name, Kind kind, boolean optional, String what) {
    /** Digits behind the point of all amounts: no price has more. */
    static final int SCALE = 6;

    /** What a column holds. */
    public enum Kind {
        TEXT("VARCHAR"),
        /** A text that is another one in each row. */
        KEY("VARCHAR"),
        /** Of 32 bits. */
        INTEGER("INTEGER"),
        /** Of 64 bits. */
        BIGINT("BIGINT"),
        BOOLEAN("BOOLEAN"),
        /** In UTC, to the microsecond. */
        MOMENT("TIMESTAMP WITH TIME ZONE"),
        /** What a customer or a tracker measured: no amount that is added up. */
        DOUBLE("DOUBLE"),
        PRICE("DECIMAL(18,6)"),
        /** A price times a million, times ten thousand lines. */
        TOTAL("DECIMAL(28,6)");

        private final String inDuckDb;

        Kind(String inDuckDb) {
            this.inDuckDb = inDuckDb;
        }

        /** The type as DuckDB names it: {@code DECIMAL(18,6)}. */
        public String inDuckDb() {
            return inDuckDb;
        }

        /** Whether it is a text of some kind. */
        public boolean isText() {
            return this == TEXT || this == KEY;
        }
    }

    /** Digits of a price. */
    static final int PRICE_DIGITS = 18;

    /** Digits of a total, and the bytes they take. */
    static final int TOTAL_DIGITS = 28;

    static final int TOTAL_BYTES = 12;

    static Column of(String name, Kind kind, String what) {
        return new Column(name, kind, false, what);
    }

    static Column optional(String name, Kind kind, String what) {
        return new Column(name, kind, true, what);
    }

    /** As Parquet has it. */
    PrimitiveType type() {
        return switch (kind) {
            case TEXT, KEY -> type(BINARY).as(stringType()).named(name);
            case INTEGER -> type(INT32).named(name);
            case BIGINT -> type(INT64).named(name);
            case BOOLEAN -> type(PrimitiveTypeName.BOOLEAN).named(name);
            case DOUBLE -> type(PrimitiveTypeName.DOUBLE).named(name);
            case MOMENT -> type(INT64).as(timestampType(true, TimeUnit.MICROS)).named(name);
            case PRICE -> type(INT64).as(decimalType(SCALE, PRICE_DIGITS)).named(name);
            case TOTAL ->
                type(FIXED_LEN_BYTE_ARRAY)
                        .length(TOTAL_BYTES)
                        .as(decimalType(SCALE, TOTAL_DIGITS))
                        .named(name);
        };
    }

    private Types.PrimitiveBuilder<PrimitiveType> type(PrimitiveTypeName type) {
        return Types.primitive(type, optional ? Repetition.OPTIONAL : Repetition.REQUIRED);
    }

    /** {@code order_id VARCHAR}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s %s", name, kind.inDuckDb);
    }
}
