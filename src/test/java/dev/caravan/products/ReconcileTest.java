package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.medusa.MedusaShop;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.products.medusa.ShopDifferences;
import dev.caravan.products.medusa.ShopSettings;
import dev.caravan.products.pimcore.PimcoreDifferences;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import dev.caravan.state.Audit;
import dev.caravan.state.Caches;
import dev.caravan.state.LastSent;
import dev.caravan.testing.TestState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** What reconcile says when it cannot compare; how it compares and repairs is in {@code ReconcileIT}. */
class ReconcileTest {
    private static final RouteFiles ROUTES = RouteFiles.at("classpath:routes");

    private static TestState state;
    private static Intake intake;
    private static Caches caches;

    private final PimcoreStandIn pimcore = PimcoreStandIn.start();
    private final MedusaStandIn medusa = new MedusaStandIn();
    private Function<Upload, InputStream> objects =
            upload -> new ByteArrayInputStream("[]".getBytes(StandardCharsets.UTF_8));
    private final Reconcile reconcile = reconcile();

    @BeforeAll
    static void start() {
        state = new TestState();
        intake = new Intake(state);
        caches = Caches.start(state.database().dataSource(), Caches.Settings.alone());
    }

    @AfterAll
    static void stop() {
        caches.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @AfterEach
    void close() {
        pimcore.close();
        medusa.close();
    }

    @Test
    void nothing_is_in_sync_with_nothing() {
        var report = reconcile.run(false, 0, "mara");

        assertThat(report.path("inSync").asBoolean()).isTrue();
        assertThat(report.path("products").asInt()).isZero();
    }

    @Test
    void a_product_that_pimcore_has_not_confirmed_yet_is_the_flows_business() {
        intake.save(intake.upload(1), new Intake.Said("1", "red"));

        var report = reconcile.run(false, 0, "mara");

        assertThat(report.path("onTheirWay").asInt()).isEqualTo(1);
        assertThat(report.path("inSync").asBoolean()).isTrue();
    }

    @Test
    void a_record_that_its_file_does_not_have_any_more_cannot_be_compared() {
        saved("1");

        var report = reconcile.run(false, 0, "mara");

        assertThat(untold(report)).contains("shein-1").contains("its record is not in its file any more");
        assertThat(report.path("inSync").asBoolean()).isFalse();
    }

    @Test
    void a_file_that_is_gone_is_told_as_the_reason_for_each_of_its_products() {
        saved("1", "2");
        objects = upload -> {
            throw NoSuchKeyException.builder().message("no such version").build();
        };

        var report = reconcile.run(false, 1000, "mara");

        assertThat(report.at("/pimcore/untold")).hasSize(2);
        assertThat(untold(report)).contains("its file cannot be read: no such version");
    }

    @Test
    void what_the_mapping_would_make_differently_today_is_not_sent() {
        saved("1");
        objects = upload -> new ByteArrayInputStream("[{\"code\":\"0\"}]".getBytes(StandardCharsets.UTF_8));

        var report = reconcile.run(true, 0, "mara");

        assertThat(untold(report)).contains("the mapping makes something else of it today");
        assertThat(report.at("/repaired/pimcoreObjects").asInt()).isZero();
        assertThat(pimcore.counters().objectsWritten()).isZero();
        assertThat(state.column("select who || ' ' || action || ' ' || subject from audit.action"))
                .containsExactly("mara reconcile products");
    }

    @Test
    void one_reconciliation_at_a_time() throws Exception {
        saved("1");
        var reading = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        objects = upload -> {
            reading.countDown();
            await(goOn);
            return new ByteArrayInputStream("[]".getBytes(StandardCharsets.UTF_8));
        };
        var first = CompletableFuture.supplyAsync(() -> reconcile.answer(request()));
        await(reading);

        assertThatThrownBy(() -> reconcile.answer(request()))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(409));

        goOn.countDown();
        assertThat(first.get().status()).isEqualTo(200);
        assertThat(reconcile.answer(request()).status()).isEqualTo(200);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Request request() {
        return new Request(
                Map.of(),
                Map.of("content-type", "application/json"),
                "{}".getBytes(StandardCharsets.UTF_8),
                new Caller("mara", Role.OPERATOR));
    }

    private static String untold(ObjectNode report) {
        return report.at("/pimcore/untold").toString();
    }

    private static void saved(String... ids) {
        var said = new Intake.Said[ids.length];
        for (int i = 0; i < ids.length; i++) said[i] = new Intake.Said(ids[i], "red");
        intake.save(intake.upload(1), said);
        for (var id : ids) intake.confirm(id, true);
    }

    private Reconcile reconcile() {
        var clock = state.clock();
        var sellability = new Sellability(false, supplier -> StockWhenAbsent.HOLD);
        var mapping = PimcoreMapping.compile(ROUTES.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE);
        var hub = port(pimcore.endpoint(), "X-API-Key", pimcore.apiKey());
        var basic = Base64.getEncoder().encodeToString((medusa.secretKey() + ":").getBytes(StandardCharsets.UTF_8));
        var admin = port(medusa.url(), "Authorization", "Basic " + basic);
        return new Reconcile(
                new Reconcile.Needs(
                        state.database(),
                        intake.products,
                        new Notices(Tracing.OFF, clock),
                        intake.ledger,
                        intake.journey,
                        new Audit(clock),
                        Intake.SUPPLIERS,
                        intake.normalise,
                        ReaderLimits.DEFAULT,
                        upload -> objects.apply(upload),
                        new HoldRules(true, sellability),
                        new ShopMapping(ROUTES, sellability, UnaryOperator.identity()),
                        new LastSent(caches.lastSent())),
                new PimcoreSweep(hub, Duration.ofSeconds(120), 500, clock),
                new PimcoreReader(hub, 25, clock),
                new PimcoreDifferences(hub, mapping, PimcoreProducts.Settings.DEFAULT, clock),
                new ShopDifferences(admin, mine -> new MedusaShop(mine, ShopSettings.DEFAULT, clock), clock));
    }

    private static Port port(URI base, String header, String value) {
        var http = HttpClient.newHttpClient();
        return call -> send(http, base, header, value, call);
    }

    private static Reply send(HttpClient http, URI base, String header, String value, Call call) {
        var address = base.toString().replaceAll("/$", "") + call.path();
        var request = HttpRequest.newBuilder(URI.create(address))
                .header(header, value)
                .header("Content-Type", "application/json")
                .method(
                        call.method(),
                        call.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(call.body()))
                .build();
        try {
            var answer = http.send(request, BodyHandlers.ofByteArray());
            return new Reply(answer.statusCode(), Map.of("Content-Type", "application/json"), answer.body());
        } catch (IOException | InterruptedException e) {
            throw new TargetUnavailable("target", "no answer from " + address, null, e);
        }
    }
}
