package dev.caravan.clickstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** Bytes that are written one after the other, numbers in as few as they need. */
final class Bytes {
    private byte[] bytes = new byte[256];
    private int size;

    int size() {
        return size;
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, size);
    }

    Bytes one(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    /** Seven bits a byte, lowest first, as LEB128 has it; best for small numbers that are not negative. */
    Bytes number(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return this;
    }

    /** As {@link #number}, best for small numbers of either sign. */
    Bytes signed(long value) {
        return number(value << 1 ^ value >> 63);
    }

    /** Four bytes. */
    Bytes hash(int value) {
        room(4);
        for (int shift = 24; shift >= 0; shift -= 8) bytes[size++] = (byte) (value >>> shift);
        return this;
    }

    /** Eight bytes. */
    Bytes fixed(long value) {
        return hash((int) (value >>> 32)).hash((int) value);
    }

    Bytes real(double value) {
        return fixed(Double.doubleToRawLongBits(value));
    }

    /** NaN, for none, takes no room of its own; at most eight. */
    Bytes decimals(double... decimals) {
        int told = 0;
        for (int i = 0; i < decimals.length; i++) if (!Double.isNaN(decimals[i])) told |= 1 << i;
        one(told);
        for (var decimal : decimals) if (!Double.isNaN(decimal)) real(decimal);
        return this;
    }

    Bytes text(String text) {
        int length = text.length();
        int begun = size;
        number(length);
        room(length);
        int at = size;
        for (int i = 0; i < length; i++) {
            char letter = text.charAt(i);
            if (letter > 0x7f) {
                size = begun;
                return block(text.getBytes(UTF_8));
            }
            bytes[at + i] = (byte) letter;
        }
        size += length;
        return this;
    }

    /** How many, and they. */
    Bytes block(byte[] block) {
        return number(block.length).append(block, block.length);
    }

    /** As {@link #block(byte[])}. */
    Bytes block(Bytes others) {
        return number(others.size).append(others);
    }

    Bytes append(Bytes others) {
        return append(others.bytes, others.size);
    }

    private Bytes append(byte[] others, int count) {
        return append(others, 0, count);
    }

    /** Some of them. */
    Bytes append(byte[] others, int from, int count) {
        room(count);
        System.arraycopy(others, from, bytes, size, count);
        size += count;
        return this;
    }

    private void room(int more) {
        if (size + more > bytes.length) bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }

    /** Reads what was written, in the same order. */
    static final class Reader {
        private final byte[] bytes;
        private int at;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean hasMore() {
            return at < bytes.length;
        }

        int one() {
            return bytes[at++] & 0xff;
        }

        long number() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = bytes[at++];
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) return value;
            }
        }

        long signed() {
            long value = number();
            return value >>> 1 ^ -(value & 1);
        }

        int hash() {
            int value = 0;
            for (int i = 0; i < 4; i++) value = value << 8 | one();
            return value;
        }

        long fixed() {
            return (long) hash() << 32 | hash() & 0xffffffffL;
        }

        double real() {
            return Double.longBitsToDouble(fixed());
        }

        /** NaN for one that was none. */
        double[] decimals(int count) {
            var decimals = new double[count];
            int told = one();
            for (int i = 0; i < count; i++) decimals[i] = (told & 1 << i) == 0 ? Double.NaN : real();
            return decimals;
        }

        String text() {
            int length = (int) number();
            at += length;
            return new String(bytes, at - length, length, UTF_8);
        }

        /** How many bytes were read. */
        int at() {
            return at;
        }

        void skip(int count) {
            at += count;
        }

        byte[] block() {
            int length = (int) number();
            at += length;
            return Arrays.copyOfRange(bytes, at - length, at);
        }
    }
}
