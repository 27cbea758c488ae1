package dev.caravan.erasure;

import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/**
 * What stores have done piece by piece, or outside of the database, and the certificate has to tell of, whatever stops the erasure in between. A
 * thing is noted before it is done, and told of once, however often it was begun with.
 */
public final class Effects {
    private Effects() {}

    /** @param thing what it was done to, such as a version of an object: the same one is not counted twice */
    public static void note(Handle db, String store, String kind, String thing) {
        db.execute(
                "insert into erasure.effect (store, kind, thing) values (?, ?, ?) on conflict do nothing",
                store,
                kind,
                thing);
    }

    /** Whether it was noted, and not told of yet. */
    public static boolean isNoted(Handle db, String store, String kind, String thing) {
        return db.createQuery(
                                "select count(*) from erasure.effect where store = :store and kind = :kind and thing = :thing")
                        .bind("store", store)
                        .bind("kind", kind)
                        .bind("thing", thing)
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    /** What a store has done since the last time, to be told of in the caller's transaction: kind to how many. */
    public static Map<String, Long> take(Handle db, String store) {
        var found = new TreeMap<String, Long>();
        db.createQuery("delete from erasure.effect where store = :store returning kind")
                .bind("store", store)
                .mapTo(String.class)
                .forEach(kind -> found.merge(kind, 1L, Long::sum));
        return found;
    }
}
