package dev.caravan.customers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.clickstream.TestClickstream;
import dev.caravan.json.Json;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * However the same transactions and tickets come (in which order, how often, in which files and pages, before or after the catalogue, with
 * how many crashes), the tables are the same; and profiles and history are what a plain reading of all records gives.
 */
class CustomersPropertiesTest {
    private static final List<String> PAID = List.of("pending", "failed", "completed", "refunded");
    private static final List<String> PRESSING =
            List.of("closed", "resolved", "pending", "in_progress", "open", "under_review", "escalated");
    private static final String NOT_KNOWN = "-";

    /** Nothing is late, however it is shuffled. */
    private static final Map<String, String> PATIENT = Map.of("CLICKSTREAM_LATENESS_SECONDS", "604800");

    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    /** A record and the prefix it goes under. */
    private record Sent(String area, ObjectNode record) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void the_tables_do_not_depend_on_how_records_come(long seed) {
        var random = new Random(seed);
        var records = records(new Random(seed * 100));
        state.clear();
        var plain = new TestCustomers(state);
        plain.catalogue(catalogue());
        send(plain, "transactions", records);
        send(plain, "tickets", records);
        var expected = plain.tables();
        var told = told(plain);

        state.clear();
        var mixed = new TestCustomers(state, Map.of("CUSTOMERS_PAGE_SIZE", String.valueOf(1 + random.nextInt(9))));
        var bag = new ArrayList<>(records);
        for (int i = 0; i < 20; i++) bag.add(records.get(random.nextInt(records.size())));
        Collections.shuffle(bag, random);
        int catalogueAfter = random.nextInt(bag.size());
        for (int from = 0, file = 0; from < bag.size(); file++) {
            int to = Math.min(bag.size(), from + 1 + random.nextInt(15));
            for (var area : List.of("transactions", "tickets"))
                sendWithCrashes(mixed, area, file, bag.subList(from, to), random);
            if (from <= catalogueAfter && catalogueAfter < to) mixed.catalogue(catalogue());
            from = to;
        }

        assertThat(mixed.tables()).isEqualTo(expected);
        assertThat(told(mixed))
                .isEqualTo(told)
                .extracting(CustomersPropertiesTest::contact)
                .isEqualTo(contacts(records));
        assertThat(mixed.quarantined()).isEmpty();
        assertThat(
                        state.column(
                                "select concat_ws(' ', user_id, transactions, orders, tickets, open_tickets, lifetime_value) from customers.profile order by 1"))
                .isEqualTo(profiles(records));
        assertThat(state.column("""
                        select concat_ws(' ', user_id, to_char(valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                         coalesce(to_char(valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'now'),
                                         coalesce(country, '-'), coalesce(shipping_address, '-'), coalesce(payment_method, '-'), coalesce(support_status, '-'))
                        from customers.history order by user_id, valid_from""")).isEqualTo(histories(records));
    }

    /** Clicks come in any order beside them, and profiles learn of sessions now and then. */
    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void sessions_and_records_make_the_same_profiles_whatever_comes_first(long seed) {
        var random = new Random(seed);
        var records = records(new Random(seed * 100));
        var visits = visits(new Random(seed * 100));
        state.clear();
        var plain = new TestCustomers(state);
        send(plain, "transactions", records);
        send(plain, "tickets", records);
        var clicks = new TestClickstream(state, PATIENT);
        clicks.upload("clicks/all.jsonl", String.join("\n", visits));
        clicks.work();
        plain.followClicks();
        clicks.module.close();
        var expected = plain.tables();
        var told = told(plain);
        assertThat(state.column("select user_id from customers.history where device_type is not null"))
                .isNotEmpty();

        state.clear();
        var mixed = new TestCustomers(state);
        clicks = new TestClickstream(state, PATIENT);
        Collections.shuffle(visits, random);
        Collections.shuffle(records, random);
        for (int from = 0, file = 0; from < Math.max(visits.size(), records.size()); file++) {
            int to = from + 1 + random.nextInt(25);
            if (from < records.size())
                for (var area : List.of("transactions", "tickets"))
                    sendWithCrashes(mixed, area, file, records.subList(from, Math.min(to, records.size())), random);
            if (from < visits.size())
                clicks.upload(
                        "clicks/" + file + ".jsonl",
                        String.join("\n", visits.subList(from, Math.min(to, visits.size()))));
            if (random.nextBoolean()) clicks.work();
            if (random.nextBoolean()) mixed.followClicks();
            from = to;
        }
        clicks.work();
        mixed.followClicks();
        clicks.module.close();

        assertThat(mixed.tables()).isEqualTo(expected);
        assertThat(told(mixed))
                .isEqualTo(told)
                .anyMatch(profile -> profile.at("/browsing/purchased").asInt() > 0);
    }

    /** Of the same customers, some of them not known at first. */
    private static List<String> visits(Random random) {
        var visits = new ArrayList<String>();
        for (int i = 0; i < 120; i++) {
            var user = random.nextInt(5);
            visits.add(Json.object()
                    .put("event_id", "e-" + i)
                    .put("user_id", random.nextInt(4) == 0 ? null : "U-" + user)
                    .put("session_id", "s-" + user)
                    .put("timestamp", moment(random))
                    .put(
                            "event_type",
                            List.of("page_view", "search", "purchase").get(random.nextInt(3)))
                    .put("device_type", random.nextBoolean() ? "mobile" : "desktop")
                    .put("country", List.of("US", "UK", "XX").get(random.nextInt(3)))
                    .toString());
        }
        return visits;
    }

    /** All profiles, as they are told. */
    private static List<JsonNode> told(TestCustomers customers) {
        return state.column("select user_id from customers.profile order by 1").stream()
                .map(customers::profile)
                .toList();
    }

    private static void send(TestCustomers to, String area, List<Sent> records) {
        to.upload(area + "/all.jsonl", ndjson(area, records));
    }

    /** Dies after some pages, again and again, until the file is in. */
    private static void sendWithCrashes(TestCustomers to, String area, int file, List<Sent> records, Random random) {
        var content = ndjson(area, records).getBytes(StandardCharsets.UTF_8);
        var upload = TestState.upload(area + "/" + file + ".jsonl", TestClock.START.plusSeconds(file), "01");
        for (int crash = random.nextInt(3); crash > 0; crash--) to.receive(upload, content, random.nextInt(3));
        to.receive(upload, content, Integer.MAX_VALUE);
        assertThat(to.balance(upload).missing()).isZero();
    }

    private static String ndjson(String area, List<Sent> records) {
        return records.stream()
                .filter(sent -> sent.area().equals(area))
                .map(sent -> sent.record().toString())
                .collect(Collectors.joining("\n"));
    }

    private static byte[] catalogue() {
        return Json.bytes(
                Json.array().add(Json.object().put("product_id", "P-0").put("category", "games")));
    }

    /** Some customers' transactions and tickets, many of them in several versions, of which no two are as new and as far on their way. */
    private static List<Sent> records(Random random) {
        var records = new ArrayList<Sent>();
        for (int i = 0; i < 25; i++) {
            var moment = moment(random);
            var statuses = new ArrayList<>(PAID);
            Collections.shuffle(statuses, random);
            for (var status : statuses.subList(0, 1 + random.nextInt(2))) {
                var transaction = Json.object()
                        .put("transaction_id", "T-" + i)
                        .put("user_id", "U-" + random.nextInt(5))
                        .put("timestamp", moment)
                        .put("amount", 10 + random.nextInt(2) * 10)
                        .put("currency", random.nextBoolean() ? "USD" : "EUR")
                        .put("status", status)
                        .put("payment_method", random.nextBoolean() ? "paypal" : "card")
                        .put("billing_country", List.of("US", "UK", "FR").get(random.nextInt(3)));
                if (random.nextInt(4) > 0) transaction.put("shipping_address", random.nextInt(3) + " Elm St");
                if (random.nextInt(3) > 0) transaction.put("email", "u" + random.nextInt(3) + "@shop.example");
                if (random.nextInt(3) == 0) transaction.put("billing_address", random.nextInt(3) + " Oak St");
                transaction
                        .withArray("items")
                        .addObject()
                        .put("product_id", "P-" + random.nextInt(2))
                        .put("quantity", transaction.get("amount").intValue() / 10)
                        .put("price", "10.00");
                records.add(new Sent("transactions", transaction));
            }
        }
        for (int i = 0; i < 8; i++) {
            var created = Instant.parse(moment(random));
            var user = "U-" + random.nextInt(5);
            int first = random.nextInt(2);
            for (int version = first + random.nextInt(3); version >= first; version--) {
                var ticket = Json.object()
                        .put("ticket_id", "K-" + i)
                        .put("user_id", user)
                        .put("created_at", created.toString())
                        .put("status", PRESSING.get(random.nextInt(PRESSING.size())));
                if (random.nextInt(3) == 0) ticket.put("resolution_time_hours", 7 * version + ".0");
                else if (version > 0 || random.nextBoolean())
                    ticket.put(
                            "updated_at",
                            created.plusSeconds(3600L * 7 * version).toString());
                records.add(new Sent("tickets", ticket));
            }
        }
        return records;
    }

    private static String moment(Random random) {
        return String.format(Locale.ROOT, "2025-08-%02dT%02d:00:00Z", 1 + random.nextInt(4), random.nextInt(24));
    }

    /** The versions of transactions that count. */
    private static Collection<JsonNode> transactions(List<Sent> records) {
        var counting = new TreeMap<String, JsonNode>();
        for (var sent : records)
            if (sent.area().equals("transactions"))
                counting.merge(
                        sent.record().get("transaction_id").textValue(),
                        sent.record(),
                        (one, other) -> PAID.indexOf(one.get("status").textValue())
                                        > PAID.indexOf(other.get("status").textValue())
                                ? one
                                : other);
        return counting.values();
    }

    private static String changed(JsonNode ticket) {
        var created = ticket.get("created_at").textValue();
        return ticket.has("resolution_time_hours")
                ? Instant.parse(created)
                        .plusSeconds(3600
                                * (long) ticket.get("resolution_time_hours").asDouble())
                        .toString()
                : ticket.path("updated_at").asText(created);
    }

    /** The last version of each ticket by a moment; those that came into being by then, if told only later, are open. */
    private static Map<String, String> tickets(List<Sent> records, String user, String by) {
        var statuses = new TreeMap<String, String>();
        records.stream()
                .filter(sent -> sent.area().equals("tickets"))
                .map(Sent::record)
                .filter(ticket -> ticket.get("user_id").textValue().equals(user))
                .filter(ticket -> ticket.get("created_at").textValue().compareTo(by) <= 0)
                .sorted(Comparator.comparing(CustomersPropertiesTest::changed))
                .forEach(ticket -> {
                    var id = ticket.get("ticket_id").textValue();
                    if (changed(ticket).compareTo(by) <= 0)
                        statuses.put(id, ticket.get("status").textValue());
                    else statuses.putIfAbsent(id, "open");
                });
        return statuses;
    }

    private static List<String> users(List<Sent> records) {
        var users = new TreeSet<String>();
        transactions(records)
                .forEach(transaction -> users.add(transaction.get("user_id").textValue()));
        records.stream()
                .filter(sent -> sent.area().equals("tickets"))
                .forEach(sent -> users.add(sent.record().get("user_id").textValue()));
        return List.copyOf(users);
    }

    private static List<String> profiles(List<Sent> records) {
        var profiles = new ArrayList<String>();
        for (var user : users(records)) {
            var own = transactions(records).stream()
                    .filter(transaction ->
                            transaction.get("user_id").textValue().equals(user))
                    .toList();
            var worth = new TreeMap<String, BigDecimal>();
            var completed = own.stream()
                    .filter(transaction -> transaction.get("status").textValue().equals("completed"))
                    .toList();
            completed.forEach(transaction -> worth.merge(
                    transaction.get("currency").textValue(),
                    transaction.get("amount").decimalValue(),
                    BigDecimal::add));
            var tickets = tickets(records, user, "9999");
            var open = tickets.values().stream()
                    .filter(status -> PRESSING.indexOf(status) > 1)
                    .count();
            profiles.add(user + " " + own.size() + " " + completed.size() + " " + tickets.size() + " " + open + " {"
                    + worth.entrySet().stream()
                            .map(entry -> "\"" + entry.getKey() + "\": \""
                                    + entry.getValue().toPlainString() + "\"")
                            .collect(Collectors.joining(", "))
                    + "}");
        }
        return profiles;
    }

    /** At each moment at which anything was seen of a customer, all of it is looked through for what was said last; neighbours that are alike are one. */
    private static List<String> histories(List<Sent> records) {
        var histories = new ArrayList<String>();
        for (var user : users(records)) {
            var own = own(records, user);
            var moments = new TreeSet<String>();
            own.forEach(transaction -> moments.add(transaction.get("timestamp").textValue()));
            for (var sent : records)
                if (sent.area().equals("tickets")
                        && sent.record().get("user_id").textValue().equals(user)) {
                    moments.add(sent.record().get("created_at").textValue());
                    moments.add(changed(sent.record()));
                }
            var values = new LinkedHashMap<String, String>();
            for (var moment : moments) {
                var support = tickets(records, user, moment).values().stream()
                        .max(Comparator.comparing(PRESSING::indexOf))
                        .orElse(NOT_KNOWN);
                var value = last(own, "billing_country", moment).replace("UK", "GB") + " "
                        + last(own, "shipping_address", moment) + " " + last(own, "payment_method", moment) + " "
                        + support;
                var before =
                        values.isEmpty() ? null : List.copyOf(values.values()).get(values.size() - 1);
                if (!value.equals(before)) values.put(moment, value);
            }
            var starts = List.copyOf(values.keySet());
            for (int i = 0; i < starts.size(); i++)
                histories.add(user + " " + starts.get(i) + " " + (i + 1 < starts.size() ? starts.get(i + 1) : "now")
                        + " " + values.get(starts.get(i)));
        }
        return histories;
    }

    /** The transactions of a customer that count, the oldest first. */
    private static List<JsonNode> own(List<Sent> records, String user) {
        return transactions(records).stream()
                .filter(transaction -> transaction.get("user_id").textValue().equals(user))
                .sorted(Comparator.comparing((JsonNode transaction) ->
                                transaction.get("timestamp").textValue())
                        .thenComparing(
                                transaction -> transaction.get("transaction_id").textValue()))
                .toList();
    }

    private static List<String> contacts(List<Sent> records) {
        return users(records).stream()
                .map(user -> {
                    var own = own(records, user);
                    return String.join(
                            " ",
                            user,
                            last(own, "email", "9999"),
                            last(own, "billing_country", "9999").replace("UK", "GB"),
                            last(own, "payment_method", "9999"),
                            last(own, "billing_address", "9999"));
                })
                .toList();
    }

    private static String contact(JsonNode profile) {
        return Stream.of("/id", "/contact/email", "/billing/country", "/billing/paymentMethod", "/billing/address")
                .map(fact -> profile.at(fact).asText(NOT_KNOWN))
                .collect(Collectors.joining(" "));
    }

    private static String last(List<JsonNode> transactions, String field, String by) {
        var value = NOT_KNOWN;
        for (var transaction : transactions)
            if (transaction.get("timestamp").textValue().compareTo(by) <= 0)
                value = transaction.path(field).asText(value);
        return value;
    }
}
