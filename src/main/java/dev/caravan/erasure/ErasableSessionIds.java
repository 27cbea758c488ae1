package dev.caravan.erasure;

import java.util.HashMap;
import org.jdbi.v3.core.Handle;

/** Ids of sessions, wherever else a table has them: what is the person's in a record is the business of its store. */
public final class ErasableSessionIds implements Erasable {
    @Override
    public String store() {
        return "session ids";
    }

    @Override
    public Erased erase(Handle db, Person person) {
        var found = new HashMap<String, Long>();
        for (var place : ErasureScan.places(db, person.sessions()))
            for (var session : person.sessions())
                if (place.ids().contains(session.id()))
                    ErasableTexts.replace(db, place.table(), place.column(), session, session.expression(), found);
        return Erased.of(found, "pseudonyms stand where ids of the customer's sessions stood");
    }
}
