package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.records.Values;
import dev.caravan.state.Database;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** What is known of a customer, as people and programs ask for it. All of an answer is read from one snapshot of the database. */
final class CustomerViews {
    private final Database database;

    CustomerViews(Database database) {
        this.database = database;
    }

    /** The profile of a customer with its history; empty when nobody is known by that id. */
    Optional<JsonNode> profile(String id) {
        return database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            return profile(db, id);
        });
    }

    private static Optional<JsonNode> profile(Handle db, String id) {
        return db.createQuery("select * from customers.profile where user_id = :id")
                .bind("id", id)
                .map((row, context) -> profile(row))
                .findOne()
                .map(profile -> {
                    var history = Profiles.history(db, id);
                    profile.set("attributes", attributes(history.get(history.size() - 1)));
                    var told = told(db, id);
                    profile.set("contact", members(told, "name", "email", "phone"));
                    profile.set("billing", members(told, "country", "paymentMethod", "address"));
                    profile.set("purchases", purchases(db, id));
                    profile.set("favouriteCategories", rows(db, id, """
                            select coalesce(p.category, 'unknown') as name, sum(i.quantity) as units, count(distinct t.transaction_id) as orders
                            from customers.transaction t join customers.item i using (transaction_id) left join orders.product p using (product_id)
                            where t.user_id = :id and t.status = 'completed' group by 1 order by units desc, name limit 10"""));
                    profile.set("paymentMethods", rows(db, id, """
                            select payment_method as name, count(*) as transactions from customers.transaction
                            where user_id = :id and payment_method is not null group by 1 order by transactions desc, name limit 10"""));
                    profile.set("browsing", Browsing.of(db, id));
                    var periods = profile.putArray("history");
                    for (var period : history) {
                        var json = periods.addObject().put("validFrom", Values.text(period.from()));
                        json.put("validTo", period.to() == null ? null : Values.text(period.to()));
                        json.setAll(attributes(period));
                    }
                    return profile;
                });
    }

    private static ObjectNode profile(ResultSet row) throws SQLException {
        var profile = Json.object()
                .put("id", row.getString("user_id"))
                .put("firstSeen", moment(row, "first_seen"))
                .put("lastSeen", moment(row, "last_seen"))
                .put("transactions", row.getInt("transactions"))
                .put("orders", row.getInt("orders"))
                .put("tickets", row.getInt("tickets"))
                .put("openTickets", row.getInt("open_tickets"))
                .put("sessions", row.getInt("sessions"))
                .put("clicks", row.getLong("clicks"))
                .put("sentiment", amount(row, "sentiment"))
                .put("satisfaction", amount(row, "satisfaction"));
        profile.set("lifetimeValue", Json.read(row.getString("lifetime_value")));
        return profile;
    }

    private static ObjectNode attributes(Period period) {
        var json = Json.object();
        for (var attribute : Attribute.values())
            json.put(name(attribute), period.values().get(attribute));
        return json;
    }

    /** As JSON names it: {@code deviceType}. */
    private static String name(Attribute attribute) {
        var words = attribute.text().split("_");
        return words.length == 1
                ? words[0]
                : words[0] + words[1].substring(0, 1).toUpperCase(Locale.ROOT) + words[1].substring(1);
    }

    /** What completed transactions tell, by currency: from the first to the last, over how many times another one came, there are days between. */
    private static ArrayNode purchases(Handle db, String id) {
        return rows(db, id, """
                select currency, count(*) as orders, sum(amount) as total, round(avg(amount), 2) as average,
                       min(occurred_at) as first, max(occurred_at) as last,
                       case when count(*) > 1 then round(cast(extract(epoch from max(occurred_at) - min(occurred_at)) / 86400 / (count(*) - 1) as numeric), 2)
                       end as "daysBetween"
                from customers.transaction where user_id = :id and status = 'completed' group by currency order by currency limit 10""");
    }

    /**
     * What the transactions that count tell of how to reach the customer and whom to bill: of each fact what the last transaction says that tells it,
     * whenever its file came. Of two at one moment it is the one with the greater id, as in the history.
     */
    private static Map<String, String> told(Handle db, String id) {
        var told = new HashMap<String, String>();
        db.createQuery("""
                select distinct on (fact.name) fact.name, fact.value
                from customers.transaction t join customers.version v on v.kind = 'transaction' and v.id = t.transaction_id and v.content_hash = t.content_hash
                     cross join lateral json_to_record(v.document) as d ("customerName" text, email text, phone text, "billingAddress" text)
                     cross join lateral (
                       values ('name', d."customerName"), ('email', d.email), ('phone', d.phone),
                              ('country', t.country), ('paymentMethod', t.payment_method), ('address', d."billingAddress")) fact (name, value)
                where t.user_id = :id and fact.value is not null
                order by fact.name, t.occurred_at desc, t.transaction_id collate "C" desc""")
                .bind("id", id)
                .map((row, context) -> told.put(row.getString(1), row.getString(2)))
                .list();
        return told;
    }

    private static ObjectNode members(Map<String, String> told, String... names) {
        var json = Json.object();
        for (var name : names) json.put(name, told.get(name));
        return json;
    }

    /** Each row of a query about the customer {@code :id}, an object with a member for each column. */
    static ArrayNode rows(Handle db, String id, String query) {
        var rows = Json.array();
        db.createQuery(query)
                .bind("id", id)
                .map((row, context) -> {
                    var json = rows.addObject();
                    var meta = row.getMetaData();
                    for (int i = 1; i <= meta.getColumnCount(); i++)
                        json.set(meta.getColumnLabel(i), json(row.getObject(i)));
                    return json;
                })
                .list();
        return rows;
    }

    /** Counts are numbers, amounts text: JSON numbers lose digits on their way. */
    private static JsonNode json(Object value) {
        if (value == null) return NullNode.instance;
        if (value instanceof BigDecimal amount) return TextNode.valueOf(Values.plain(amount));
        if (value instanceof Number count) return LongNode.valueOf(count.longValue());
        return TextNode.valueOf(value instanceof Timestamp moment ? Values.text(moment.toInstant()) : value.toString());
    }

    private static String moment(ResultSet row, String column) throws SQLException {
        return Values.text(row.getTimestamp(column).toInstant());
    }

    private static String amount(ResultSet row, String column) throws SQLException {
        var amount = row.getBigDecimal(column);
        return amount == null ? null : Values.plain(amount);
    }

    /** A customer with each content of each transaction and ticket of theirs, the oldest first; empty when nobody is known by that id. */
    Optional<JsonNode> journey(String id) {
        return database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            return profile(db, id).map(profile -> {
                var journey = Json.object();
                journey.set("customer", profile);
                journey.set("journey", hops(db, id));
                return journey;
            });
        });
    }

    private static ArrayNode hops(Handle db, String id) {
        var hops = Json.array();
        db.createQuery("""
                select v.kind, v.id, v.moment, cast(v.document as text) as document, cast(v.warnings as text) as warnings, v.received_at, v.upload, v.index,
                       u.bucket, u.object_key, u.version_id, ledger.original_key(u.object_key, u.sha256) as raw, encode(v.content_hash, 'hex') as hash,
                       v.content_hash = coalesce(t.content_hash, s.content_hash) as counts
                from customers.version v join ledger.upload u on u.id = v.upload
                     left join customers.transaction t on v.kind = 'transaction' and t.transaction_id = v.id
                     left join customers.ticket s on v.kind = 'ticket' and s.ticket_id = v.id
                where v.user_id = :id order by v.moment, v.kind, v.id, v.rank, v.content_hash""")
                .bind("id", id)
                .map((row, context) -> hops.add(hop(row)))
                .list();
        return hops;
    }

    private static ObjectNode hop(ResultSet row) throws SQLException {
        var document = Json.read(row.getString("document"));
        var isTransaction = row.getString("kind").equals(Kind.TRANSACTION.text());
        var what = row.getString("kind") + " " + row.getString("id") + ", "
                + document.path("status").asText() + " at "
                + Values.text(instant(row, "moment"))
                + (isTransaction
                        ? ", " + document.path("amount").asText() + " "
                                + document.path("currency").asText()
                        : "")
                + (row.getBoolean("counts") ? ": this version counts" : ": history");
        var hop = Json.object()
                .put("at", instant(row, "received_at").toString())
                .put("step", "customers-accept")
                .put("what", what);
        var data = hop.putObject("data")
                .put("bucket", row.getString("bucket"))
                .put("key", row.getString("object_key"))
                .put("version", row.getString("version_id"))
                .put("upload", row.getString("upload"))
                .put("index", row.getLong("index"))
                .put("contentHash", row.getString("hash"));
        var raw = row.getString("raw");
        if (raw != null) data.put("raw", raw);
        if (row.getString("warnings") != null) data.set("warnings", Json.read(row.getString("warnings")));
        return hop;
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getTimestamp(column).toInstant();
    }
}
