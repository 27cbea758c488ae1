package dev.caravan.sandbox.medusa;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Rows by id, oldest first, with indexes. A saved row is never changed: change a copy and save that. */
final class Table<T> {
    private final Map<String, T> rows = new TreeMap<>();
    private final Map<String, Index> indexes = new LinkedHashMap<>();
    private final Function<T, String> id;
    private final Journal journal;

    Table(Journal journal, Function<T, String> id) {
        this.journal = journal;
        this.id = id;
    }

    /** No two rows may share a key; a second one is refused as Medusa does, naming entity and field. The index is named for both. */
    Table<T> unique(String entity, String field, Function<T, Collection<String>> keys) {
        indexes.put(entity + " " + field, new Index(entity, field, keys));
        return this;
    }

    Table<T> indexed(String name, Function<T, Collection<String>> keys) {
        indexes.put(name, new Index(null, name, keys));
        return this;
    }

    /** @throws MedusaError when a unique key belongs to another row */
    void save(T row) {
        indexes.values().forEach(index -> index.check(row));
        replace(id.apply(row), row);
    }

    void remove(String rowId) {
        if (rows.containsKey(rowId)) replace(rowId, null);
    }

    T get(String rowId) {
        return rowId == null ? null : rows.get(rowId);
    }

    boolean has(String rowId) {
        return get(rowId) != null;
    }

    Collection<T> all() {
        return rows.values();
    }

    int size() {
        return rows.size();
    }

    /** Rows with any of these keys in that index, oldest first. */
    List<T> by(String index, Collection<String> keys) {
        var ids = new TreeSet<String>();
        keys.forEach(key -> ids.addAll(indexes.get(index).owners(key)));
        return ids.stream().map(rows::get).toList();
    }

    List<T> by(String index, String key) {
        return by(index, List.of(key));
    }

    private void replace(String rowId, T row) {
        var before = row == null ? rows.remove(rowId) : rows.put(rowId, row);
        for (var index : indexes.values()) index.move(rowId, before, row);
        journal.onRollback(() -> {
            if (before == null) rows.remove(rowId);
            else rows.put(rowId, before);
            for (var index : indexes.values()) index.move(rowId, row, before);
        });
    }

    private final class Index {
        private final String entity;
        private final String field;
        private final Function<T, Collection<String>> keys;
        private final Map<String, Set<String>> owners = new HashMap<>();

        Index(String entity, String field, Function<T, Collection<String>> keys) {
            this.entity = entity;
            this.field = field;
            this.keys = keys;
        }

        Set<String> owners(String key) {
            return owners.getOrDefault(key, Set.of());
        }

        void check(T row) {
            if (entity == null) return;
            var seen = new HashSet<String>();
            for (var key : keys.apply(row)) {
                var others = new ArrayList<>(owners(key));
                others.remove(id.apply(row));
                if (!seen.add(key) || !others.isEmpty()) throw MedusaError.alreadyExists(entity, field, key);
            }
        }

        void move(String rowId, T from, T to) {
            if (from != null) {
                for (var key : keys.apply(from)) {
                    owners.computeIfPresent(key, (k, ids) -> ids.remove(rowId) && ids.isEmpty() ? null : ids);
                }
            }
            if (to != null)
                for (var key : keys.apply(to))
                    owners.computeIfAbsent(key, k -> new HashSet<>(2)).add(rowId);
        }
    }
}
