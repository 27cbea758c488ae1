package dev.caravan.customers;

import dev.caravan.state.CopyRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * Profiles and their history. Both follow from the transactions and tickets that count and from the sessions of clicks, and are worked out from
 * all of a customer's whenever one of them changes: so a late record has its effect where it belongs, and one that says nothing new has none.
 */
final class Profiles {
    private static final String COLUMNS =
            Stream.of(Attribute.values()).map(Attribute::text).collect(Collectors.joining(", "));

    private final Set<Attribute> tracked;

    /** @param tracked attributes whose changes are history */
    Profiles(Set<Attribute> tracked) {
        this.tracked = Set.copyOf(tracked);
    }

    /** Brings them up to date with the tables, under the writer's lock. */
    void follow(Handle db, Collection<String> users) {
        if (users.isEmpty()) return;
        profiles(db, users);
        history(db, users);
    }

    private static void profiles(Handle db, Collection<String> users) {
        for (var statement : List.of("""
                delete from customers.profile p where user_id = any(:users)
                  and not exists (select from customers.transaction t where t.user_id = p.user_id)
                  and not exists (select from customers.ticket t where t.user_id = p.user_id)
                  and not exists (select from clicks.session s where s.visitor = p.user_id and not s.anonymous)""", """
                with bought as (
                  select user_id, min(occurred_at) as first_seen, max(occurred_at) as last_seen, count(*) as transactions,
                         count(*) filter (where status = 'completed') as orders
                  from customers.transaction where user_id = any(:users) group by user_id),
                worth as (
                  select user_id, jsonb_object_agg(currency, cast(total as text)) as lifetime_value
                  from (select user_id, currency, trim_scale(sum(amount)) as total from customers.transaction
                        where user_id = any(:users) and status = 'completed' group by user_id, currency) by_currency group by user_id),
                asked as (
                  select user_id, min(created_at) as first_seen, max(changed_at) as last_seen, count(*) as tickets,
                         count(*) filter (where status not in ('resolved', 'closed')) as open_tickets,
                         trim_scale(round(avg(sentiment), 4)) as sentiment, trim_scale(round(avg(satisfaction), 4)) as satisfaction
                  from customers.ticket where user_id = any(:users) group by user_id),
                visited as (
                  select visitor as user_id, min(started) as first_seen, max(ended) as last_seen, count(*) as sessions, sum(clicks) as clicks
                  from clicks.session where visitor = any(:users) and not anonymous group by visitor)
                insert into customers.profile as known
                  (user_id, first_seen, last_seen, transactions, orders, lifetime_value, tickets, open_tickets, sentiment, satisfaction, sessions, clicks)
                select user_id, least(b.first_seen, a.first_seen, v.first_seen), greatest(b.last_seen, a.last_seen, v.last_seen), coalesce(transactions, 0),
                       coalesce(orders, 0), coalesce(lifetime_value, '{}'), coalesce(tickets, 0), coalesce(open_tickets, 0), sentiment, satisfaction,
                       coalesce(sessions, 0), coalesce(clicks, 0)
                from bought b full join asked a using (user_id) full join visited v using (user_id) left join worth using (user_id)
                on conflict (user_id) do update
                set first_seen = excluded.first_seen, last_seen = excluded.last_seen, transactions = excluded.transactions, orders = excluded.orders,
                    lifetime_value = excluded.lifetime_value, tickets = excluded.tickets, open_tickets = excluded.open_tickets,
                    sentiment = excluded.sentiment, satisfaction = excluded.satisfaction, sessions = excluded.sessions, clicks = excluded.clicks
                where known is distinct from excluded"""))
            db.createUpdate(statement).bindArray("users", String.class, users).execute();
    }

    private void history(Handle db, Collection<String> users) {
        var before = histories(db, users);
        var seen = seen(db, users);
        var gone = new HashMap<String, List<Instant>>();
        var rows = new CopyRows();
        var since = since(db, users);
        for (var user : new TreeMap<>(since).entrySet()) {
            var id = user.getKey();
            var known = new LinkedHashSet<>(before.getOrDefault(id, List.of()));
            var periods = new LinkedHashSet<>(Period.of(user.getValue(), seen.getOrDefault(id, List.of()), tracked));
            var over = new LinkedHashSet<>(known);
            over.removeAll(periods);
            if (!over.isEmpty()) gone.put(id, over.stream().map(Period::from).toList());
            periods.removeAll(known);
            periods.forEach(period -> add(rows, id, period));
        }
        before.forEach((id, periods) -> {
            if (!since.containsKey(id))
                gone.put(id, periods.stream().map(Period::from).toList());
        });
        delete(db, gone);
        rows.into(db, "customers.history (user_id, valid_from, valid_to, " + COLUMNS + ")");
    }

    private static void add(CopyRows rows, String user, Period period) {
        rows.add(user)
                .add(period.from().toString())
                .add(period.to() == null ? null : period.to().toString());
        for (var attribute : Attribute.values()) rows.add(period.values().get(attribute));
        rows.end();
    }

    private static void delete(Handle db, Map<String, List<Instant>> gone) {
        if (gone.isEmpty()) return;
        var users = new ArrayList<String>();
        var froms = new ArrayList<String>();
        gone.forEach((user, periods) -> periods.forEach(from -> {
            users.add(user);
            froms.add(from.toString());
        }));
        db.createUpdate("""
                delete from customers.history h using unnest(cast(:users as text[]), cast(:froms as timestamptz[])) gone (user_id, valid_from)
                where h.user_id = gone.user_id and h.valid_from = gone.valid_from""")
                .bindArray("users", String.class, users)
                .bindArray("froms", String.class, froms)
                .execute();
    }

    /** When each of them was first seen. */
    private static Map<String, Instant> since(Handle db, Collection<String> users) {
        var since = new HashMap<String, Instant>();
        db.createQuery("select user_id, first_seen from customers.profile where user_id = any(:users)")
                .bindArray("users", String.class, users)
                .map((row, context) ->
                        since.put(row.getString(1), row.getTimestamp(2).toInstant()))
                .list();
        return since;
    }

    /**
     * All that was seen of them. A ticket is told of by each of its versions; one that is only known from later on was open before. A session
     * tells of its device and country when it has one of them, not several.
     *
     * @return by user
     */
    private static Map<String, List<Observation>> seen(Handle db, Collection<String> users) {
        var seen = new HashMap<String, List<Observation>>();
        db.createQuery("""
                select t.user_id, t.occurred_at, t.transaction_id, told.attribute, told.value
                from customers.transaction t cross join lateral (
                  values ('country', t.country), ('shipping_address', t.shipping_address), ('payment_method', t.payment_method)) told (attribute, value)
                where t.user_id = any(:users) and told.value is not null
                union all
                (select distinct on (t.user_id, t.ticket_id, v.moment) t.user_id, v.moment, t.ticket_id, 'support_status', v.document ->> 'status'
                 from customers.ticket t join customers.version v on v.kind = 'ticket' and v.id = t.ticket_id and v.user_id = t.user_id
                 where t.user_id = any(:users) order by t.user_id, t.ticket_id, v.moment, v.rank desc, v.content_hash desc)
                union all
                select t.user_id, t.created_at, t.ticket_id, 'support_status', 'open'
                from customers.ticket t
                where t.user_id = any(:users)
                  and not exists (select from customers.version v where v.kind = 'ticket' and v.id = t.ticket_id and v.user_id = t.user_id and v.moment <= t.created_at)
                union all
                select s.visitor, s.started, 'session', told.attribute, told.values[1]
                from clicks.session s cross join lateral (values ('country', s.countries), ('device_type', s.devices)) told (attribute, values)
                where s.visitor = any(:users) and not s.anonymous and cardinality(told.values) = 1""")
                .bindArray("users", String.class, users)
                .map((row, context) -> {
                    var attribute = Attribute.of(row.getString(4));
                    var value = row.getString(5);
                    if (attribute == Attribute.COUNTRY)
                        value = Countries.code(value).orElse(null);
                    return value == null
                            ? seen
                            : seen.computeIfAbsent(row.getString(1), any -> new ArrayList<>())
                                    .add(new Observation(
                                            row.getTimestamp(2).toInstant(), row.getString(3), attribute, value));
                })
                .list();
        return seen;
    }

    /** The history of a customer, the oldest first; none when nobody is known by that id. */
    static List<Period> history(Handle db, String user) {
        return histories(db, List.of(user)).getOrDefault(user, List.of());
    }

    private static Map<String, List<Period>> histories(Handle db, Collection<String> users) {
        var history = new HashMap<String, List<Period>>();
        db.createQuery("select user_id, valid_from, valid_to, " + COLUMNS
                        + " from customers.history where user_id = any(:users) order by user_id, valid_from")
                .bindArray("users", String.class, users)
                .map((row, context) -> history.computeIfAbsent(row.getString(1), any -> new ArrayList<>())
                        .add(period(row)))
                .list();
        return history;
    }

    private static Period period(ResultSet row) throws SQLException {
        var values = new EnumMap<Attribute, String>(Attribute.class);
        for (var attribute : Attribute.values()) {
            var value = row.getString(attribute.text());
            if (value != null) values.put(attribute, value);
        }
        var to = row.getTimestamp(3);
        return new Period(row.getTimestamp(2).toInstant(), to == null ? null : to.toInstant(), values);
    }
}
