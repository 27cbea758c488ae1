package dev.caravan.clickstream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that grow: small numbers take one, each further seven bits another. */
final class PageBytes {
    private byte[] bytes = new byte[256];
    private int length;

    /** A number from zero on. */
    void number(long number) {
        room(10);
        while ((number & ~0x7fL) != 0) {
            bytes[length++] = (byte) (number | 0x80);
            number >>>= 7;
        }
        bytes[length++] = (byte) number;
    }

    /** A number of either sign. */
    void signed(long number) {
        number(number << 1 ^ number >> 63);
    }

    /** Decimals, NaN for none: at most eight. */
    void decimals(double... decimals) {
        room(1 + 8 * decimals.length);
        int told = 0;
        for (int i = 0; i < decimals.length; i++) if (!Double.isNaN(decimals[i])) told |= 1 << i;
        bytes[length++] = (byte) told;
        for (var decimal : decimals) {
            if (Double.isNaN(decimal)) continue;
            long bits = Double.doubleToLongBits(decimal);
            for (int shift = 56; shift >= 0; shift -= 8) bytes[length++] = (byte) (bits >>> shift);
        }
    }

    void text(String text) {
        var encoded = text.getBytes(StandardCharsets.UTF_8);
        number(encoded.length);
        append(encoded, encoded.length);
    }

    /** Their length, and they. */
    void bytes(PageBytes others) {
        number(others.length);
        append(others);
    }

    void append(PageBytes others) {
        append(others.bytes, others.length);
    }

    private void append(byte[] others, int count) {
        room(count);
        System.arraycopy(others, 0, bytes, length, count);
        length += count;
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void room(int more) {
        if (length + more > bytes.length) bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }

    /** Reads what was written, in its order. */
    static final class Reader {
        private final byte[] bytes;
        private int at;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        long number() {
            long number = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = bytes[at++];
                number |= (next & 0x7fL) << shift;
                if (next >= 0) return number;
            }
        }

        long signed() {
            long number = number();
            return number >>> 1 ^ -(number & 1);
        }

        /** NaN for one that was none. */
        double[] decimals(int count) {
            var decimals = new double[count];
            int told = bytes[at++];
            for (int i = 0; i < count; i++) {
                decimals[i] = Double.NaN;
                if ((told & 1 << i) == 0) continue;
                long bits = 0;
                for (int left = 8; left > 0; left--) bits = bits << 8 | bytes[at++] & 0xff;
                decimals[i] = Double.longBitsToDouble(bits);
            }
            return decimals;
        }

        String text() {
            int length = (int) number();
            at += length;
            return new String(bytes, at - length, length, StandardCharsets.UTF_8);
        }

        void skip(int count) {
            at += count;
        }
    }
}
