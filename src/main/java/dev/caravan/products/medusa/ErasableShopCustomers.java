package dev.caravan.products.medusa;

import dev.caravan.erasure.Effects;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.Person;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Port;
import dev.caravan.state.Database;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** The shop's own customer. Who is known by an id that is none of the shop's has no account there. */
public final class ErasableShopCustomers implements Erasable {
    /** How Medusa's ids of customers begin. */
    private static final String CUSTOMER = "cus_";

    private static final int NOT_FOUND = 404;

    private static final String KIND = "customers";

    private final Database database;
    private final AdminApi medusa;

    /** @param medusa its base URL is the shop's, and it adds the API key */
    public ErasableShopCustomers(Database database, Port medusa, Clock clock) {
        this.database = database;
        this.medusa = new AdminApi(medusa, clock);
    }

    @Override
    public String store() {
        return "shop";
    }

    @Override
    public Erased erase(Handle db, Person person) {
        if (!person.id().startsWith(CUSTOMER))
            return Erased.of(Map.of(), "not asked: the id is none of a customer of the shop");
        var path = "/admin/customers/" + URLEncoder.encode(person.id(), StandardCharsets.UTF_8);
        try {
            medusa.get(path);
            database.writeApart(other -> Effects.note(other, store(), KIND, person.pseudonym()));
            medusa.delete(path);
            return deleted(db);
        } catch (Refusal e) {
            // The one that was deleted before something stopped the erasure.
            if (e.status() == NOT_FOUND && Effects.isNoted(db, store(), KIND, person.pseudonym())) return deleted(db);
            Effects.take(db, store());
            return Erased.of(
                    Map.of(),
                    e.status() == NOT_FOUND
                            ? "the shop has no such customer"
                            : "not erased: the shop answered " + e.status());
        } catch (BadSettings e) {
            return Erased.of(
                    Map.of(), "not erased: the shop does not let Caravan in; set MEDUSA_URL and MEDUSA_API_KEY");
        } catch (TargetUnavailable e) {
            return new Erased(Map.of(), "not erased yet: the shop does not answer", "the shop does not answer");
        }
    }

    private Erased deleted(Handle db) {
        return Erased.of(
                Effects.take(db, store()),
                "the customer is deleted; the shop's orders keep the addresses that were written on them, which Caravan does not change");
    }
}
