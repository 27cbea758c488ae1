package dev.caravan.customers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.archive.ArchivedDays;
import dev.caravan.archive.Column;
import dev.caravan.archive.Dataset;
import dev.caravan.archive.Datasets;
import dev.caravan.testing.Analyst;
import dev.caravan.testing.TestS3;
import dev.caravan.testing.TestState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions, tickets and the history of profiles as analysts read them, on a clock that is moved by hand. */
class CustomerArchiveTest {
    private static final String BUCKET = "caravan-archive";
    private static final List<Dataset> DATASETS =
            List.of(Datasets.TRANSACTIONS, Datasets.TICKETS, Datasets.PROFILE_HISTORY);

    private static TestState state;
    private static TestS3 server;
    private static TestCustomers customers;

    @TempDir
    private Path folder;

    private Analyst analyst;

    @BeforeAll
    static void start() throws Exception {
        state = new TestState();
        server = new TestS3(BUCKET);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        customers = new TestCustomers(state);
        analyst = new Analyst(server.client(), BUCKET, folder);
        for (var key : analyst.keys())
            server.client().deleteObject(request -> request.bucket(BUCKET).key(key));
    }

    @Test
    void another_reader_finds_the_samples_as_postgresql_has_them() {
        load();

        assertThat(analyst.read("""
                select transaction_id, item, user_id, amount, currency, status, product_id, quantity, item_total, strftime(day, '%Y-%m-%d')
                from transactions order by transaction_id, item""")).hasSizeGreaterThan(7).isEqualTo(postgresql("""
                        select transaction_id, position + 1, user_id, cast(amount as numeric(28, 6)), currency, status, product_id, quantity,
                               cast(total as numeric(28, 6)), day
                        from customers.transaction join customers.item using (transaction_id) order by transaction_id collate "C", position"""));
        assertThat(
                        analyst.read(
                                "select ticket_id, user_id, epoch_us(changed_at), category, status from tickets order by ticket_id"))
                .isNotEmpty()
                .isEqualTo(
                        postgresql(
                                "select ticket_id, user_id, cast(extract(epoch from changed_at) * 1000000 as bigint), category, status from customers.ticket order by ticket_id collate \"C\""));
        assertThat(
                        analyst.read(
                                "select user_id, epoch_us(valid_from), epoch_us(valid_to), country, shipping_address, support_status from profile_history order by 1, 2"))
                .isNotEmpty()
                .isEqualTo(
                        postgresql(
                                "select user_id, cast(extract(epoch from valid_from) * 1000000 as bigint), cast(extract(epoch from valid_to) * 1000000 as bigint), country, shipping_address, support_status from customers.history order by user_id collate \"C\", 2"));
    }

    @Test
    void columns_have_the_types_that_the_data_sets_say() {
        load();

        for (var dataset : DATASETS)
            assertThat(analyst.columns(dataset))
                    .containsExactlyElementsOf(
                            Stream.concat(dataset.columns().stream().map(Column::toString), Stream.of("day DATE"))
                                    .toList());
    }

    @Test
    void the_query_in_the_documentation_joins_what_was_paid_with_the_country_of_the_time() {
        load();

        var rows = analyst.example(Datasets.TRANSACTIONS);

        assertThat(rows).isNotEmpty().isEqualTo(postgresql("""
                select country, currency, cast(sum(i.total) as numeric(28, 6)) from customers.transaction t join customers.item i using (transaction_id)
                where status = 'completed' and user_id is not null group by country, currency order by country, currency"""));
    }

    @Test
    void a_late_row_splits_history_in_the_days_it_belongs_to_and_no_other_is_written_again() {
        customers.upload("transactions/a.json", transaction("T-1", "2025-05-01T10:00:00Z", "card"));
        customers.upload("transactions/b.json", transaction("T-2", "2025-05-09T10:00:00Z", "paypal"));
        settle();
        var before = periods();

        customers.upload("transactions/c.json", transaction("T-3", "2025-05-05T10:00:00Z", "bank"));
        settle();

        assertThat(before).containsExactly("2025-05-01 card until 2025-05-09", "2025-05-09 paypal until now");
        assertThat(periods())
                .containsExactly(
                        "2025-05-01 card until 2025-05-05",
                        "2025-05-05 bank until 2025-05-09",
                        "2025-05-09 paypal until now");
        assertThat(state.column(
                        "select dataset || ' ' || day from archive.day where dataset = 'transactions' and version > 1"))
                .isEmpty();
    }

    @Test
    void transactions_leave_the_archive_on_the_day_they_leave_the_database() {
        customers.upload("transactions/a.json", transaction("T-1", "2025-05-01T10:00:00Z", "card"));
        var kept = Duration.ofDays(3653);
        settle();

        clockTo(Instant.parse("2025-05-02T00:00:00Z").plus(kept).minusSeconds(1));
        days().write();
        assertThat(analyst.keys()).hasSize(2);
        clockTo(Instant.parse("2025-05-02T00:00:00Z").plus(kept));
        days().write();

        assertThat(analyst.keys()).isEmpty();
    }

    private void load() {
        customers.catalogue(TestCustomers.sample("listed_catalog.json"));
        customers.upload("transactions/2025-08.csv", TestCustomers.sample("transactions.csv"));
        customers.upload("tickets/2025-08.json", TestCustomers.sample("tickets.json"));
        clockTo(Instant.parse("2026-01-01T00:00:00Z"));
        settle();
    }

    /** As when nothing comes for a while. */
    private static void settle() {
        days().write();
        state.clock().pass(Duration.ofMinutes(1));
        days().write();
    }

    private static ArchivedDays days() {
        var settings = dev.caravan.settings.Settings.of(Map.of());
        return new ArchivedDays(
                state.database(),
                server.client(),
                BUCKET,
                Map.of(
                        Datasets.TRANSACTIONS, settings.duration("customers.transactions-kept-days"),
                        Datasets.TICKETS, settings.duration("customers.tickets-kept-days"),
                        Datasets.PROFILE_HISTORY, settings.duration("customers.transactions-kept-days")),
                true,
                state.clock());
    }

    private static String transaction(String id, String moment, String method) {
        return """
                {"transaction_id":"%s","user_id":"U-1","timestamp":"%s","amount":10,"currency":"USD","payment_method":"%s","status":"completed",\
                "items":[{"product_id":"P-1","quantity":2,"price":5}],"billing_country":"US"}
                """.formatted(id, moment, method);
    }

    private List<String> periods() {
        return analyst
                .read(
                        "select strftime(day, '%Y-%m-%d') || ' ' || payment_method || ' until ' || coalesce(strftime(make_timestamp(epoch_us(valid_to)), '%Y-%m-%d'), 'now') from profile_history order by valid_from")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    private static List<List<String>> postgresql(String sql) {
        return Analyst.rows(state.jdbcUrl(), List.of(), sql);
    }

    private static void clockTo(Instant moment) {
        state.clock().pass(Duration.between(state.clock().instant(), moment));
    }
}
