package dev.caravan.customers;

import static dev.caravan.ledger.State.DELIVERED;
import static dev.caravan.ledger.State.DUPLICATE;
import static dev.caravan.ledger.State.QUARANTINED;
import static dev.caravan.ledger.State.SUPERSEDED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.clickstream.TestClickstream;
import dev.caravan.json.Json;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CustomersTest {
    private static TestState state;
    private TestCustomers customers;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        customers = new TestCustomers(state);
    }

    private static String transaction(String id, String user, String moment, String status, String address) {
        return """
                {"transaction_id":"%s","user_id":"%s","timestamp":"%s","amount":10,"currency":"USD","payment_method":"paypal","status":"%s",\
                "items":[{"product_id":"P-1","quantity":2,"price":5}],"shipping_address":"%s","billing_country":"US"}
                """.formatted(id, user, moment, status, address);
    }

    private static String ticket(String id, String status, String more) {
        return """
                {"ticket_id":"%s","user_id":"U-1","created_at":"2025-08-02T10:00:00Z","status":"%s"%s}
                """.formatted(id, status, more);
    }

    private List<String> revenue() {
        return state.column(
                "select currency || ' ' || trim_scale(sum(amount)) from customers.transaction where status = 'completed' group by currency order by 1");
    }

    @Test
    void the_samples_defects_are_all_named_and_revenue_stays() {
        customers.catalogue(TestCustomers.sample("listed_catalog.json"));

        var upload = customers.upload("transactions/2025-08.csv", TestCustomers.sample("transactions.csv"));

        assertThat(revenue()).containsExactly("EUR 140.5", "GBP 310", "USD 306.99");
        assertThat(customers.states(upload)).isEqualTo(Map.of(DELIVERED, 7L, QUARANTINED, 3L));
        assertThat(customers.findings())
                .isEqualTo(Map.of(
                        "PAY-7003", List.of("country-alias"),
                        "PAY-7004", List.of("product-unknown", "quantity-above-stock"),
                        "PAY-7006", List.of("product-unknown"),
                        "PAY-7009", List.of("country-alias", "product-unknown")));
        assertThat(customers.quarantined())
                .extracting(kept -> kept.line() + " " + kept.reasons().findValuesAsText("rule"))
                .containsExactlyInAnyOrder(
                        "8 [transaction-user-missing, transaction-address-invalid, transaction-country-missing, transaction-product-unknown]",
                        "9 [transaction-country-unknown, transaction-quantity-above-stock]",
                        "11 [transaction-amount-mismatch]");
        assertThat(customers.balance(upload).missing()).isZero();
    }

    @Test
    void a_transaction_counts_once_however_often_it_comes_and_of_its_versions_the_greatest() {
        var pending = transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "pending", "1 Elm St");
        var completed = transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St");

        assertThat(customers.states(customers.upload("transactions/a.jsonl", completed + completed)))
                .isEqualTo(Map.of(DELIVERED, 1L, DUPLICATE, 1L));
        assertThat(customers.states(customers.upload("transactions/b.jsonl", pending)))
                .isEqualTo(Map.of(SUPERSEDED, 1L));

        assertThat(revenue()).containsExactly("USD 10");
        assertThat(customers.profile("U-1").at("/lifetimeValue/USD").asText()).isEqualTo("10");
        assertThat(customers.profile("U-1").path("orders").asInt()).isEqualTo(1);
    }

    @Test
    void the_same_transaction_in_another_spelling_is_a_duplicate() {
        customers.upload("transactions/a.csv", """
                transaction_id,user_id,timestamp,amount,currency,payment_method,status,items,shipping_address,billing_country
                T-1,U-1,2025-08-01T10:00:00Z,10.00,USD,PayPal,completed,"[{""product_id"":""P-1"",""quantity"":2,""price"":5.000}]","1 Elm St",GBR
                """);

        var other = customers.upload("transactions/b.json", """
                [{"transactionId": "T-1", "customerId": "U-1", "createdAt": 1754042400000, "total": "10", "currency": "usd", "paymentMethod": "paypal",
                  "status": " Completed", "items": [{"productId": "P-1", "qty": "2", "unitPrice": 5}], "shippingAddress": "1 Elm St", "billingCountry": "gb"}]""");

        assertThat(customers.states(other)).isEqualTo(Map.of(DUPLICATE, 1L));
    }

    @Test
    void fields_nobody_reads_are_kept_and_counted() {
        var more = transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St")
                .replace("\"currency\"", "\"coupon\":\"SUMMER\",\"currency\"");

        customers.upload("transactions/a.jsonl", more);

        assertThat(state.column("select variant || ' ' || pointer || ' ' || records from customers.extra"))
                .containsExactly("transactions /coupon 1");
        assertThat(state.column("select document -> 'extra' ->> '/coupon' from customers.version"))
                .containsExactly("SUMMER");
    }

    private static String transaction(String id, String moment, String more) {
        return transaction(id, "U-1", moment, "completed", "1 Elm St").replace("\"currency\"", more + "\"currency\"");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void contact_and_bill_are_what_the_latest_transaction_tells_that_tells_it_whatever_comes_first(
            boolean oldestFirst) {
        var older = transaction("T-1", "2025-08-01T10:00:00Z", """
                "customer_name":"Mira Aalto","email":"mira@aalto.example","phone":"+1 503 555 0142","billing_address":"PO Box 7",""");
        var newer = transaction("T-2", "2025-08-09T10:00:00Z", "\"email\":\"mira@new.example\",")
                .replace("\"paypal\"", "\"card\"");
        for (var first : List.of(oldestFirst, !oldestFirst))
            customers.upload("transactions/" + first + ".jsonl", first ? older : newer);

        var profile = customers.profile("U-1");
        assertThat(profile.path("contact")).isEqualTo(Json.read("""
                {"name":"Mira Aalto","email":"mira@new.example","phone":"+1 503 555 0142"}"""));
        assertThat(profile.path("billing")).isEqualTo(Json.read("""
                {"country":"US","paymentMethod":"card","address":"PO Box 7"}"""));
        assertThat(state.column("select pointer from customers.extra")).isEmpty();
    }

    @Test
    void a_contact_that_is_none_is_not_told_and_refused_where_a_setting_says_so() {
        var odd = transaction("T-1", "2025-08-01T10:00:00Z", "\"email\":\"mira at aalto\",");

        customers.upload("transactions/a.jsonl", odd);

        assertThat(customers.profile("U-1").at("/contact/email").isNull()).isTrue();
        assertThat(customers.findings()).isEqualTo(Map.of("T-1", List.of("contact-invalid", "product-unknown")));

        customers = new TestCustomers(state, Map.of("CUSTOMERS_TRANSACTION_CONTACT_INVALID", "refuse"));
        assertThat(customers.states(customers.upload("transactions/b.jsonl", odd.replace("T-1", "T-2"))))
                .isEqualTo(Map.of(QUARANTINED, 1L));
    }

    @Test
    void a_transaction_that_tells_no_contact_is_the_content_it_was_before_there_were_any() {
        customers.upload("transactions/2025-08.csv", TestCustomers.sample("transactions.csv"));

        assertThat(
                        state.column(
                                "select encode(content_hash, 'hex') from customers.transaction where transaction_id = 'PAY-7001'"))
                .containsExactly("d8c0c6f7c4072c1c22b2cbc742ad40e1ef0279b6fe8ccbec7bbb233335fe5f14");
    }

    @Test
    void a_late_transaction_splits_the_history_where_it_belongs() {
        customers.upload(
                "transactions/a.jsonl",
                transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St")
                        + transaction("T-3", "U-1", "2025-08-09T10:00:00Z", "completed", "1 Elm St"));
        assertThat(customers.history("U-1")).containsExactly("01 10:00 - now US 1 Elm St paypal");

        customers.upload(
                "transactions/b.jsonl", transaction("T-2", "U-1", "2025-08-05T10:00:00Z", "failed", "2 Oak St"));

        assertThat(customers.history("U-1"))
                .containsExactly(
                        "01 10:00 - 05 10:00 US 1 Elm St paypal",
                        "05 10:00 - 09 10:00 US 2 Oak St paypal",
                        "09 10:00 - now US 1 Elm St paypal");
    }

    @Test
    void a_batch_that_changes_nothing_adds_nothing() {
        customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St"));
        var rows = state.column("select xmin || ' ' || ctid from customers.history");

        customers.upload(
                "transactions/b.jsonl", transaction("T-2", "U-1", "2025-08-05T10:00:00Z", "completed", "1 Elm St"));

        assertThat(state.column("select xmin || ' ' || ctid from customers.history"))
                .isEqualTo(rows);
    }

    @Test
    void support_is_as_pressing_as_the_most_pressing_ticket() {
        customers.upload(
                "tickets/a.json",
                ticket(
                        "A",
                        "resolved",
                        ",\"resolution_time_hours\":2.5,\"satisfaction_score\":4,\"sentiment_score\":-0.3"));
        customers.upload(
                "tickets/b.jsonl",
                ticket("B", "open", "") + ticket("B", "escalated", ",\"updated_at\":\"2025-08-02T11:00:00Z\""));
        customers.upload("tickets/c.jsonl", ticket("B", "closed", ",\"updated_at\":\"2025-08-03T11:00:00Z\""));

        assertThat(customers.history("U-1"))
                .containsExactly(
                        "02 10:00 - 02 11:00 open", "02 11:00 - 03 11:00 escalated", "03 11:00 - now resolved");
        assertThat(customers.profile("U-1").path("openTickets").asInt()).isZero();
        assertThat(customers.profile("U-1").path("sentiment").asText()).isEqualTo("-0.3");
    }

    @Test
    void an_attribute_that_is_not_tracked_makes_no_history() {
        customers = new TestCustomers(state, Map.of("CUSTOMERS_TRACKED", "country,payment_method"));

        customers.upload(
                "transactions/a.jsonl",
                transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St")
                        + transaction("T-2", "U-1", "2025-08-09T10:00:00Z", "completed", "2 Oak St"));

        assertThat(customers.history("U-1")).containsExactly("01 10:00 - now US paypal");
    }

    @Test
    void a_transaction_that_changes_hands_leaves_no_trace_of_it_in_the_first_profile() {
        customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "pending", "1 Elm St"));

        customers.upload(
                "transactions/b.jsonl", transaction("T-1", "U-2", "2025-08-01T10:00:00Z", "completed", "1 Elm St"));

        assertThat(state.column("select user_id from customers.profile")).containsExactly("U-2");
        assertThat(state.column("select user_id from customers.history")).containsExactly("U-2");
    }

    @Test
    void what_is_refused_for_a_product_waits_for_the_catalogue() {
        customers = new TestCustomers(state, Map.of("CUSTOMERS_TRANSACTION_PRODUCT_UNKNOWN", "refuse"));
        var early = customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St"));
        assertThat(customers.states(early)).isEqualTo(Map.of(QUARANTINED, 1L));
        assertThat(customers
                        .quarantined()
                        .get(0)
                        .reasons()
                        .path(0)
                        .path("pointer")
                        .asText())
                .isEqualTo("/items/0/product_id");

        customers.catalogue("[{\"product_id\":\"P-1\"}]".getBytes(UTF_8));

        assertThat(customers.states(early)).isEqualTo(Map.of(DELIVERED, 1L));
        assertThat(customers.quarantined()).isEmpty();
        assertThat(state.column("select count(*) from customers.refusal")).containsExactly("0");
        assertThat(revenue()).containsExactly("USD 10");
    }

    @Test
    void a_record_that_is_released_counts_as_what_it_becomes() {
        var refused = customers.upload(
                "transactions/a.jsonl",
                transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St")
                        .replace("\"US\"", "\"XX\""));
        var kept = customers.quarantined().get(0);
        assertThat(customers.module.again(kept, "ann")).contains(false);

        var lenient = new TestCustomers(state, Map.of("CUSTOMERS_TRANSACTION_COUNTRY_UNKNOWN", "warn"));

        assertThat(lenient.module.again(kept, "ann")).contains(true);
        assertThat(customers.states(refused)).isEqualTo(Map.of(DELIVERED, 1L));
        assertThat(customers.history("U-1")).containsExactly("01 10:00 - now 1 Elm St paypal");
        assertThat(customers.findings()).isEqualTo(Map.of("T-1", List.of("country-unknown", "product-unknown")));
    }

    @Test
    void stock_is_that_of_the_catalogue_at_the_time_of_the_purchase() {
        var product = """
                [{"product_id":"P-1","category":"games","stock_quantity":%s,"last_updated":"%s"}]""";
        customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U-1", "2025-08-05T10:00:00Z", "completed", "1 Elm St"));
        customers.catalogue(product.formatted(0, "2025-08-06T00:00:00Z").getBytes(UTF_8));
        assertThat(customers.findings()).isEqualTo(Map.of("T-1", List.of("quantity-above-stock")));

        customers.catalogue(product.formatted(7, "2025-08-04T00:00:00Z").getBytes(UTF_8));

        assertThat(customers.findings()).isEmpty();
        assertThat(customers.profile("U-1").at("/favouriteCategories/0/name").asText())
                .isEqualTo("games");
    }

    @Test
    void what_is_bought_on_two_items_is_added_up_before_it_is_compared_with_stock() {
        customers = new TestCustomers(state, Map.of("CUSTOMERS_TRANSACTION_QUANTITY_ABOVE_STOCK", "refuse"));
        customers.catalogue("[{\"product_id\":\"P-1\",\"stock_quantity\":3,\"last_updated\":\"2025-08-01T00:00:00Z\"}]"
                .getBytes(UTF_8));
        var twice = transaction("T-1", "U-1", "2025-08-05T10:00:00Z", "completed", "1 Elm St")
                .replace(
                        "[{\"product_id\":\"P-1\",\"quantity\":2,\"price\":5}]",
                        "[{\"product_id\":\"P-1\",\"quantity\":2,\"price\":2.5},{\"product_id\":\"P-1\",\"quantity\":2,\"price\":2.5}]");

        customers.upload("transactions/a.jsonl", twice);

        var reason = customers.quarantined().get(0).reasons().path(0);
        assertThat(reason.path("rule").asText()).isEqualTo("transaction-quantity-above-stock");
        assertThat(reason.path("pointer").asText()).isEqualTo("/items/0/quantity");
        assertThat(reason.path("value").asText()).isEqualTo("4 of P-1");
    }

    @Test
    void the_database_itself_keeps_periods_from_overlapping_and_from_leaving_gaps() {
        customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St"));

        for (var period : Map.of(
                        "'2025-08-02', null", "one_after_another",
                        "'2025-07-01', '2025-08-03'", "no_gap",
                        "'2025-06-01', '2025-07-01'", "no_gap",
                        "'2025-07-02', '2025-08-01T10:00Z'), ('U-1', '2025-07-01', '2025-08-01T10:00Z'",
                                "one_after_another",
                        "'2025-07-02', '2025-07-01'", "history_check")
                .entrySet())
            assertThatThrownBy(() -> state.database()
                            .write(db -> db.execute(
                                    "insert into customers.history (user_id, valid_from, valid_to) values ('U-1', "
                                            + period.getKey() + ")")))
                    .as(period.getKey())
                    .hasStackTraceContaining(period.getValue());
    }

    @Test
    void what_has_been_kept_for_long_enough_leaves_on_the_day_and_profiles_follow() {
        customers = new TestCustomers(
                state, Map.of("CUSTOMERS_TRANSACTIONS_KEPT_DAYS", "500", "CUSTOMERS_TICKETS_KEPT_DAYS", "499"));
        var retention = (Retention) customers.module.beans().get("customerRetention");
        customers.upload(
                "transactions/a.jsonl",
                transaction("T-1", "U-1", "2025-08-01T10:00:00Z", "completed", "1 Elm St")
                        + transaction("T-2", "U-1", "2025-08-09T10:00:00Z", "completed", "2 Oak St"));
        customers.upload("tickets/a.json", ticket("A", "open", ""));

        clockTo("2026-12-14T10:00:00Z");
        retention.sweep();
        assertThat(customers.history("U-1")).hasSize(3);

        state.clock().pass(Duration.ofMillis(1));
        retention.sweep();
        assertThat(customers.history("U-1")).containsExactly("09 10:00 - now US 2 Oak St paypal");
        assertThat(customers.profile("U-1").path("firstSeen").asText()).isEqualTo("2025-08-09T10:00:00.000Z");

        clockTo("2026-12-23T00:00:00Z");
        retention.sweep();
        assertThat(customers.tables()).isEmpty();
        assertThat(state.column("select cast(rows as text) from lineage.due where kind = 'retention' order by id"))
                .containsExactly(
                        "{\"customers.ticket\": 1, \"customers.transaction\": 1}", "{\"customers.transaction\": 1}");
    }

    private static void clockTo(String moment) {
        state.clock().pass(Duration.between(state.clock().instant(), Instant.parse(moment)));
    }

    @Test
    void a_customer_is_told_of_over_http_to_those_who_may_know() throws Exception {
        customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U/1", "2025-08-01T10:00:00Z", "completed", "1 Elm St"));
        var api = new Api(ApiKeys.parse(ApiKeys.entry("noor", Role.VIEWER, "ck_noor")));
        customers.module.addTo(api);

        try (var port = new PublicPort(200_000, api)) {
            assertThat(ask(port, "U%2F1", "ck_noor").body())
                    .contains("\"id\":\"U/1\"", "\"USD\":\"10\"", "\"validTo\":null");
            assertThat(ask(port, "nobody", "ck_noor").statusCode()).isEqualTo(404);
            assertThat(ask(port, "U%2F1", "ck_other").statusCode()).isEqualTo(401);
        }
    }

    private static HttpResponse<String> ask(PublicPort port, String id, String key) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(port.url("/api/customers/" + id))
                                .header("X-API-Key", key)
                                .build(),
                        BodyHandlers.ofString());
    }

    private static String click(int id, String moment, String device, String country) {
        return """
                {"event_id":"e-%s","user_id":"U-1","session_id":"s","timestamp":"%s","event_type":"page_view","device_type":"%s","country":"%s"}
                """.formatted(id, moment, device, country);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sessions_tell_of_device_and_country_and_when_somebody_was_last_seen_whatever_comes_first(boolean clicksFirst) {
        var clicks = new TestClickstream(state);
        for (var isClicks : List.of(clicksFirst, !clicksFirst)) {
            if (!isClicks) {
                customers.upload(
                        "transactions/a.jsonl",
                        transaction("T-1", "U-1", "2025-08-03T10:00:00Z", "completed", "1 Elm St"));
                continue;
            }
            clicks.upload(
                    "clicks/a.jsonl",
                    click(1, "2025-08-01T08:00:00.000Z", "desktop", "US")
                            + click(2, "2025-08-05T09:00:00.000Z", "mobile", "UK")
                            + click(3, "2025-08-05T09:20:00.000Z", "mobile", "UK")
                            // With two devices and no country it tells of neither.
                            + click(4, "2025-08-07T09:00:00.000Z", "tablet", "XX")
                            + click(5, "2025-08-07T09:01:00.000Z", "desktop", "XX"));
            clicks.work();
            customers.followClicks();
        }

        assertThat(customers.history("U-1"))
                .containsExactly(
                        "01 08:00 - 03 10:00 US desktop",
                        "03 10:00 - 05 09:00 US desktop 1 Elm St paypal",
                        "05 09:00 - now GB mobile 1 Elm St paypal");
        var profile = customers.profile("U-1");
        assertThat(profile.path("lastSeen").asText()).isEqualTo("2025-08-07T09:01:00.000Z");
        assertThat(profile.path("sessions").asInt()).isEqualTo(3);
        assertThat(profile.path("clicks").asInt()).isEqualTo(5);
        assertThat(state.column("select cast(number as text) from clicks.changed"))
                .isEmpty();
    }

    @Test
    void while_clicks_are_read_profiles_follow_once_a_minute() {
        var clicks = new TestClickstream(state);
        customers.clicksRead.set(true);
        for (int day = 1; day <= 2; day++) {
            clicks.upload(
                    "clicks/%s.jsonl".formatted(day),
                    click(day, "2025-08-0%sT08:00:00.000Z".formatted(day), "desktop", "US"));
            clicks.work();
            customers.followClicks();
        }
        assertThat(customers.profile("U-1").path("sessions").asInt()).isEqualTo(1);

        state.clock().pass(Duration.ofMinutes(1));
        customers.followClicks();
        assertThat(customers.profile("U-1").path("sessions").asInt()).isEqualTo(2);

        clicks.upload("clicks/3.jsonl", click(3, "2025-08-03T08:00:00.000Z", "desktop", "US"));
        clicks.work();
        customers.clicksRead.set(false);
        customers.followClicks();
        assertThat(customers.profile("U-1").path("sessions").asInt()).isEqualTo(3);
    }

    @Test
    void browsing_tells_how_somebody_visits() {
        var clicks = new TestClickstream(state);
        clicks.upload(
                "clicks/a.jsonl",
                // A Friday, the next one, and a Monday shortly before midnight.
                click(1, "2025-08-01T08:00:00.000Z", "desktop", "US")
                        + click(2, "2025-08-01T08:10:00.000Z", "desktop", "US").replace("page_view", "purchase")
                        + click(3, "2025-08-08T08:30:00.000Z", "mobile", "UK").replace("page_view", "product_view")
                        + click(4, "2025-08-11T23:59:00.000Z", "mobile", "UK").replace("page_view", "search")
                        + click(5, "2025-08-12T00:00:01.000Z", "desktop", "UK").replace("page_view", "search")
                        + click(6, "2025-08-12T09:00:00.000Z", "desktop", "UK")
                                .replace("\"U-1\"", "null")
                                .replace("\"s\"", "\"somebody else's\""));
        clicks.work();
        customers.followClicks();

        assertThat(Json.read(customers.profile("U-1").path("browsing").toString()))
                .isEqualTo(Json.read("""
                {"clicksPerVisit":"1.67","meanSeconds":"220.33","medianSeconds":"61","daysBetween":"5.33","viewed":2,"purchased":1,"conversion":"0.5",
                 "events":[{"name":"search","clicks":2},{"name":"page_view","clicks":1},{"name":"product_view","clicks":1},{"name":"purchase","clicks":1}],
                 "hours":[{"hour":8,"visits":2},{"hour":23,"visits":1}],
                 "weekdays":[{"name":"friday","visits":2},{"name":"monday","visits":1}],
                 "devices":[{"name":"desktop","visits":2},{"name":"mobile","visits":2}],
                 "countries":[{"name":"UK","visits":2},{"name":"US","visits":1}]}"""));
    }

    @Test
    void who_was_seen_clicking_once_has_no_days_between_and_who_never_was_no_browsing() {
        var clicks = new TestClickstream(state);
        clicks.upload(
                "clicks/a.jsonl",
                click(1, "2025-08-01T08:00:00.000Z", "desktop", "US").replace("page_view", "search"));
        clicks.work();
        customers.followClicks();
        customers.upload(
                "transactions/a.jsonl", transaction("T-1", "U-2", "2025-08-01T10:00:00Z", "completed", "1 Elm St"));

        var browsing = customers.profile("U-1").path("browsing");
        assertThat(browsing.path("medianSeconds").asText()).isEqualTo("0");
        assertThat(browsing.path("daysBetween").isNull()).isTrue();
        assertThat(browsing.path("conversion").isNull()).isTrue();
        assertThat(customers.profile("U-2").path("browsing").isNull()).isTrue();
    }

    @Test
    void a_visitor_turns_out_to_be_a_customer_when_stitched_and_days_are_restated() {
        var clicks = new TestClickstream(state);
        clicks.upload(
                "clicks/a.jsonl",
                click(1, "2025-08-01T08:00:00.000Z", "desktop", "US").replace("\"U-1\"", "null"));
        clicks.work();
        customers.followClicks();
        assertThat(state.column("select user_id from customers.profile")).isEmpty();
        assertThat(touched()).containsExactly("2025-08-01");

        clicks.upload("clicks/b.jsonl", click(2, "2025-08-01T08:01:00.000Z", "desktop", "US"));
        clicks.work();
        customers.followClicks();

        assertThat(customers.profile("U-1").path("clicks").asInt()).isEqualTo(2);
        assertThat(touched()).hasSizeGreaterThan(1).containsOnly("2025-08-01");
    }

    private static List<String> touched() {
        return state.column("select cast(day as text) from customers.touched order by change");
    }
}
