package dev.caravan.erasure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Looks for a person in every column of every table, whatever it is for. */
final class ErasureScan {
    /** What is noted of the erasure itself goes with its end. */
    private static final String ITSELF = "erasure";

    private ErasureScan() {}

    private static final int FETCHED = 1000;

    /** @param type {@code text}, {@code json} or {@code bytea} */
    private record Column(String name, String type) {
        /** Condition for having {@code :id}, as a word of its own; looking for it anywhere is a hundred times faster. */
        String has() {
            return switch (type) {
                case "bytea" ->
                    "position(convert_to(:id, 'UTF8') in %1$s) > 0 and encode(%1$s, 'escape') ~ :inText"
                            .formatted(name);
                case "json" ->
                    "position(:id in cast(%1$s as text)) > 0 and cast(%1$s as text) ~ :inJson".formatted(name);
                default -> "position(:id in cast(%1$s as text)) > 0 and cast(%1$s as text) ~ :inText".formatted(name);
            };
        }
    }

    /**
     * A column that has some of the people.
     *
     * @param ids of those in it
     */
    record Place(String table, String column, Set<String> ids) {}

    /**
     * How many rows of each column have the person, by {@code schema.table.column}; empty when nobody is there. Of bytes those that hold the id as
     * it is written; what is packed is its store's to look into.
     */
    static Map<String, Long> find(Handle db, Person person) {
        var found = new TreeMap<String, Long>();
        columns(db, List.of("text", "json", "bytea")).forEach((table, columns) -> {
            var counts = new ArrayList<String>();
            for (var column : columns) counts.add("count(*) filter (where " + column.has() + ")");
            db.createQuery("select " + String.join(", ", counts) + " from " + table)
                    .bind("id", person.id())
                    .bind("inText", person.expression())
                    .bind("inJson", person.expressionInJson())
                    .map((row, context) -> {
                        for (int i = 0; i < columns.size(); i++)
                            if (row.getLong(i + 1) > 0)
                                found.put(table + "." + columns.get(i).name(), row.getLong(i + 1));
                        return found;
                    })
                    .one();
        });
        return found;
    }

    /** Where some of several people are, whose ids are all telling; empty when nobody is anywhere. */
    static List<Place> places(Handle db, List<Person> people) {
        var places = new ArrayList<Place>();
        if (people.isEmpty()) return places;
        var search = new IdSearch(people.stream().map(Person::id).toList());
        columns(db, List.of("text", "json")).forEach((table, columns) -> {
            var found = new TreeMap<String, Set<String>>();
            try (var rows = db.createQuery("select "
                            + columns.stream()
                                    .map(column -> "cast(" + column.name() + " as text)")
                                    .collect(Collectors.joining(", "))
                            + " from " + table)
                    .setFetchSize(FETCHED)
                    .map((row, context) -> {
                        for (int i = 0; i < columns.size(); i++) {
                            var text = row.getBytes(i + 1);
                            if (text == null || !search.isIn(text)) continue;
                            for (var person : people)
                                if (person.mayBeIn(text))
                                    found.computeIfAbsent(columns.get(i).name(), any -> new TreeSet<>())
                                            .add(person.id());
                        }
                        return found;
                    })
                    .iterator()) {
                rows.forEachRemaining(any -> {});
            }
            found.forEach((column, ids) -> places.add(new Place(table, column, ids)));
        });
        return places;
    }

    /** The columns of these types, by table. */
    private static Map<String, List<Column>> columns(Handle db, List<String> types) {
        var tables = new LinkedHashMap<String, List<Column>>();
        db.createQuery("""
                select * from (
                select format('%I.%I', n.nspname, c.relname), format('%I', a.attname),
                       case when t.typname in ('json', 'jsonb') then 'json' when t.typname = 'bytea' then 'bytea'
                            when t.typname in ('text', 'varchar', 'bpchar', '_text') then 'text' end as type, a.attnum
                from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
                where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and n.nspname not in ('pg_catalog', 'information_schema', :itself)
                ) columns where type = any(:types) order by 1, attnum""")
                .bind("itself", ITSELF)
                .bindArray("types", String.class, types)
                .map((row, context) -> tables.computeIfAbsent(row.getString(1), table -> new ArrayList<>())
                        .add(new Column(row.getString(2), row.getString(3))))
                .list();
        return tables;
    }
}
