package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.orders.Deliveries.Source;
import dev.caravan.products.medusa.MedusaOrders;
import dev.caravan.state.Database;
import dev.caravan.webhooks.SignedHook;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders of the shop itself. Medusa says which order has changed ({@code POST /hooks/medusa}), which is noted and no more; what the order is
 * now is read from Medusa, of all that are noted and of all that changed since the last look: Medusa's word may be lost, and comes once.
 */
public final class ShopOrders {
    private static final Logger LOG = LoggerFactory.getLogger(ShopOrders.class);
    private static final int PAGE = 100;
    private static final int LONGEST_ID = 200;

    /** How far each look goes back behind the last change seen: longer than a transaction in Medusa takes. */
    private static final Duration OVERLAP = Duration.ofMinutes(1);

    private static final Duration MEDUSA_AWAY = Duration.ofSeconds(5);

    private final Database database;
    private final Deliveries deliveries;
    private final MedusaOrders medusa;
    private final Optional<StandardWebhooks> webhooks;
    private final RememberedIds ids;
    private final Duration every;
    private final Clock clock;
    private volatile Instant notBefore = Instant.MIN;

    /**
     * @param webhooks verifies Medusa's word; empty when there is no secret, and then nobody is listened to
     * @param every    how often the shop is asked what has changed, unless it says so itself
     */
    ShopOrders(
            Database database,
            Deliveries deliveries,
            MedusaOrders medusa,
            Optional<StandardWebhooks> webhooks,
            RememberedIds ids,
            Duration every,
            Clock clock) {
        this.database = database;
        this.deliveries = deliveries;
        this.medusa = medusa;
        this.webhooks = webhooks;
        this.ids = ids;
        this.every = every;
        this.clock = clock;
    }

    void addTo(Api api) {
        webhooks.ifPresent(
                signed -> api.on("POST", "/hooks/medusa", null, new SignedHook(signed, ids, this::note)::receive));
    }

    private void note(byte[] body) {
        var id = Json.read(body).path("order").asText("");
        if (id.isEmpty() || id.length() > LONGEST_ID)
            throw new BadMessage("it names no order: {\"order\":\"order_…\"} is what is understood");
        database.write(db -> note(db, id));
    }

    private void note(Handle db, String id) {
        db.createUpdate("""
                insert into orders.shop_notice (order_id, noticed_at) values (:id, :now)
                on conflict (order_id) do update set noticed_at = excluded.noticed_at""").bind("id", id).bind("now", clock.instant()).execute();
    }

    /**
     * Takes in what has changed in the shop, when it is time to look or something is noted.
     *
     * @return how many orders were new, or other than when they were last seen
     */
    public int sweep() {
        if (clock.instant().isBefore(notBefore)) return 0;
        try {
            var last = database.transaction(ShopOrders::look);
            var noted = last.noted();
            if (noted.isEmpty() && clock.instant().isBefore(last.at().plus(every))) return 0;
            int told = noted.isEmpty() ? 0 : take(medusa.byId(noted.keySet()), noted, null);
            return told + changed(last.seenTo()) + unsettled();
        } catch (TargetUnavailable e) {
            notBefore = clock.instant().plus(MEDUSA_AWAY);
            LOG.debug("orders of the shop wait for Medusa", e);
            return 0;
        }
    }

    /** Page by page: those behind the last change of a page, not those behind its last place, for a changed order takes another place. */
    private int changed(Instant seenTo) {
        var from = seenTo.equals(Instant.EPOCH) ? seenTo : seenTo.minus(OVERLAP);
        int offset = 0;
        int taken = 0;
        while (true) {
            var page = medusa.changedSince(from, offset, PAGE);
            var last = page.isEmpty() ? seenTo : MedusaOrders.changedAt(page.get(page.size() - 1));
            taken += take(page, Map.of(), last);
            if (page.size() < PAGE) return taken;
            offset = last.isAfter(from) ? 0 : offset + PAGE;
            from = last.isAfter(from) ? last : from;
        }
    }

    /** Those that wait for their payment, the longest unseen first: of a payment only its webhook would tell. */
    private int unsettled() {
        var open = database.transaction(db -> db.createQuery(
                        "select order_id from orders.shop_order where not settled order by seen_at limit :page")
                .bind("page", PAGE)
                .mapTo(String.class)
                .list());
        return open.isEmpty() ? 0 : take(medusa.byId(open), Map.of(), null);
    }

    /**
     * @param noted  whose notices have been followed by this, unless they were renewed meanwhile
     * @param seenTo the last change seen; null when it was not looked for
     */
    private int take(List<ObjectNode> orders, Map<String, Instant> noted, Instant seenTo) {
        return database.transaction(db -> {
            var news = news(db, orders);
            if (!news.isEmpty())
                deliveries.take(
                        db,
                        Source.MEDUSA,
                        deliveries.read(Kind.ORDER, Json.bytes(Json.array().addAll(news))));
            noted.forEach((id, at) ->
                    db.execute("delete from orders.shop_notice where order_id = ? and noticed_at = ?", id, at));
            if (seenTo != null) looked(db, seenTo);
            return news.size();
        });
    }

    /** Those that are not known as they are; they are from here on. */
    private List<ObjectNode> news(Handle db, List<ObjectNode> orders) {
        if (orders.isEmpty()) return List.of();
        var ids = orders.stream().map(ShopOrders::id).toList();
        var hashes = orders.stream().map(Json::hash).toList();
        Map<String, String> known = db.createQuery(
                        "select order_id, content_hash from orders.shop_order where order_id = any(:ids)")
                .bindArray("ids", String.class, ids)
                .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        db.createUpdate("""
                insert into orders.shop_order (order_id, content_hash, settled, seen_at)
                select id, hash, settled, :now from unnest(:ids, :hashes, :settled) as read (id, hash, settled)
                on conflict (order_id) do update
                set content_hash = excluded.content_hash, settled = excluded.settled, seen_at = excluded.seen_at""")
                .bind("now", clock.instant())
                .bindArray("ids", String.class, ids)
                .bindArray("hashes", String.class, hashes)
                .bindArray(
                        "settled",
                        Boolean.class,
                        orders.stream().map(MedusaOrders::isSettled).toList())
                .execute();
        return IntStream.range(0, orders.size())
                .filter(at -> !hashes.get(at).equals(known.get(ids.get(at))))
                .mapToObj(orders::get)
                .toList();
    }

    private static String id(ObjectNode order) {
        return order.path("id").asText();
    }

    private static Map<String, Instant> noted(Handle db) {
        return db.createQuery("select order_id, noticed_at from orders.shop_notice order by noticed_at limit :page")
                .bind("page", PAGE)
                .map((row, context) -> Map.entry(
                        row.getString(1), row.getObject(2, OffsetDateTime.class).toInstant()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** When the shop was last asked what has changed, the last change seen then, and the orders noted since. */
    private record Look(Instant at, Instant seenTo, Map<String, Instant> noted) {}

    private static Look look(Handle db) {
        var noted = noted(db);
        return db.createQuery("select looked_at, seen_to from orders.shop_look")
                .map((row, context) -> new Look(
                        row.getObject(1, OffsetDateTime.class).toInstant(),
                        row.getObject(2, OffsetDateTime.class).toInstant(),
                        noted))
                .findOne()
                .orElse(new Look(Instant.EPOCH, Instant.EPOCH, noted));
    }

    private void looked(Handle db, Instant seenTo) {
        db.createUpdate("""
                insert into orders.shop_look as known (looked_at, seen_to) values (:now, :to)
                on conflict (one) do update set looked_at = excluded.looked_at, seen_to = greatest(known.seen_to, excluded.seen_to)""").bind("now", clock.instant()).bind("to", seenTo).execute();
    }
}
