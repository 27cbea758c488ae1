package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The rules that hold for every supplier and no schema can express: what can be wrong with a file or a record before its meaning is
 * looked at, and with a product as a whole. All other rules stand in the schemas, beside the constraint they name.
 */
public enum CoreRule {
    FILE_UNREADABLE(
            "file-unreadable",
            "The file, or what follows its last record, is in no format we read: JSON array, JSON objects, NDJSON, CSV with a header row, each also with gzip."),
    FILE_TRUNCATED(
            "file-truncated",
            "The file ends inside a record or before its closing bracket. The records before the break are good."),
    FILE_CORRUPT("file-corrupt", "The gzip data is damaged. The records before the damage are good."),
    FILE_BOMB("file-bomb", "The gzip data grows beyond the limits for size or ratio."),
    RECORD_TOO_LARGE(
            "record-too-large", "The record is larger than the limit for one record. Only its beginning is kept."),
    RECORD_TOO_DEEP("record-too-deep", "The record nests deeper than 64 levels."),
    RECORD_MALFORMED("record-malformed", "The record is not one JSON value."),
    RECORD_DUPLICATE_KEY(
            "record-duplicate-key",
            "An object in the record has the same key twice, so nobody can tell which value is meant."),
    RECORD_NOT_UTF8("record-not-utf8", "The record has bytes that are not UTF-8."),
    CSV_COLUMNS("csv-columns", "The row has more or fewer cells than the header row."),
    CSV_QUOTES("csv-quotes", "A quoted cell of the row has no closing quote, or text behind it."),
    RECORD_SHAPE("record-shape", "The record breaks its supplier's schema in a place that has no rule of its own."),
    MAPPING_FAILED(
            "mapping-failed",
            "The supplier's mapping failed on the record, or made no object of it. The mapping has to be repaired."),
    PRODUCT_SHAPE(
            "product-shape",
            "The mapped product breaks product.schema.json in a place that has no rule of its own. The mapping has to be repaired."),
    TEXT_BROKEN(
            "text-broken",
            "A text has half a character in it (an unpaired surrogate), which cannot be stored or sent."),
    OPTION_MISSING(
            "option-missing",
            "A SKU has no value for an option that other SKUs of the product have, so that nobody could choose it."),
    URL_UNUSABLE(
            "url-unusable",
            "An image's address is no absolute web address. The product is accepted without that image.");

    private final String id;
    private final String meaning;

    CoreRule(String id, String meaning) {
        this.id = id;
        this.meaning = meaning;
    }

    /** Whether breaking it leaves the record accepted. */
    public boolean isWarning() {
        return this == URL_UNUSABLE;
    }

    /** The stable id, as in {@code docs/rules.md}. */
    public String id() {
        return id;
    }

    /** One or two sentences for {@code docs/rules.md}. */
    public String meaning() {
        return meaning;
    }

    public Reason reason(String message) {
        return reason("", message, "");
    }

    /**
     * @param pointer where in the record, or empty
     * @param message one sentence
     * @param value   the text that stands there; cut when long
     */
    public Reason reason(String pointer, String message, String value) {
        return new Reason(pointer, id, message, value.isEmpty() ? null : Shown.text(value));
    }

    /** As {@link #reason(String, String, String)}, with any value. */
    public Reason reason(String pointer, String message, JsonNode value) {
        return new Reason(pointer, id, message, Shown.value(value));
    }

    /** For the record as a whole; bytes that are not UTF-8 show as U+FFFD. */
    public Reason reason(String message, byte[] bytes) {
        return reason("", message, Shown.bytes(bytes));
    }
}
