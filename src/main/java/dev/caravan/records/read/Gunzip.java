package dev.caravan.records.read;

import dev.caravan.records.CoreRule;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Inflates, also several members in a row, and stops at the limits. Damage shows as {@link DamagedFile}, a failed read as itself. */
final class Gunzip extends InputStream {
    private final Source source;
    private final ReaderLimits limits;
    private GZIPInputStream gzip;
    private long inflated;

    Gunzip(InputStream in, ReaderLimits limits) {
        this.source = new Source(in);
        this.limits = limits;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count;
        try {
            if (gzip == null) gzip = new GZIPInputStream(source, 1 << 16);
            count = gzip.read(into, offset, length);
        } catch (EOFException e) {
            throw new DamagedFile(CoreRule.FILE_TRUNCATED.reason(
                    "the gzip data ends in the middle, after " + inflated + " inflated bytes"));
        } catch (ZipException e) {
            throw new DamagedFile(CoreRule.FILE_CORRUPT.reason(
                    "the gzip data is damaged after " + inflated + " inflated bytes: " + e.getMessage()));
        } catch (FailedRead e) {
            throw e.failure;
        }
        // What fails where another member may begin, GZIPInputStream takes for the end.
        if (count < 0 && source.failed != null) throw source.failed.failure;
        if (count > 0) inflated += count;
        if (inflated > limits.maxInflatedBytes()) {
            throw bomb("more than " + limits.maxInflatedBytes() + " bytes");
        }
        if (inflated > ReaderLimits.RATIO_GRACE_BYTES
                && inflated / Math.max(1, source.count) >= limits.maxInflationRatio()) {
            throw bomb("more than " + limits.maxInflationRatio() + " times its size");
        }
        return count;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    private static DamagedFile bomb(String size) {
        return new DamagedFile(CoreRule.FILE_BOMB.reason("the gzip data grows to " + size));
    }

    /** Counts, tells failed reads from bad data, and answers {@code available} so that GZIPInputStream finds a second member. */
    private static final class Source extends FilterInputStream {
        private final byte[] buffer = new byte[1 << 16];
        private int position;
        private int end;
        private long count;
        private FailedRead failed;

        Source(InputStream in) {
            super(in);
        }

        @Override
        public int available() throws IOException {
            return filled() ? end - position : 0;
        }

        @Override
        public int read() throws IOException {
            return filled() ? buffer[position++] & 0xff : -1;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (!filled()) return -1;
            int taken = Math.min(length, end - position);
            System.arraycopy(buffer, position, into, offset, taken);
            position += taken;
            return taken;
        }

        private boolean filled() throws IOException {
            if (position < end) return true;
            try {
                position = 0;
                end = Math.max(0, in.read(buffer, 0, buffer.length));
                count += end;
                return end > 0;
            } catch (IOException e) {
                failed = new FailedRead(e);
                throw failed;
            }
        }
    }

    private static final class FailedRead extends IOException {
        private final IOException failure;

        FailedRead(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }
}
