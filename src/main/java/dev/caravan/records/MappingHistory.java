package dev.caravan.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** The mappings that records of a flow went through, and the fields beyond those a mapping reads: how often they come, so that drift is seen. */
public final class MappingHistory {
    private final String schema;
    private final String counted;
    private final Clock clock;

    /**
     * @param schema  of the tables {@code mapping} and {@code extra}
     * @param counted name of the column of {@code extra} that tells how often
     */
    public MappingHistory(String schema, String counted, Clock clock) {
        this.schema = schema;
        this.counted = counted;
        this.clock = clock;
    }

    /** Fields beyond those that mappings read, by variant and pointer with {@code *} for each position: how many records have them. */
    public static final class Found {
        private final Map<String, Map<String, Long>> byVariant = new TreeMap<>();

        /** Adds those of a record. */
        public void add(Shaped.Accepted accepted) {
            ObjectNode extras = accepted.extras();
            if (extras == null) return;
            var pointers = new HashSet<String>();
            extras.fieldNames().forEachRemaining(name -> pointers.add(name.replaceAll("/[0-9]+(?=/|$)", "/*")));
            pointers.forEach(pointer -> byVariant
                    .computeIfAbsent(accepted.variant().name(), any -> new HashMap<>())
                    .merge(pointer, 1L, Long::sum));
        }
    }

    /** Counts them. */
    public void count(Handle db, Found found) {
        found.byVariant.forEach(
                (variant, pointers) -> new TreeMap<>(pointers).forEach((pointer, records) -> db.createUpdate("""
                        insert into <schema>.extra as known (variant, pointer, <counted>, first_seen, last_seen) values (:variant, :pointer, :records, :now, :now)
                        on conflict (variant, pointer) do update set <counted> = known.<counted> + excluded.<counted>, last_seen = excluded.last_seen""")
                        .define("schema", schema)
                        .define("counted", counted)
                        .bind("variant", variant)
                        .bind("pointer", pointer)
                        .bind("records", records)
                        .bind("now", clock.instant())
                        .execute()));
    }

    /** Keeps the files of a mapping under its hash, once. */
    public void archive(Handle db, Variant variant) {
        var files = Json.object();
        variant.files().forEach((path, content) -> files.put(path, new String(content, StandardCharsets.UTF_8)));
        db.createUpdate("""
                insert into <schema>.mapping (hash, variant, files, archived_at) values (:hash, :variant, cast(:files as jsonb), :now) on conflict do nothing""")
                .define("schema", schema)
                .bind("hash", variant.mappingHash())
                .bind("variant", variant.name())
                .bind("files", files.toString())
                .bind("now", clock.instant())
                .execute();
    }
}
