package dev.caravan.records.read;

import dev.caravan.settings.Settings;

/**
 * How much a file may cost.
 *
 * @param maxRecordBytes    a longer record is refused, without being held in memory
 * @param keptBytes         how much of a refused long record is kept to look at
 * @param maxInflatedBytes  gzip: most bytes a file may grow to
 * @param maxInflationRatio gzip: most bytes out for one byte in, once more than {@link #RATIO_GRACE_BYTES} came out
 */
public record ReaderLimits(int maxRecordBytes, int keptBytes, long maxInflatedBytes, int maxInflationRatio) {
    /** Repetitive but honest files reach high ratios at their beginning; below this size the ratio is not looked at. */
    public static final long RATIO_GRACE_BYTES = 16L << 20;

    /** 8 MiB a record, 64 KiB kept, 64 GiB inflated, ratio 300 (deflate cannot exceed about 1,030). */
    public static final ReaderLimits DEFAULT = new ReaderLimits(8 << 20, 64 << 10, 64L << 30, 300);

    public ReaderLimits {
        if (maxRecordBytes < 1 || keptBytes < 0 || maxInflatedBytes < 1 || maxInflationRatio < 1) {
            throw new IllegalArgumentException("limits must be positive: " + maxRecordBytes + ", " + keptBytes + ", "
                    + maxInflatedBytes + ", " + maxInflationRatio);
        }
    }

    /**
     * As they are set.
     *
     * @param maxRecordBytes key of the setting that says how long a record may be
     */
    public static ReaderLimits of(Settings settings, String maxRecordBytes) {
        return new ReaderLimits(
                settings.integer(maxRecordBytes),
                DEFAULT.keptBytes(),
                settings.number("uploads.max-inflated-bytes"),
                DEFAULT.maxInflationRatio());
    }

    public ReaderLimits withMaxInflatedBytes(long bytes) {
        return new ReaderLimits(maxRecordBytes, keptBytes, bytes, maxInflationRatio);
    }

    public ReaderLimits withMaxRecordBytes(int bytes) {
        return new ReaderLimits(bytes, keptBytes, maxInflatedBytes, maxInflationRatio);
    }
}
