package dev.caravan.erasure;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** A store that tells of people in texts only, which stay without them. */
public final class ErasableTexts implements Erasable {
    private final String store;
    private final Map<String, List<String>> texts;
    private final Map<String, List<String>> documents;

    /**
     * @param texts     columns that are texts, by table
     * @param documents columns that are JSON, by table
     */
    public ErasableTexts(String store, Map<String, List<String>> texts, Map<String, List<String>> documents) {
        this.store = store;
        this.texts = Map.copyOf(texts);
        this.documents = Map.copyOf(documents);
    }

    @Override
    public String store() {
        return store;
    }

    @Override
    public Erased erase(Handle db, Person person) {
        var found = new HashMap<String, Long>();
        texts.forEach((table, columns) ->
                columns.forEach(column -> replace(db, table, column, person, person.expression(), found)));
        documents.forEach((table, columns) ->
                columns.forEach(column -> replace(db, table, column, person, person.expressionInJson(), found)));
        return Erased.of(found, "the pseudonym stands where the id stood");
    }

    static void replace(
            Handle db, String table, String column, Person person, String expression, Map<String, Long> found) {
        var type = db.createQuery(
                        "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = cast(:table as regclass) and quote_ident(attname) = :column")
                .bind("table", table)
                .bind("column", column)
                .mapTo(String.class)
                .one();
        long rows = db.createUpdate("""
                update <table> set <column> = cast(regexp_replace(cast(<column> as text), :expression, :pseudonym, 'g') as <type>)
                where position(:id in cast(<column> as text)) > 0 and cast(<column> as text) ~ :expression""")
                .define("table", table)
                .define("column", column)
                .define("type", type)
                .bind("expression", expression)
                .bind("pseudonym", person.pseudonym())
                .bind("id", person.id())
                .execute();
        if (rows > 0) found.merge(table.substring(table.indexOf('.') + 1) + " (" + column + ")", rows, Long::sum);
    }
}
