package dev.caravan.clickstream;

import java.util.function.Consumer;

/**
 * Visitors of one kind by their id: a hash table with open addressing. The hashes stand beside each other, because looking at a visitor who is
 * not the one that is meant costs more than all the rest.
 */
final class Visitors {
    private final boolean anonymous;
    private VisitorState[] table = new VisitorState[16];
    private int[] hashes = new int[16];
    private int size;

    Visitors(boolean anonymous) {
        this.anonymous = anonymous;
    }

    int size() {
        return size;
    }

    /** Null when it is not there. */
    VisitorState get(String id) {
        return table[slot(id, hash(id))];
    }

    /** @param created is told when it was not there */
    VisitorState obtain(String id, Consumer<VisitorState> created) {
        int hash = hash(id);
        int slot = slot(id, hash);
        var there = table[slot];
        if (there != null) return there;
        var visitor = new VisitorState(anonymous, id);
        table[slot] = visitor;
        hashes[slot] = hash;
        if (++size * 2 > table.length) grow();
        created.accept(visitor);
        return visitor;
    }

    void remove(VisitorState visitor) {
        int hole = slot(visitor.id, hash(visitor.id));
        if (table[hole] == null) return;
        size--;
        table[hole] = null;
        // Those behind the hole move up when they would no longer be found.
        for (int next = next(hole); table[next] != null; next = next(next)) {
            int home = hashes[next] & (table.length - 1);
            boolean between = hole < next ? home > hole && home <= next : home > hole || home <= next;
            if (!between) {
                table[hole] = table[next];
                hashes[hole] = hashes[next];
                table[next] = null;
                hole = next;
            }
        }
    }

    void forEach(Consumer<VisitorState> action) {
        for (var visitor : table) if (visitor != null) action.accept(visitor);
    }

    private void grow() {
        var old = table;
        var oldHashes = hashes;
        table = new VisitorState[old.length * 2];
        hashes = new int[table.length];
        for (int i = 0; i < old.length; i++) {
            if (old[i] == null) continue;
            int slot = oldHashes[i] & (table.length - 1);
            while (table[slot] != null) slot = next(slot);
            table[slot] = old[i];
            hashes[slot] = oldHashes[i];
        }
    }

    /** Where it is, or would be. */
    private int slot(String id, int hash) {
        int slot = hash & (table.length - 1);
        while (table[slot] != null && (hashes[slot] != hash || !table[slot].id.equals(id))) slot = next(slot);
        return slot;
    }

    private static int hash(String id) {
        // Those of one partition are alike in the low bits.
        int hash = Partitioning.spread(id) * 0x9e3779b9;
        return hash ^ (hash >>> 15);
    }

    private int next(int slot) {
        return (slot + 1) & (table.length - 1);
    }
}
