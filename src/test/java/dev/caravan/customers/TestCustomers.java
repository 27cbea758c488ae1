package dev.caravan.customers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.orders.TestOrders;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The customers flow on a real database, with the catalogue of orders: files go in as its routes would send them through. */
public final class TestCustomers {
    final TestState state;
    final CustomersModule module;
    private final TestOrders orders;
    private final Ledger ledger;
    private final Quarantine quarantine;
    /** Whether a file of clicks is read elsewhere. */
    final AtomicBoolean clicksRead = new AtomicBoolean();

    private int uploads;

    public TestCustomers(TestState state) {
        this(state, Map.of());
    }

    TestCustomers(TestState state, Map<String, String> settings) {
        this.state = state;
        var clock = state.clock();
        orders = new TestOrders(state, Map.of(), clock);
        ledger = new Ledger(clock);
        quarantine = new Quarantine(clock);
        module = new CustomersModule(new CustomersModule.Needs(
                Settings.of(settings),
                RouteFiles.at("classpath:routes"),
                state.database(),
                ledger,
                quarantine,
                new Audit(clock),
                new Outcomes(new SimpleMeterRegistry()),
                null,
                clicksRead::get,
                clock));
    }

    public static byte[] sample(String file) {
        try {
            return Files.readAllBytes(Path.of("samples", file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Uploads a file, each a second after the last. */
    public Upload upload(String key, String content) {
        return upload(key, content.getBytes(StandardCharsets.UTF_8));
    }

    public Upload upload(String key, byte[] content) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        receive(upload, content, Integer.MAX_VALUE);
        return upload;
    }

    /**
     * As often as its announcement comes.
     *
     * @param pages after so many the instance dies
     */
    void receive(Upload upload, byte[] content, int pages) {
        var intake = module.intake();
        if (intake.open(upload) == null) return;
        try (var read = intake.pages(new ByteArrayInputStream(content), upload)) {
            for (int page = 0; read.hasNext(); page++) {
                if (page == pages) return;
                module.step().save(read.next());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        intake.complete(upload);
        intake.close(upload);
    }

    /** What the catalogue is told, and transactions follow. */
    public void catalogue(byte[] content) {
        orders.upload("catalog/products.json", content);
        module.step().followCatalogue();
    }

    /** Profiles and reports learn of the sessions that were written. */
    public void followClicks() {
        ((CustomerSessions) module.beans().get("customerSessions")).follow();
    }

    public Map<State, Long> states(Upload upload) {
        return balance(upload).states();
    }

    Balance balance(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id()));
    }

    List<Kept> quarantined() {
        return state.list(db -> quarantine.list(db, Filter.open(), 1_000_000));
    }

    JsonNode profile(String user) {
        return module.journey(user).orElseThrow().path("customer");
    }

    /** The history of a customer, a period a line. */
    List<String> history(String user) {
        return state.column("""
                select concat_ws(' ', to_char(valid_from at time zone 'UTC', 'DD HH24:MI'), '-', coalesce(to_char(valid_to at time zone 'UTC', 'DD HH24:MI'), 'now'),
                                 country, device_type, shipping_address, payment_method, support_status)
                from customers.history where user_id = '%s' order by valid_from""".formatted(user));
    }

    /** Rules that do not hold, by transaction. */
    Map<String, List<String>> findings() {
        var findings = new HashMap<String, List<String>>();
        state.column(
                        "select transaction_id || ' ' || string_agg(substr(rule, 13), ' ' order by rule) from customers.finding group by transaction_id")
                .forEach(line -> findings.put(
                        line.split(" ")[0],
                        List.of(line.substring(line.indexOf(' ') + 1).split(" "))));
        return findings;
    }

    /** Everything that must not depend on how often, in which order and in which files records came, as text. */
    String tables() {
        return String.join("\n", state.column("""
                select t::text from (
                  select 'version' as kind, to_jsonb(v) - 'upload' - 'index' - 'received_at' - 'document' as row from customers.version v
                  union all select 'transaction', to_jsonb(t) from customers.transaction t
                  union all select 'item', to_jsonb(i) from customers.item i
                  union all select 'ticket', to_jsonb(t) from customers.ticket t
                  union all select 'profile', to_jsonb(p) from customers.profile p
                  union all select 'history', to_jsonb(h) from customers.history h
                  union all select 'finding', to_jsonb(f) from customers.finding f) t order by 1"""));
    }
}
