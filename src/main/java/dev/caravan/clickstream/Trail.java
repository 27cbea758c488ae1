package dev.caravan.clickstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * The clicks of one visitor in the order of their times, in a few arrays: about 30 bytes a click and its id. Event ids are UTF-8, as
 * {@link #id(String)} makes them.
 */
final class Trail {
    /** Cells of a click: time; attributes; hash of the IP address and, in the low half, where the event id stands. */
    private static final int CELLS = 3;
    /** With more clicks, ids are found by a table instead of one after the other. */
    private static final int MOST_WITHOUT_INDEX = 48;

    private static final long[] NO_CELLS = {};
    private static final byte[] NO_IDS = {};

    private long[] cells = NO_CELLS;
    private int size;
    /** Length, then the id, one after the other. */
    private byte[] ids = NO_IDS;

    private int idBytes;
    /** Null as long as no click told one. */
    private double[] cartValues;
    /** Where ids stand, plus one, by their hash with open addressing; null as long as it is not needed. */
    private int[] index;

    static byte[] id(String eventId) {
        return eventId.getBytes(UTF_8);
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long time(int click) {
        return cells[click * CELLS];
    }

    long lastTime() {
        return time(size - 1);
    }

    long attributes(int click) {
        return cells[click * CELLS + 1];
    }

    void setAttributes(int click, long attributes) {
        cells[click * CELLS + 1] = attributes;
    }

    /** Hash of the IP address; 0 when not told. */
    int address(int click) {
        return (int) (cells[click * CELLS + 2] >>> 32);
    }

    private int idAt(int click) {
        return (int) cells[click * CELLS + 2];
    }

    /** NaN when not told. */
    double cartValue(int click) {
        return cartValues == null ? Double.NaN : cartValues[click];
    }

    byte[] idBytes(int click) {
        int at = idAt(click);
        return Arrays.copyOfRange(ids, start(at), end(at));
    }

    String eventId(int click) {
        int at = idAt(click);
        return new String(ids, start(at), end(at) - start(at), UTF_8);
    }

    /** The first click after the time; {@link #size()} when there is none. */
    int after(long time) {
        int low = 0;
        int high = size;
        if (size == 0 || lastTime() <= time) return size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (time(middle) <= time) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /** The first click at or after the time; {@link #size()} when there is none. */
    int from(long time) {
        return time == Long.MIN_VALUE ? 0 : after(time - 1);
    }

    boolean has(byte[] id) {
        if (size <= MOST_WITHOUT_INDEX) return find(id) >= 0;
        if (index == null) index();
        for (int slot = hash(id, 0, id.length) & (index.length - 1);
                index[slot] != 0;
                slot = (slot + 1) & (index.length - 1)) if (isAt(index[slot] - 1, id)) return true;
        return false;
    }

    /** The click with that id; -1 when there is none. */
    int find(byte[] id) {
        for (int click = size - 1; click >= 0; click--) if (isAt(idAt(click), id)) return click;
        return -1;
    }

    /** @return which one it is now; after those of the same time */
    int insert(long time, long attributes, int address, byte[] id, double cartValue) {
        int click = after(time);
        if ((size + 1) * CELLS > cells.length)
            cells = Arrays.copyOf(cells, Math.max(2, size + (size >> 1) + 1) * CELLS);
        if (click < size) System.arraycopy(cells, click * CELLS, cells, (click + 1) * CELLS, (size - click) * CELLS);
        cells[click * CELLS] = time;
        cells[click * CELLS + 1] = attributes;
        cells[click * CELLS + 2] = (long) address << 32 | append(id);
        if (!Double.isNaN(cartValue) || cartValues != null) insertCartValue(click, cartValue);
        size++;
        if (index != null) {
            if (size * 2 > index.length) index();
            else enter(idAt(click));
        }
        return click;
    }

    private void insertCartValue(int click, double cartValue) {
        int capacity = cells.length / CELLS;
        if (cartValues == null) {
            cartValues = new double[capacity];
            Arrays.fill(cartValues, 0, size, Double.NaN);
        } else if (cartValues.length < capacity) {
            cartValues = Arrays.copyOf(cartValues, capacity);
        }
        System.arraycopy(cartValues, click, cartValues, click + 1, size - click);
        cartValues[click] = cartValue;
    }

    void remove(int click) {
        size--;
        System.arraycopy(cells, (click + 1) * CELLS, cells, click * CELLS, (size - click) * CELLS);
        if (cartValues != null) System.arraycopy(cartValues, click + 1, cartValues, click, size - click);
        index = null;
    }

    /** Leaves only the clicks from that one on. */
    void dropBefore(int click) {
        if (click == 0) return;
        var kept = new Trail();
        for (int i = click; i < size; i++) kept.insert(time(i), attributes(i), address(i), idBytes(i), cartValue(i));
        cells = kept.cells;
        size = kept.size;
        ids = kept.ids;
        idBytes = kept.idBytes;
        cartValues = kept.cartValues;
        index = null;
    }

    private int append(byte[] id) {
        int at = idBytes;
        int length = id.length;
        int needed = at + 5 + length;
        if (needed > ids.length)
            ids = Arrays.copyOf(ids, at == 0 ? 2 * (length + 1) : Math.max(needed, at + (at >> 1)));
        while (length > 0x7f) {
            ids[idBytes++] = (byte) (length | 0x80);
            length >>>= 7;
        }
        ids[idBytes++] = (byte) length;
        System.arraycopy(id, 0, ids, idBytes, id.length);
        idBytes += id.length;
        return at;
    }

    /** Where the text of the id begins whose length stands there. */
    private int start(int at) {
        int start = at;
        while (ids[start] < 0) start++;
        return start + 1;
    }

    private int end(int at) {
        int length = 0;
        int shift = 0;
        int next = at;
        for (; ids[next] < 0; next++, shift += 7) length |= (ids[next] & 0x7f) << shift;
        return next + 1 + (length | ids[next] << shift);
    }

    private boolean isAt(int at, byte[] id) {
        // Ids of one shop differ at their ends, mostly.
        int end = end(at);
        int start = start(at);
        return end - start == id.length
                && (id.length == 0 || ids[end - 1] == id[id.length - 1])
                && Arrays.equals(ids, start, end, id, 0, id.length);
    }

    private void index() {
        index = new int[Integer.highestOneBit(size) * 4];
        for (int click = 0; click < size; click++) enter(idAt(click));
    }

    private void enter(int at) {
        int slot = hash(ids, start(at), end(at)) & (index.length - 1);
        while (index[slot] != 0) slot = (slot + 1) & (index.length - 1);
        index[slot] = at + 1;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) hash = 31 * hash + bytes[i];
        hash *= 0x9e3779b9;
        return hash ^ (hash >>> 15);
    }
}
