package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;

/**
 * Ids that are looked for in bytes all at once: in one pass, however many there are. Each is known by a hash of its last bytes, as many as the
 * shortest has, which rolls along (R. M. Karp and M. O. Rabin, Efficient randomized pattern-matching algorithms, 1987).
 */
public final class IdSearch {
    private static final int BASE = 31;
    private static final int FETCHED = 100;

    private final Map<Integer, List<byte[]>> byHash = new HashMap<>();
    private final int width;
    private final int leaving;

    /** @param ids at least one, none of them empty */
    public IdSearch(Collection<String> ids) {
        var all = ids.stream().map(id -> id.getBytes(UTF_8)).toList();
        width = all.stream().mapToInt(id -> id.length).min().orElseThrow();
        int power = 1;
        for (int i = 0; i < width; i++) power *= BASE;
        leaving = power;
        for (var id : all) {
            int hash = 0;
            for (int i = id.length - width; i < id.length; i++) hash = hash * BASE + id[i];
            byHash.computeIfAbsent(hash, any -> new ArrayList<>()).add(id);
        }
    }

    /** Whether one of the ids is somewhere in the bytes, be it as a part of another word. */
    public boolean isIn(byte[] bytes) {
        int hash = 0;
        for (int end = 1; end <= bytes.length; end++) {
            hash = hash * BASE + bytes[end - 1];
            if (end > width) hash -= bytes[end - 1 - width] * leaving;
            if (end >= width && byHash.containsKey(hash) && ends(bytes, end, byHash.get(hash))) return true;
        }
        return false;
    }

    /**
     * The first column of those of a query's rows that have one of the ids in another column, of bytes or text and never null. The rows are read
     * as a stream.
     *
     * @param query not asked yet
     */
    public <K> List<K> keys(Query query, Class<K> type) {
        try (var rows = query
                .setFetchSize(FETCHED)
                .map((row, context) -> isIn(row) ? Optional.of(row.getObject(1, type)) : Optional.<K>empty())
                .stream()) {
            return rows.flatMap(Optional::stream).toList();
        }
    }

    private boolean isIn(ResultSet row) throws SQLException {
        for (int column = 2; column <= row.getMetaData().getColumnCount(); column++)
            if (isIn(row.getBytes(column))) return true;
        return false;
    }

    private static boolean ends(byte[] bytes, int end, List<byte[]> ids) {
        for (var id : ids)
            if (end >= id.length && Arrays.equals(bytes, end - id.length, end, id, 0, id.length)) return true;
        return false;
    }
}
