package dev.caravan.erasure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** Looks for a person in every column of every table, whatever it is for. */
final class ErasureScan {
    /** What is noted of the erasure itself goes with its end. */
    private static final String ITSELF = "erasure";

    private ErasureScan() {}

    private static final int AT_ONCE = 100;

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
        for (int from = 0; from < people.size(); from += AT_ONCE) {
            var some = people.subList(from, Math.min(from + AT_ONCE, people.size()));
            columns(db, List.of("text", "json")).forEach((table, columns) -> columns.stream()
                    .map(column -> new Place(table, column.name(), ids(db, table, column.name(), some)))
                    .filter(place -> !place.ids().isEmpty())
                    .forEach(places::add));
        }
        return places;
    }

    private static Set<String> ids(Handle db, String table, String column, List<Person> people) {
        return db.createQuery("""
                select distinct found[1] from (select cast(<column> as text) as told from <table> where cast(<column> as text) ~ :any) t
                cross join regexp_matches(told, :one, 'g') found""")
                .define("table", table)
                .define("column", column)
                .bind("any", Person.alternatives(people))
                .bind("one", Person.expression(people))
                .mapTo(String.class)
                .set();
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
