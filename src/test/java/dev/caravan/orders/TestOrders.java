package dev.caravan.orders;

import dev.caravan.alerts.Alerts;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Balance;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.outbound.Port;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.quarantine.Quarantine.Kept;
import dev.caravan.reports.ReportsApi;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.testing.Surroundings;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import dev.caravan.uploads.FileIntake;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The orders flow on a real database: files go in as its routes would send them through. */
public final class TestOrders {
    static final Instant NOW = Instant.parse("2025-08-29T00:00:00Z");

    private static final Port NOBODY = call -> {
        throw new TargetUnavailable("nobody", "nobody is to be asked here");
    };

    final TestState state;
    final Ledger ledger;
    final Quarantine quarantine;
    final OrdersModule module;
    final OrderStep step;
    final Alerts alerts;

    final Surroundings around;
    final FileIntake<OrderPage> intake;
    private final Set<String> ids = new HashSet<>();
    private int uploads;

    TestOrders(TestState state) {
        this(state, Map.of());
    }

    TestOrders(TestState state, Map<String, String> settings) {
        this(state, settings, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    public TestOrders(TestState state, Map<String, String> settings, Clock clock) {
        this(state, settings, clock, NOBODY, NOBODY);
    }

    TestOrders(TestState state, Map<String, String> settings, Clock clock, Port pimcore, Port medusa) {
        this.state = state;
        var set = Settings.of(settings);
        var routes = RouteFiles.at("classpath:routes");
        around = new Surroundings(state.database(), set, routes, clock);
        ledger = around.ledger;
        quarantine = new Quarantine(clock);
        alerts = around.alerts;
        module = new OrdersModule(new OrdersModule.Needs(
                set,
                routes,
                state.database(),
                ledger,
                quarantine,
                new Audit(clock),
                around.outcomes,
                around.failures,
                around.originals,
                alerts,
                around.events,
                pimcore,
                medusa,
                new RememberedIds() {
                    @Override
                    public boolean remember(String id, Duration atLeast) {
                        return ids.add(id);
                    }

                    @Override
                    public void forget(String id) {
                        ids.remove(id);
                    }
                },
                null,
                clock));
        intake = module.intake();
        step = (OrderStep) module.beans().get("orderStep");
    }

    /** Uploads a file, each a second after the last. */
    public Upload upload(String key, String content) {
        return upload(key, content.getBytes(StandardCharsets.UTF_8));
    }

    public Upload upload(String key, byte[] content) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        receive(upload, content);
        return upload;
    }

    /** An upload that was noticed, and is not read yet. */
    Upload opened(String key) {
        var upload = TestState.upload(key, TestClock.START.plusSeconds(uploads++), "01");
        intake.open(upload);
        return upload;
    }

    /** Reads what was noticed. */
    void read(Upload upload, String content) {
        receive(upload, content.getBytes(StandardCharsets.UTF_8));
    }

    /** As often as its announcement comes. */
    void receive(Upload upload, byte[] content) {
        if (intake.open(upload) == null) return;
        try (var pages = intake.pages(new ByteArrayInputStream(content), upload)) {
            while (pages.hasNext()) step.save(pages.next());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        intake.complete(upload);
        intake.close(upload);
    }

    /** Products by id and price, as the catalogue has them. */
    public Upload catalogue(String... idsAndPrices) {
        var products = Json.array();
        for (int i = 0; i < idsAndPrices.length; i += 2)
            products.addObject()
                    .put("product_id", idsAndPrices[i])
                    .put("category", "Books")
                    .put("brand", "ReadMore")
                    .put("price", idsAndPrices[i + 1]);
        return upload("catalog/products.json", Json.bytes(products));
    }

    Map<State, Long> states(Upload upload) {
        return balance(upload).states();
    }

    public Balance balance(Upload upload) {
        return state.ask(db -> ledger.balance(db, upload.id()));
    }

    List<Kept> quarantined() {
        return state.list(db -> quarantine.list(db, Filter.open(), 1_000_000));
    }

    /** Everything that must not depend on how often, in which order and in which files orders came, as text; zeros at the end of a sum mean nothing. */
    String tables() {
        return String.join("\n", state.column("""
                        select t::text from (
                          select 'version' as kind, to_jsonb(v) - 'upload' - 'index' - 'received_at' - 'document' - 'change' as row from orders.version v
                          union all select 'placed', to_jsonb(p) from orders.placed p
                          union all select 'line', to_jsonb(l) from orders.line l
                          union all select 'revenue', to_jsonb(r) || jsonb_build_object('total', trim_scale(total)) from orders.revenue_by_day r where orders <> 0
                          union all select 'sales', to_jsonb(s) || jsonb_build_object('total', trim_scale(total)) from orders.sales_by_day s where lines <> 0
                          union all select 'warned', to_jsonb(w) from orders.warned_by_day w where orders <> 0) t order by 1"""));
    }

    /** Where reports are asked for. */
    public ReportsApi reports() {
        return new ReportsApi(List.of(module.reportDesk()));
    }
}
