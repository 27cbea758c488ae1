package dev.caravan.erasure;

import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** A store that may know people. */
public interface Erasable {
    /** As certificates call it. */
    String store();

    /**
     * Takes a person out, in the caller's transaction. Whatever happens it may be asked again, and then finds what has come since.
     *
     * @throws dev.caravan.failure.TargetUnavailable when it cannot now
     */
    Erased erase(Handle db, Person person);

    /**
     * People who are on the list of those erased, and are here all the same, as after a backup was restored.
     *
     * @param erased the list
     */
    default Set<Person> returned(Handle db, ErasedPeople erased) {
        return Set.of();
    }

    /** Adds what was found of a kind to the rest, when there was any. */
    static void count(Map<String, Long> found, String kind, long count) {
        if (count > 0) found.merge(kind, count, Long::sum);
    }

    /**
     * What came of it.
     *
     * @param found kind to how many, such as {@code orders} to 3
     * @param did   what was done with them, in a sentence
     * @param rest  what has to be waited for, in a few words; null when nothing has
     */
    record Erased(Map<String, Long> found, String did, String rest) {
        public Erased {
            found = Map.copyOf(found);
        }

        /** Nothing has to be waited for. */
        public static Erased of(Map<String, Long> found, String did) {
            return new Erased(found, did, null);
        }
    }
}
