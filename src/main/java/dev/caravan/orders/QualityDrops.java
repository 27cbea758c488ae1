package dev.caravan.orders;

import dev.caravan.alerts.Finding;
import dev.caravan.json.Json;
import dev.caravan.orders.Arrivals.Arrival;
import dev.caravan.orders.WatchRules.Quality;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jdbi.v3.core.Handle;

/**
 * The quality score of the newest records, as the report {@code quality} works it out for a day, beside the scores of as many records each
 * before them. By records and not by hours: a fault shows when the same number of bad records has come, however fast they come.
 */
final class QualityDrops {
    /** What the one alert is about. */
    static final String SUBJECT = "orders";

    private static final double FIELDS = 4;
    private static final int NAMED = 5;

    private QualityDrops() {}

    /** Of a change: how many of its versions count now, what they tell, and how many of them have warnings. */
    private record Counted(long orders, long filled, long warned) {
        static Counted of(Arrival order) {
            return new Counted(1, order.filled(), order.warned() ? 1 : 0);
        }

        Counted and(Counted other) {
            return new Counted(orders + other.orders, filled + other.filled, warned + other.warned);
        }
    }

    /** Keeps what came with the changes after one, up to another: these orders, and records that were refused. */
    static void learn(Handle db, List<Arrival> came, long after, long upTo) {
        var counted = new TreeMap<Long, Counted>();
        for (var order : came) if (order.counts()) counted.merge(order.change(), Counted.of(order), Counted::and);
        db.createUpdate("""
                with counted as (
                  select * from unnest(:changes, :orders, :filled, :warned) as c (change, orders, filled, warned)),
                refused as (
                  select change, count(*) as refused from orders.refusal where kind = 'orders' and change > :after and change <= :upTo group by change)
                insert into orders.quality_by_change (change, at, orders, filled, warned, refused)
                select c.number, c.at, coalesce(orders, 0), coalesce(filled, 0), coalesce(warned, 0), coalesce(refused, 0)
                from orders.change c join (counted full join refused using (change)) came on came.change = c.number
                on conflict do nothing""")
                .bind("after", after)
                .bind("upTo", upTo)
                .bindArray("changes", Long.class, List.copyOf(counted.keySet()))
                .bindArray("orders", Long.class, each(counted, Counted::orders))
                .bindArray("filled", Long.class, each(counted, Counted::filled))
                .bindArray("warned", Long.class, each(counted, Counted::warned))
                .execute();
    }

    private static List<Long> each(Map<Long, Counted> counted, Function<Counted, Long> part) {
        return counted.values().stream().map(part).toList();
    }

    /** What came with one change or with several, one after the other. */
    private record Came(long firstChange, long orders, long filled, long warned, long refused) {
        Came and(Came before) {
            return new Came(
                    before.firstChange,
                    orders + before.orders,
                    filled + before.filled,
                    warned + before.warned,
                    refused + before.refused);
        }

        long records() {
            return orders + refused;
        }

        double completeness() {
            return orders == 0 ? 0 : filled / (FIELDS * orders);
        }

        double score() {
            return completeness() * (orders - warned) / records();
        }
    }

    /** What makes a score fall. */
    private enum Cause {
        REFUSED(came -> 1 - came.refused() / (double) came.records()),
        WARNED(came -> 1 - came.warned() / (double) came.records()),
        INCOMPLETE(Came::completeness);

        private final ToDoubleFunction<Came> share;

        Cause(ToDoubleFunction<Came> share) {
            this.share = share;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** How much less it is now than it was. */
        double fall(Came now, List<Came> before) {
            return Usual.of(before.stream().mapToDouble(share).toArray()).median() - share.applyAsDouble(now);
        }
    }

    /**
     * That the score is far below what it was. Once it is, it stays so until it is half as far.
     *
     * @param open whether that is known
     */
    static Optional<Finding> finding(Handle db, Quality rule, boolean open) {
        var blocks = blocks(db, rule);
        if (blocks.size() - 1 < rule.minimum()) return Optional.empty();
        var now = blocks.get(0);
        var before = blocks.subList(1, blocks.size());
        var usual = Usual.of(before.stream().mapToDouble(Came::score).toArray());
        double drop = usual.median() - now.score();
        double score = -usual.score(now.score(), chance(usual.median(), now.records()));
        double share = open ? 0.5 : 1;
        if (drop < rule.drop() * share || score < rule.score() * share) return Optional.empty();
        return Optional.of(told(db, rule, now, before, usual, score));
    }

    /** The newest first. What is left over for a whole one is left out. */
    private static List<Came> blocks(Handle db, Quality rule) {
        var changes = db.createQuery("""
                select change, orders, filled, warned, refused from orders.quality_by_change order by change desc limit :limit""")
                .bind("limit", rule.records() * (rule.history() + 1))
                .map((row, context) -> new Came(
                        row.getLong("change"),
                        row.getLong("orders"),
                        row.getLong("filled"),
                        row.getLong("warned"),
                        row.getLong("refused")))
                .list();
        var blocks = new ArrayList<Came>();
        Came block = null;
        for (var change : changes) {
            if (blocks.size() > rule.history()) break;
            block = block == null ? change : block.and(change);
            if (block.records() < rule.records()) continue;
            blocks.add(block);
            block = null;
        }
        return blocks;
    }

    /** The standard deviation by chance alone of a share among so many records, as the binomial distribution has it; of a share of one, that of a single record. */
    private static double chance(double share, long records) {
        return Math.sqrt(Math.max(share * (1 - share), 1.0 / records) / records);
    }

    private static Finding told(Handle db, Quality rule, Came now, List<Came> before, Usual usual, double score) {
        var cause = Cause.REFUSED;
        for (var other : Cause.values()) if (other.fall(now, before) > cause.fall(now, before)) cause = other;
        var evidence = Json.object()
                .put("score", Rounded.of(now.score()))
                .put("usual", Rounded.of(usual.median()))
                .put("records", now.records())
                .put("refused", now.refused())
                .put("warned", now.warned())
                .put("completeness", Rounded.of(now.completeness()))
                .put("deviations", Rounded.of(score))
                .put("cause", cause.text());
        var counts = db.createQuery(count(cause))
                .bind("from", now.firstChange())
                .bind("limit", NAMED)
                .map((row, context) ->
                        Json.object().put("what", row.getString(1)).put("records", row.getLong(2)))
                .list();
        counts.forEach(evidence.putArray("causes")::add);
        db.createQuery(sample(cause))
                .bind("from", now.firstChange())
                .bind("limit", NAMED)
                .map((row, context) -> Json.object()
                        .put("upload", row.getString("upload"))
                        .put("key", row.getString("object_key"))
                        .put("index", row.getLong("index"))
                        .put("what", row.getString("what")))
                .list()
                .forEach(evidence.putArray("samples")::add);
        var title = "quality of orders is %s, usually %s: %s"
                .formatted(
                        Rounded.of(now.score()),
                        Rounded.of(usual.median()),
                        counts.isEmpty()
                                ? cause.text()
                                : "%s in %s of %s records"
                                        .formatted(
                                                counts.get(0).path("what").asText(),
                                                counts.get(0).path("records").asLong(),
                                                now.records()));
        return new Finding(
                SUBJECT,
                title,
                evidence,
                "the score of %s records is less than %s below the usual"
                        .formatted(rule.records(), Rounded.of(rule.drop() / 2)));
    }

    /** Rules by how many records break them, or fields by how many orders lack them. */
    private static String count(Cause cause) {
        return "select what, count(*) from (" + causes(cause)
                + ") causes group by what order by 2 desc, 1 limit :limit";
    }

    private static String sample(Cause cause) {
        return "select c.upload, c.index, c.what, u.object_key from (" + causes(cause)
                + ") c join ledger.upload u on u.id = c.upload order by c.change desc, c.index desc, c.what limit :limit";
    }

    private static String causes(Cause cause) {
        return switch (cause) {
            case REFUSED -> """
                    select change, upload, index, what from orders.refusal cross join lateral unnest(rules) what where kind = 'orders' and change >= :from""";
            case WARNED -> """
                    select change, upload, index, what from orders.version
                      cross join lateral (select distinct value ->> 'rule' as what from json_array_elements(warnings)) rules where change >= :from""";
            case INCOMPLETE -> """
                    select change, upload, index, what from orders.version v join orders.placed p using (order_id, content_hash)
                      cross join lateral (values ('no customer', p.customer is null), ('no country', p.country = 'unknown'), ('no state', p.state = 'unknown'),
                                                 ('no city', p.city = 'unknown')) fields (what, lacking)
                    where change >= :from and lacking""";
        };
    }
}
