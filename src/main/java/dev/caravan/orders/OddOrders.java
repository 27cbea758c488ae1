package dev.caravan.orders;

import dev.caravan.alerts.Finding;
import dev.caravan.json.Json;
import dev.caravan.orders.Arrivals.Arrival;
import dev.caravan.orders.WatchRules.OrderValue;
import java.sql.Array;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.jdbi.v3.core.Handle;

/**
 * Amounts far from those before them, of the same customer or product and in the same currency. Each order is compared once, when it comes, and
 * then is one of those that the next is compared with; what is kept of them has a limit, so that a look costs as much as there are new orders.
 */
final class OddOrders {
    /** Most orders that an alert names. */
    private static final int NAMED = 10;

    private OddOrders() {}

    /** Something that came with an order: the customer's, or a product's. */
    private record Amount(Arrival order, String subject, double amount) {
        Whose whose() {
            return new Whose(subject, order.currency());
        }
    }

    /** Whose amounts, in which currency. */
    private record Whose(String subject, String currency) {}

    /** @param score how odd it is */
    private record Odd(Amount amount, double median, double score) {}

    /** Compares orders with those before, and keeps those that are odd. */
    static void learn(Handle db, OrderValue rule, List<Arrival> came, Instant now) {
        var placed = came.stream().filter(order -> !order.cancelled()).toList();
        var amounts = rule.ofCustomer() ? ofCustomers(placed) : ofProducts(db, placed);
        if (amounts.isEmpty()) return;
        var recent = recent(db, rule, amounts);
        var fresh = now.minus(Duration.ofHours(rule.freshHours()));
        var odd = new ArrayList<Odd>();
        for (var amount : amounts) {
            var order = amount.order();
            var whose = amount.whose();
            var before = recent.getOrDefault(whose, new double[0]);
            if (order.counts() && order.placedAt().isAfter(fresh) && before.length >= rule.minimum()) {
                double score = Usual.scoreOfAmount(amount.amount(), before);
                if (score >= rule.score() || rule.both() && -score >= rule.score())
                    odd.add(new Odd(amount, Usual.of(before).median(), score));
            }
            if (order.isNew()) recent.put(whose, appended(before, amount.amount(), rule.history()));
        }
        keep(db, rule, recent);
        keep(db, rule, odd, now);
    }

    private static double[] appended(double[] before, double amount, int most) {
        int from = Math.max(0, before.length + 1 - most);
        var after = Arrays.copyOfRange(before, from, before.length + 1);
        after[after.length - 1] = amount;
        return after;
    }

    private static List<Amount> ofCustomers(List<Arrival> orders) {
        return orders.stream()
                .filter(order -> order.customer() != null)
                .map(order -> new Amount(order, order.customer(), order.total()))
                .toList();
    }

    private static List<Amount> ofProducts(Handle db, List<Arrival> orders) {
        return Arrivals.lines(db, orders).stream()
                .map(line -> new Amount(line.order(), line.product(), line.total()))
                .toList();
    }

    private static Map<Whose, double[]> recent(Handle db, OrderValue rule, List<Amount> amounts) {
        var recent = new HashMap<Whose, double[]>();
        db.createQuery(
                        "select subject, currency, amounts from orders.recent_amounts where rule = :rule and subject = any(:subjects)")
                .bind("rule", rule.name())
                .bindArray(
                        "subjects",
                        String.class,
                        amounts.stream().map(Amount::subject).distinct().toList())
                .map((row, context) -> recent.put(
                        new Whose(row.getString("subject"), row.getString("currency")),
                        doubles(row.getArray("amounts"))))
                .list();
        return recent;
    }

    private static double[] doubles(Array array) throws SQLException {
        return Arrays.stream((Double[]) array.getArray())
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private static void keep(Handle db, OrderValue rule, Map<Whose, double[]> recent) {
        var whose = List.copyOf(recent.keySet());
        db.createUpdate("""
                insert into orders.recent_amounts (rule, subject, currency, amounts)
                select :rule, subject, currency, cast(amounts as double precision[]) from unnest(:subjects, :currencies, :amounts) as r (subject, currency, amounts)
                on conflict (rule, subject, currency) do update set amounts = excluded.amounts""")
                .bind("rule", rule.name())
                .bindArray(
                        "subjects",
                        String.class,
                        whose.stream().map(Whose::subject).toList())
                .bindArray(
                        "currencies",
                        String.class,
                        whose.stream().map(Whose::currency).toList())
                .bindArray(
                        "amounts",
                        String.class,
                        whose.stream().map(one -> text(recent.get(one))).toList())
                .execute();
    }

    /** As PostgreSQL reads an array. */
    private static String text(double[] amounts) {
        return DoubleStream.of(amounts).mapToObj(Double::toString).collect(Collectors.joining(",", "{", "}"));
    }

    private static void keep(Handle db, OrderValue rule, List<Odd> found, Instant now) {
        if (found.isEmpty()) return;
        var batch = db.prepareBatch("""
                insert into orders.odd_order (rule, subject, order_id, content_hash, found_at, currency, amount, median, score)
                values (:rule, :subject, :order, :hash, :now, :currency, :amount, :median, :score) on conflict do nothing""");
        for (var odd : found)
            batch.bind("rule", rule.name())
                    .bind("subject", odd.amount().subject())
                    .bind("order", odd.amount().order().order())
                    .bind("hash", odd.amount().order().hash())
                    .bind("now", now)
                    .bind("currency", odd.amount().order().currency())
                    .bind("amount", odd.amount().amount())
                    .bind("median", odd.median())
                    .bind("score", odd.score())
                    .add();
        batch.execute();
    }

    /** An odd order as an alert tells it. */
    private record Told(String subject, String order, String currency, double amount, double median, double score) {}

    /** The customers or products of which odd orders came lately that still count. */
    static List<Finding> findings(Handle db, OrderValue rule, Instant now) {
        var since = now.minus(Duration.ofHours(rule.keepHours()));
        db.createUpdate("delete from orders.odd_order where rule = :rule and found_at <= :since")
                .bind("rule", rule.name())
                .bind("since", since)
                .execute();
        var odd = db
                .createQuery("""
                select o.subject, o.order_id, o.currency, o.amount, o.median, o.score
                from orders.odd_order o join orders.placed p using (order_id, content_hash)
                where o.rule = :rule and p.status <> 'cancelled' order by o.subject, abs(o.score) desc, o.order_id""")
                .bind("rule", rule.name())
                .map((row, context) -> new Told(
                        row.getString("subject"),
                        row.getString("order_id"),
                        row.getString("currency"),
                        row.getDouble("amount"),
                        row.getDouble("median"),
                        row.getDouble("score")))
                .list()
                .stream()
                .collect(Collectors.groupingBy(Told::subject, LinkedHashMap::new, Collectors.toList()));
        return odd.values().stream().map(told -> finding(rule, told)).toList();
    }

    /** @param odd of one subject, the oddest first */
    private static Finding finding(OrderValue rule, List<Told> odd) {
        var oddest = odd.get(0);
        var evidence = Json.object().put("orders", odd.size());
        for (var one : odd.subList(0, Math.min(odd.size(), NAMED)))
            evidence.withArray("odd")
                    .addObject()
                    .put("order", one.order())
                    .put("currency", one.currency())
                    .put("amount", Rounded.of(one.amount()))
                    .put("usual", Rounded.of(one.median()))
                    .put("score", Rounded.of(one.score()));
        var title = "%s: %s%s for %s %s, usually %s"
                .formatted(
                        oddest.subject(),
                        odd.size() == 1 ? "" : odd.size() + " odd orders, the oddest ",
                        oddest.order(),
                        oddest.currency(),
                        Rounded.of(oddest.amount()),
                        Rounded.of(oddest.median()));
        return new Finding(
                oddest.subject(),
                title,
                evidence,
                "its odd orders are corrected or cancelled, or no other one has come for " + rule.keepHours()
                        + " hours");
    }
}
