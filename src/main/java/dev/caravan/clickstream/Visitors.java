package dev.caravan.clickstream;

import java.util.function.Consumer;

/** Visitors of one kind by their id: a hash table with open addressing, which costs no more than a reference or two for each of them. */
final class Visitors {
    private final boolean anonymous;
    private VisitorState[] table = new VisitorState[16];
    private int size;

    Visitors(boolean anonymous) {
        this.anonymous = anonymous;
    }

    int size() {
        return size;
    }

    /** Null when it is not there. */
    VisitorState get(String id) {
        return table[slot(id)];
    }

    /** @param created is told when it was not there */
    VisitorState obtain(String id, Consumer<VisitorState> created) {
        int slot = slot(id);
        var there = table[slot];
        if (there != null) return there;
        var visitor = new VisitorState(anonymous, id);
        table[slot] = visitor;
        if (++size * 3 > table.length * 2) grow();
        created.accept(visitor);
        return visitor;
    }

    void remove(VisitorState visitor) {
        int hole = slot(visitor.id);
        if (table[hole] == null) return;
        size--;
        table[hole] = null;
        // Those behind the hole move up when they would no longer be found.
        for (int next = next(hole); table[next] != null; next = next(next)) {
            int home = home(table[next].id);
            boolean between = hole < next ? home > hole && home <= next : home > hole || home <= next;
            if (!between) {
                table[hole] = table[next];
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
        table = new VisitorState[old.length * 2];
        for (var visitor : old) if (visitor != null) table[slot(visitor.id)] = visitor;
    }

    /** Where it is, or would be. */
    private int slot(String id) {
        int slot = home(id);
        while (table[slot] != null && !table[slot].id.equals(id)) slot = next(slot);
        return slot;
    }

    private int home(String id) {
        // Those of one partition are alike in the low bits.
        int hash = Partitioning.spread(id) * 0x9e3779b9;
        return (hash ^ (hash >>> 15)) & (table.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (table.length - 1);
    }
}
