package dev.caravan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.Assembly.Edges;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.archive.ArchivedDays;
import dev.caravan.aws.BatchMessage;
import dev.caravan.aws.Queues;
import dev.caravan.clickstream.ClickFiles;
import dev.caravan.clickstream.ClickLedger;
import dev.caravan.clickstream.ClickWorker;
import dev.caravan.deadletters.DeadLetters.Parking;
import dev.caravan.deadletters.Repairs;
import dev.caravan.erasure.ErasureApi;
import dev.caravan.erasure.Erasures;
import dev.caravan.erasure.Person;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.ledger.Upload;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.orders.LateSums;
import dev.caravan.orders.OrderWatch;
import dev.caravan.outbound.Port;
import dev.caravan.products.Suppliers;
import dev.caravan.reports.DayReports;
import dev.caravan.routes.Flows;
import dev.caravan.routes.RouteFiles;
import dev.caravan.sandbox.AwsSandbox;
import dev.caravan.settings.Settings;
import dev.caravan.state.CachedIds;
import dev.caravan.state.Caches;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.state.LastSent;
import dev.caravan.tasks.HandlerRoutes;
import dev.caravan.testing.Places;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import dev.caravan.uploads.Originals;
import dev.caravan.uploads.Uploads;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Somebody goes through every flow, by its own routes, and is erased: nothing in any table, object or log has them afterwards. */
class ErasureTest {
    private static final String ID = "CLIENT-7788";
    private static final String NAME = "Ines Zauberwald";
    private static final String MAIL = "ines@zauberwald.example";
    private static final String STREET = "Zauberwald Lane 12";
    private static final String PHONE = "+49 30 5550 7788";
    private static final String VISIT = "visit-7788";
    private static final List<String> THEIRS = List.of(ID, "Zauberwald", "zauberwald", PHONE, "203.0.113.77", VISIT);

    private static TestState state;
    private static AwsSandbox aws;
    private static S3Client s3;
    private static Caches caches;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Killing killing = new Killing();
    private StagedRoutes routes;
    private Assembly assembly;
    private Erasures erasures;
    private int messages;

    @BeforeAll
    static void start() {
        state = new TestState();
        aws = AwsSandbox.start();
        s3 = aws.clients().s3();
        caches = Caches.start(state.database().dataSource(), Caches.Settings.alone());
    }

    @AfterAll
    static void stop() {
        caches.close();
        aws.close();
        state.close();
    }

    private static void empty() {
        state.clear();
        for (var bucket : buckets())
            for (var version : s3.listObjectVersionsPaginator(request -> request.bucket(bucket))
                    .versions())
                s3.deleteObject(
                        request -> request.bucket(bucket).key(version.key()).versionId(version.versionId()));
    }

    @BeforeEach
    void begin() {
        empty();
        var environment = new HashMap<>(Map.of(
                "DATABASE_URL", "jdbc:postgresql://127.0.0.1/x",
                "PIMCORE_URL", "http://127.0.0.1:1",
                "PIMCORE_API_KEY", "k",
                "PIMCORE_WEBHOOK_SECRET", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
                "MEDUSA_URL", "http://127.0.0.1:1",
                "MEDUSA_API_KEY", "sk_1",
                "CARAVAN_API_KEYS", "",
                "CARAVAN_ROUTES", "classpath:routes"));
        environment.put("ERASURE_LIST_MILLISECONDS", "0");
        environment.put("CARAVAN_FLOWS", "orders,customers,clickstream");
        environment.put("PUBLICATIONS_QUEUE", "no-such-queue");
        environment.put("CLICKSTREAM_CHECKPOINT_SECONDS", "0");
        environment.put("CLICKSTREAM_OPEN_SESSIONS_SECONDS", "0");
        var settings = Settings.of(environment);
        var files = RouteFiles.at("classpath:routes");
        Port nobody = call -> {
            throw new IllegalStateException("not expected: " + call);
        };
        var edges = new Edges(
                Suppliers.load(files),
                state.database(),
                killing.around(s3),
                StagedRoutes::taken,
                (queue, body) -> {},
                new Queues(() -> routes.context(), aws.clients().sqs(), () -> Flows.of(files)
                        .queues())::messages,
                wakeups -> Set.of(),
                new HandlerRoutes(() -> routes.context()),
                nobody,
                nobody,
                new LastSent(caches.lastSent()),
                new InProgressIdempotentRepository(
                        caches.idempotent(), "uploads", "test", Duration.ofMinutes(1), state.clock()),
                new CachedIds(caches.idempotent(), "pimcore"),
                new Outcomes(new SimpleMeterRegistry()),
                Tracing.OFF,
                Optional.empty());
        assembly = new Assembly(settings, files, edges, state.clock());
        erasures = assembly.erasures;
        routes = new StagedRoutes(settings, files, assembly.beans(), edges);
        log.start();
        logger().addAppender(log);
        logger().setLevel(Level.INFO);
    }

    @AfterEach
    void end() {
        logger().detachAppender(log);
        assembly.clicks.close();
        routes.close();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.caravan");
    }

    @Test
    void nothing_has_the_person_afterwards_and_everything_had_before() {
        fill();
        assertThat(places())
                .contains(
                        "alerts.alert.subject",
                        "audit.action.why",
                        "clicks.confirmed_appeal.why",
                        "clicks.declined_appeal.why",
                        "clicks.late.click",
                        "clicks.page.content",
                        "clicks.session.visitor",
                        "clicks.shelf.bytes",
                        "customers.history.shipping_address",
                        "customers.profile.user_id",
                        "customers.ticket.user_id",
                        "customers.transaction.user_id",
                        "customers.version.document",
                        "customers.version.warnings",
                        "dead_letters.letter.body",
                        "orders.customers_by_month.customer",
                        "orders.placed.customer",
                        "orders.recent_amounts.subject",
                        "orders.version.document",
                        "quarantine.record.raw",
                        "tasks.task.description",
                        "tasks.task.title",
                        "caravan-archive/parquet/clicks",
                        "caravan-archive/parquet/orders",
                        "caravan-archive/parquet/profile-history",
                        "caravan-archive/parquet/sessions",
                        "caravan-archive/parquet/tickets",
                        "caravan-archive/parquet/transactions",
                        "caravan-archive/raw",
                        "caravan-archive/reports",
                        "caravan-inbox/clicks",
                        "caravan-inbox/elsewhere",
                        "caravan-inbox/orders",
                        "caravan-inbox/tickets",
                        "caravan-inbox/transactions");
        var sums = sums();
        var others = clicksOfOthers();
        assertThat(others)
                .containsExactly("e-other 192.0.2.1 Mozilla/5.0 s-9", "e-shared 192.0.2.1 Mozilla/5.0 their session");

        var erasure = erase();
        afterwards();

        assertThat(places()).isEmpty();
        assertThat(state.column(
                        "select document ->> 'email' from customers.version where document ->> 'email' is not null"))
                .containsExactly("a@byron.example");
        assertThat(sums()).isEqualTo(sums);
        assertThat(clicksOfOthers()).isEqualTo(others);
        assertThat(inParquet("clicks", "distinct user_agent", "user_id is null or user_id like 'erased-%'"))
                .containsExactly("erased");
        assertThat(inParquet("clicks", "event_id", "user_id is null")).contains("e-anonymous", "e-before", "e-far");
        assertThat(state.column("select visitor from clicks.session where anonymous"))
                .hasSize(1)
                .allMatch(Person::isPseudonym);
        assertThat(inParquet("sessions", "distinct anonymous || visitor", "visitor like 'erased-%'"))
                .hasSize(2);
        assertThat(log.list).noneMatch(line -> THEIRS.stream().anyMatch(line.getFormattedMessage()::contains));
        var certificate = certificate(erasure);
        assertThat(certificate.path("state").asText()).isEqualTo("done");
        assertThat(certificate.path("stores").findValuesAsText("store"))
                .containsExactly(
                        "originals",
                        "clickstream",
                        "files of clicks",
                        "customers",
                        "reports of customers",
                        "orders",
                        "reports of orders",
                        "quarantine",
                        "dead letters",
                        "shop",
                        "journeys",
                        "tasks",
                        "alerts",
                        "audit trail",
                        "session ids",
                        "queues",
                        "event archive",
                        "logs",
                        "access logs",
                        "former versions",
                        "backups of the database",
                        "lineage",
                        "metrics and traces");
        assertThat(certificate.path("stores").valueStream().filter(step -> step.has("keptDays")))
                .allMatch(step -> step.path("found").isNull())
                .extracting(step -> step.path("keptDays").asInt())
                .containsExactly(14, 30, 30, 365, 30, 14);
        assertThat(found(certificate, "customers")).containsKey("profiles").containsEntry("tickets", 1L);
        assertThat(found(certificate, "orders")).containsEntry("orders", 3L).containsKey("Parquet files");
        assertThat(found(certificate, "files of clicks")).containsEntry("files", 1L);
        assertThat(found(certificate, "originals")).containsKeys("files", "objects and versions");
        assertThat(certificate.path("sessions")).hasSize(2);
        assertThat(Json.read(s3.getObjectAsBytes(
                                request -> request.bucket("caravan-archive").key("erasures/" + erasure + ".json"))
                        .asByteArray()))
                .isEqualTo(Json.read(
                        state.column("select certificate from erasure.erasure").get(0)));
    }

    @Test
    void what_comes_again_comes_out_without_the_person_and_counts_no_second_time() {
        fill();
        erase();
        var sums = sums();

        upload("orders/again.jsonl", orders());
        upload("transactions/again.csv", transactions());
        upload("tickets/again.json", tickets());
        upload("clicks/again.json", clicks());
        send("caravan-clicks", click("sent", ID, "09:00:00", 1));
        work();
        erasures.work();

        assertThat(places()).isEmpty();
        assertThat(sums()).isEqualTo(sums);
        assertThat(
                        state.column(
                                "select distinct e.state from ledger.entry e join ledger.upload u on u.id = e.upload where u.object_key in ('orders/again.jsonl', 'transactions/again.csv') order by 1"))
                .containsExactly("duplicate", "quarantined");
    }

    @Test
    void a_message_under_way_is_in_the_certificate_and_taken_in_as_the_pseudonyms_when_it_arrives() {
        upload("clicks/a.json", clicks());
        work();
        var sqs = aws.clients().sqs();
        var url = aws.queueUrl("caravan-clicks");
        sqs.sendMessage(request -> request.queueUrl(url).messageBody(click("sent", ID, "09:00:00", 1)));

        var certificate = certificate(erase());
        var arrived = sqs.receiveMessage(request -> request.queueUrl(url)).messages();
        sqs.deleteMessage(
                request -> request.queueUrl(url).receiptHandle(arrived.get(0).receiptHandle()));
        send("caravan-clicks", arrived.get(0).body());
        afterwards();

        var queues = certificate
                .path("stores")
                .valueStream()
                .filter(step -> step.path("store").asText().equals("queues"))
                .findFirst()
                .orElseThrow();
        var holds = queues.path("holds");
        assertThat(holds.fieldNames())
                .toIterable()
                .as("also those of flows that do not run here")
                .containsExactly(
                        "caravan-catalogue",
                        "caravan-catalogue-dead",
                        "caravan-clicks",
                        "caravan-clicks-dead",
                        "caravan-products",
                        "caravan-products-dead",
                        "caravan-tasks-dead.fifo",
                        "caravan-tasks.fifo",
                        "caravan-uploads",
                        "caravan-uploads-dead",
                        "no-such-queue",
                        "no-such-queue-dead");
        assertThat(holds.path("caravan-clicks").asInt()).isEqualTo(1);
        assertThat(holds.path("caravan-clicks-dead").asInt(-1)).isZero();
        assertThat(holds.path("no-such-queue").isNull()).isTrue();
        assertThat(arrived).hasSize(1);
        assertThat(inParquet("clicks", "user_id", "event_id = 'e-sent'"))
                .containsExactly(certificate.path("pseudonym").asText());
        assertThat(places()).isEmpty();
    }

    @Test
    void an_erasure_that_is_stopped_anywhere_ends_as_one_that_is_not() {
        fill();
        var undisturbed = foundByStore(erase());
        end();
        begin();
        fill();
        var erasure = begin(ID);

        killing.armed = true;
        int kills = 0;
        for (int store = 0; store < 2 * undisturbed.size(); store++) {
            state.clock().pass(Duration.ofMinutes(1));
            kills += workAndBeKilled(store);
        }
        killing.armed = false;
        afterwards();

        assertThat(kills).isGreaterThan(50);
        assertThat(places()).isEmpty();
        assertThat(foundByStore(erasure)).isEqualTo(undisturbed);
        assertThat(state.column("select thing from erasure.effect")).isEmpty();
    }

    /**
     * Works until nothing more can be done, killed before and after each thing that is done in S3, and in the transaction of one store.
     *
     * @return how often
     */
    private int workAndBeKilled(int store) {
        state.database()
                .write(db -> db.execute("alter table erasure.erasure add constraint killed check (position <> "
                        + (store + 1) + ") not valid"));
        int kills = 0;
        boolean once = true;
        while (true) {
            try {
                erasures.work();
                if (once)
                    state.database().write(db -> db.execute("alter table erasure.erasure drop constraint killed"));
                return kills;
            } catch (Killed e) {
                kills++;
            } catch (RuntimeException e) {
                assertThat(e).hasMessageContaining("killed");
                kills++;
                once = false;
                state.database().write(db -> db.execute("alter table erasure.erasure drop constraint killed"));
            }
        }
    }

    /** As by kill -9. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed(String when) {
            super(when);
        }
    }

    /** S3, in which who is armed is killed right before and right after each object that is written, and the first of each folder that is deleted. */
    private static final class Killing {
        private final Set<String> passed = new HashSet<>();
        private boolean armed;

        S3Client around(S3Client s3) {
            return (S3Client) Proxy.newProxyInstance(
                    S3Client.class.getClassLoader(), new Class<?>[] {S3Client.class}, (proxy, method, arguments) -> {
                        var what = armed ? what(method.getName(), arguments) : null;
                        if (what != null && passed.add("before " + what)) throw new Killed("before " + what);
                        var answer = call(s3, method, arguments);
                        if (what != null && passed.add("after " + what)) throw new Killed("after " + what);
                        return answer;
                    });
        }

        private static Object call(S3Client s3, Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(s3, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        @SuppressWarnings("unchecked")
        private static String what(String method, Object... arguments) {
            return switch (method) {
                case "putObject" ->
                    PutObjectRequest.builder()
                            .applyMutation((Consumer<PutObjectRequest.Builder>) arguments[0])
                            .build()
                            .toString();
                // There are many, and it is the same wherever in a folder.
                case "deleteObject" ->
                    "delete "
                            + Places.folder(DeleteObjectRequest.builder()
                                    .applyMutation((Consumer<DeleteObjectRequest.Builder>) arguments[0])
                                    .build()
                                    .key());
                default -> null;
            };
        }
    }

    private Map<String, Map<String, Long>> foundByStore(UUID erasure) {
        var certificate = certificate(erasure);
        assertThat(certificate.path("state").asText()).isEqualTo("done");
        var found = new TreeMap<String, Map<String, Long>>();
        for (var store : certificate.path("stores").findValuesAsText("store"))
            found.put(store, found(certificate, store));
        return found;
    }

    @Test
    void a_session_whose_id_is_a_number_is_left_as_it_is() {
        upload("clicks/a.json", clicks().replace(VISIT, "20261120"));
        work();

        var certificate = certificate(erase());

        assertThat(certificate.path("state").asText()).isEqualTo("done");
        assertThat(certificate.path("sessions")).isEmpty();
    }

    @Test
    void a_file_that_only_mentions_an_id_too_short_to_be_told_from_a_word_stays() {
        upload("tickets/a.json", tickets().replace("It was for", "It was for A-1,"));
        work();
        var raw = keys("raw/");
        assertThat(raw).hasSize(1);

        var certificate = certificate(erase("A-1"));

        assertThat(certificate.path("known").asBoolean(true)).isFalse();
        assertThat(keys("raw/")).isEqualTo(raw);
    }

    private static List<String> keys(String prefix) {
        return s3
                .listObjectsV2Paginator(
                        request -> request.bucket("caravan-archive").prefix(prefix))
                .contents()
                .stream()
                .map(S3Object::key)
                .toList();
    }

    @Test
    void a_database_restored_from_before_learns_from_the_archive_whom_to_erase_again() {
        upload("catalog/products.json", sample("product_catalog.json"));
        upload("transactions/old.csv", transactions());
        upload("orders/old.jsonl", orders());
        var erasure = erase();
        // As it was before: nobody erased, and what was known of them.
        state.clear();
        upload("transactions/old.csv", transactions());
        upload("orders/old.jsonl", orders());
        assertThat(places()).contains("customers.profile.user_id");

        var under = erasures.again("mara");
        state.clock().pass(Duration.ofHours(2));
        erasures.work();

        assertThat(under).containsExactly(erasure);
        assertThat(places()).isEmpty();
        assertThat(certificate(erasure).path("state").asText()).isEqualTo("done");
    }

    @Test
    void of_whom_nothing_is_known_the_certificate_says_so() {
        upload("transactions/a.csv", transactions());

        var certificate = certificate(erase("CLIENT-778"));

        assertThat(certificate.path("state").asText()).isEqualTo("done");
        assertThat(certificate.path("known").asBoolean(true)).isFalse();
        // Whose ids begin with the same letters are others.
        assertThat(state.column("select user_id from customers.profile order by 1"))
                .containsExactly("CLIENT-77", ID);
        assertThatThrownBy(() -> begin(" \"")).isInstanceOf(BadMessage.class);
    }

    @Test
    void who_was_erased_and_is_asked_for_again_is_looked_for_once_more() {
        upload("transactions/a.csv", transactions());
        var erasure = erase();
        assertThat(certificate(erasure).path("known").asBoolean()).isTrue();
        state.database().write(db -> assembly.audit.add(db, "mara", "release", "somebody", "for " + ID));

        var again = erase();

        assertThat(again).isEqualTo(erasure);
        assertThat(state.column("select subject from lineage.due where kind = 'erasure'"))
                .containsExactly(erasure.toString(), erasure.toString());
        assertThat(certificate(erasure).path("state").asText()).isEqualTo("done");
        assertThat(places()).isEmpty();
    }

    @Test
    void where_a_second_operator_is_wanted_nothing_is_erased_before_he_approves() throws Exception {
        upload("transactions/a.csv", transactions());
        var repairs = new Repairs(
                state.database(),
                assembly.deadLetters,
                null,
                null,
                null,
                assembly.audit,
                new Repairs.Rules(Set.of("erase"), 0),
                state.clock());
        var api = new Api(ApiKeys.parse("mara:operator:" + Json.sha256("m".getBytes(UTF_8)) + ",noor:operator:"
                + Json.sha256("n".getBytes(UTF_8))));
        new ErasureApi(state.database(), erasures, repairs).addTo(api);

        try (var port = new PublicPort(100_000, api)) {
            var path = "/api/customers/" + ID;
            assertThat(port.call("DELETE", path, "m", null, null).statusCode()).isEqualTo(400);
            var asked = Json.read(port.call("DELETE", path + "?why=asked&by=office", "m", null, null)
                    .body());
            assertThat(asked.path("waits").asBoolean()).isTrue();
            assertThat(state.column("select id::text from erasure.erasure")).isEmpty();

            var begun = repairs.approve(UUID.fromString(asked.path("id").asText()), "noor")
                    .orElseThrow();
            state.clock().pass(Duration.ofMinutes(1));
            erasures.work();

            var erasure =
                    port.call("GET", "/api/erasures/" + begun.path("erasure").asText(), "m", null, null);
            assertThat(Json.read(erasure.body()).path("state").asText()).isEqualTo("done");
            assertThat(Json.read(erasure.body()).path("askedBy").asText()).isEqualTo("office, by the key mara");
            assertThat(Json.read(
                            port.call("GET", "/api/erasures", "m", null, null).body()))
                    .hasSize(1);
            assertThat(Json.read(port.call("POST", "/api/erasures/again", "m", "application/json", "{}")
                                    .body())
                            .path("erasures"))
                    .isEmpty();
        }
        assertThat(places()).isEmpty();
    }

    private UUID erase() {
        return erase(ID);
    }

    private UUID erase(String id) {
        var erasure = begin(id);
        erasures.work();
        state.clock().pass(Duration.ofMinutes(1));
        erasures.work();
        return erasure;
    }

    private UUID begin(String id) {
        return state.database().transaction(db -> erasures.begin(db, id, "mara", "asked for it"));
    }

    private JsonNode certificate(UUID erasure) {
        return erasures.find(erasure).orElseThrow();
    }

    private static Map<String, Long> found(JsonNode certificate, String store) {
        var found = new TreeMap<String, Long>();
        for (var step : certificate.path("stores"))
            if (step.path("store").asText().equals(store))
                step.path("found")
                        .properties()
                        .forEach(
                                kind -> found.put(kind.getKey(), kind.getValue().asLong()));
        return found;
    }

    /** What the routes that begin by themselves do, some time later. */
    private void afterwards() {
        work();
        state.clock().pass(Duration.ofHours(5));
        work();
        write();
        erasures.work();
    }

    /** Everything has the person in it afterwards, and others beside them. */
    private void fill() {
        upload("catalog/products.json", sample("product_catalog.json"));
        upload("orders/first.jsonl", orders());
        upload("orders/second.jsonl.gz", packed(orders() + "\n"));
        upload("transactions/a.csv", transactions());
        upload("tickets/a.json", tickets());
        upload(
                "clicks/before.json",
                "[" + click("far", null, "05:00:00", 60) + "," + click("before", null, "07:50:00", 1) + "]");
        upload("clicks/a.json", clicks());
        upload(
                "clicks/late.json",
                "[" + click("late", ID, "01:00:00", 1) + "," + click("later", null, "01:10:00", 1) + "]");
        upload("elsewhere/a.json", "[{\"customer\": \"%s\", \"name\": \"%s\"}]".formatted(ID, NAME));
        send("caravan-clicks", click("sent", ID, "09:00:00", 1));
        s3.deleteObject(request -> request.bucket("caravan-inbox").key("orders/first.jsonl"));
        state.database().write(db -> {
            assembly.deadLetters.park(
                    db,
                    new Parking(
                            "clickstream",
                            "clickstream-queue",
                            "caravan-clicks",
                            null,
                            null,
                            (click("parked", ID, "09:10:00", 1).replace(VISIT, VISIT + "-parked") + "\n"
                                            + click("alone", null, "09:11:00", 1)
                                                    .replace(VISIT, VISIT + "-parked"))
                                    .getBytes(UTF_8),
                            Json.object(),
                            null,
                            new BadMessage("as it was with " + ID)));
            assembly.tasks.handIn(db, "mara", "calls", "call", "Call " + ID, "About " + ID + ": the desk", "high");
            assembly.audit.add(db, "mara", "release", "somebody", "for " + ID);
            db.execute(
                    "insert into clicks.confirmed_appeal values (gen_random_uuid(), '{K-1}', 'mara', ?, now(), now())",
                    "it was " + ID);
            db.execute(
                    "insert into clicks.declined_appeal values (gen_random_uuid(), '{K-1}', 'mara', ?, now())",
                    "it was not " + ID);
        });
        work();
        write();
        // What was of one day is of another now: the file it was in has been written over.
        upload(
                "transactions/b.csv",
                transactions().replace("T-1,CLIENT-7788,2026-11-19", "T-1,CLIENT-7788,2026-11-20"));
        write();
    }

    private void work() {
        var worker = (ClickWorker) assembly.beans().get("clickWorker");
        state.clock().pass(Duration.ofSeconds(20));
        worker.work(new DefaultExchange(new DefaultCamelContext()));
        ((ClickLedger) assembly.beans().get("clickLedger")).tell();
        ((OrderWatch) assembly.beans().get("orderWatch")).look();
        ((Originals) assembly.beans().get("originals")).store();
    }

    private void write() {
        state.clock().pass(Duration.ofHours(1));
        archive();
        state.clock().pass(Duration.ofMinutes(1));
        archive();
        ((ClickFiles) assembly.beans().get("clickFiles")).write();
        ((LateSums) assembly.beans().get("customerSums")).addUp();
        for (var name : List.of("dayReports", "customerDayReports")) {
            var reports = (DayReports) assembly.beans().get(name);
            for (var day : reports.due()) {
                var report = reports.render(day);
                for (var file : report.files())
                    s3.putObject(
                            request -> request.bucket("caravan-archive")
                                    .key(file.key())
                                    .contentType(file.type()),
                            RequestBody.fromBytes(file.content()));
                reports.written(report);
            }
        }
    }

    /** Notices what has changed, and writes the days of which that was a while ago. */
    private void archive() {
        for (var name : List.of("orderDays", "customerDays", "sessionDays"))
            ((ArchivedDays) assembly.beans().get(name)).write();
    }

    private static String orders() {
        return """
                {"order_id":"O-1","customer_id":"%1$s","customer_email":"%2$s","timestamp":"2026-11-19T10:00:00.000Z","channel":"web","items":[{"product_id":"ITEM-001","quantity":2,"unit_price":72.88}],"shipping_address":{"street":"%3$s","country":"US","state":"WA","city":"Salem"},"status":"confirmed"}
                {"order_id":"O-2","customer_id":"%1$s","timestamp":"2026-11-19T11:00:00.000Z","channel":"web","items":[{"product_id":"ITEM-002","quantity":1,"unit_price":106.15}],"shipping_address":{"country":"US","state":"WA","city":"Salem"},"status":"pending"}
                {"order_id":"O-2","customer_id":"%1$s","timestamp":"2026-11-19T11:00:00.000Z","channel":"web","items":[{"product_id":"ITEM-002","quantity":1,"unit_price":106.15}],"shipping_address":{"country":"US","state":"WA","city":"Salem"},"status":"confirmed"}
                {"order_id":"O-3","customer_id":"%1$s","timestamp":"2026-11-18T11:00:00.000Z","channel":"web","items":[{"product_id":"ITEM-001","quantity":1,"unit_price":72.88}],"status":"confirmed"}
                {"order_id":"O-4","customer_id":"CLIENT-77","timestamp":"2026-11-19T12:00:00.000Z","channel":"web","items":[{"product_id":"ITEM-001","quantity":1,"unit_price":72.88}],"status":"confirmed"}
                {"order_id":"O-5","customer_id":"%1$s","email":"%2$s","timestamp":"someday","channel":"web","items":[{"product_id":"ITEM-001","quantity":1,"unit_price":1}],"status":"confirmed"}
                """.formatted(ID, MAIL, STREET);
    }

    private static String transactions() {
        return """
                transaction_id,user_id,timestamp,amount,currency,payment_method,status,items,shipping_address,billing_country,customer_name,email,customer_phone,billing_address
                T-1,%1$s,2026-11-19T10:00:00Z,145.76,USD,credit_card,completed,"[{""product_id"":""ITEM-001"",""quantity"":2,""price"":72.88}]","%2$s, Salem, OR 97301",US,%3$s,%4$s,%5$s,%2$s
                T-2,CLIENT-77,2026-11-19T10:30:00Z,72.88,EUR,paypal,completed,"[{""product_id"":""ITEM-001"",""quantity"":1,""price"":72.88}]","3 Maple Court, Ottawa",CA,A. Byron,a@byron.example,,
                T-3,%1$s,2026-11-20T10:00:00Z,106.15,USD,paypal,completed,"[{""product_id"":""ITEM-002"",""quantity"":1,""price"":106.15}]",no number in Zauberwald,US,,no mail at zauberwald,,Zauberwald
                T-4,%1$s,2026-11-20T10:00:00Z,-1,USD,paypal,completed,"[{""product_id"":""ITEM-002"",""quantity"":1,""price"":106.15}]","%2$s",XX,%3$s,%4$s,%5$s,%2$s
                """.formatted(ID, STREET, NAME, MAIL, PHONE);
    }

    private static String tickets() {
        return """
                [{"ticket_id":"K-1","user_id":"%1$s","created_at":"2026-11-19T09:00:00Z","category":"shipping","priority":"high","status":"open",
                  "subject":"From %2$s","description":"Mail me at %3$s about the desk.","sentiment_score":-0.6},
                 {"ticket_id":"K-2","user_id":"CLIENT-77","created_at":"2026-11-19T09:30:00Z","category":"shipping","priority":"low","status":"open",
                  "subject":"A gift","description":"It was for\\n%1$s, next door.","sentiment_score":0.1},
                 {"ticket_id":"K-3","user_id":"%1$s","created_at":"never","category":"shipping","priority":"high","status":"open","subject":"%2$s"}]
                """.formatted(ID, NAME, MAIL);
    }

    private static String clicks() {
        var clicks = new ArrayList<String>();
        for (int i = 0; i < 8; i++) clicks.add(click("c" + i, ID, "08:0%s:00".formatted(i), 1));
        clicks.add(click("bulk", ID, "08:20:00", 60));
        clicks.add(click("open", ID, "09:30:00", 1));
        clicks.add(click("other", "CLIENT-77", "09:31:00", 1));
        clicks.add(click("shared", "CLIENT-77", "09:32:00", 1).replace("s-9", VISIT));
        clicks.add(click("anonymous", null, "08:00:30", 1));
        clicks.add(click("bad", ID, "28:00:00", 1));
        clicks.add(click("worse", null, "28:00:00", 1));
        return "[" + String.join(",\n", clicks) + "]";
    }

    private static String click(String event, String user, String time, int quantity) {
        var click = Json.object()
                .put("event_id", "e-" + event)
                .put("user_id", user)
                .put("session_id", user == null || user.equals(ID) ? VISIT : "s-" + user.length())
                .put("timestamp", "2026-11-20T" + time + ".000Z")
                .put("event_type", quantity > 1 ? "add_to_cart" : "page_view")
                .put("page_url", "/products/item-001")
                .put("user_agent", "Mozilla/5.0 zauberwald")
                .put("ip_address", "203.0.113.77")
                .put("device_type", "desktop")
                .put("country", "DE");
        if (user != null && !user.equals(ID))
            click.put("user_agent", "Mozilla/5.0").put("ip_address", "192.0.2.1");
        click.putObject("properties").put("product_id", "ITEM-001").put("quantity", quantity);
        return click.toString();
    }

    private void upload(String key, String content) {
        upload(key, content.getBytes(UTF_8));
    }

    private void upload(String key, byte[] content) {
        var put = s3.putObject(request -> request.bucket("caravan-inbox").key(key), RequestBody.fromBytes(content));
        state.clock().pass(Duration.ofSeconds(1));
        var upload = new Upload(
                "caravan-inbox",
                key,
                put.versionId(),
                put.eTag().replace("\"", ""),
                content.length,
                state.clock().instant(),
                "01");
        send("caravan-uploads", new String(Uploads.announcement(upload), UTF_8));
    }

    private void send(String queue, String body) {
        routes.perform(queue, List.of(new BatchMessage(String.valueOf(++messages), "r", body, Map.of(), Map.of())));
    }

    private static byte[] sample(String file) {
        try {
            return Files.readAllBytes(Path.of("samples", file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] packed(String text) {
        var bytes = new ByteArrayOutputStream();
        try (var packing = new GZIPOutputStream(bytes)) {
            packing.write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** What must not be otherwise afterwards: what was earned and how much there was to do. */
    private static List<String> sums() {
        return state.column("""
                select 'revenue ' || day || ' ' || status || ' ' || sum(orders) || ' ' || sum(total) || ' ' || sum(filled) from orders.revenue_by_day
                  where orders <> 0 group by day, status
                union all select 'orders ' || count(*) || ' of ' || count(distinct customer) || ' in ' || sum(total) from orders.placed
                union all select 'transactions ' || count(*) || ' of ' || count(distinct user_id) || ' in ' || sum(amount) from customers.transaction
                union all select 'profiles ' || count(*) || ' ' || sum(transactions) || ' ' || sum(tickets) from customers.profile
                union all select 'sessions ' || count(*) || ' of ' || count(distinct visitor) || ' with ' || sum(clicks) from clicks.session
                union all select 'minutes ' || sum(events) || ' ' || sum(users) from clicks.minute
                union all select 'alerts ' || count(*) from alerts.alert
                order by 1""");
    }

    private static List<String> buckets() {
        return List.of("caravan-inbox", "caravan-archive");
    }

    /** Where the person is. */
    private static Set<String> places() {
        try (var database = DriverManager.getConnection(state.jdbcUrl())) {
            return Places.of(THEIRS, database, s3, buckets());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> clicksOfOthers() {
        return inParquet(
                "clicks",
                "event_id || ' ' || ip_address || ' ' || user_agent || ' ' || if(session_id = 's-9', session_id, 'their session')",
                "user_id = 'CLIENT-77'");
    }

    /** What the files that are there now say, in any order. */
    private static List<String> inParquet(String dataset, String what, String where) {
        var rows = new ArrayList<String>();
        for (var object : s3.listObjectsV2Paginator(
                        request -> request.bucket("caravan-archive").prefix("parquet/" + dataset + "/"))
                .contents())
            rows.addAll(Places.query(
                    s3.getObjectAsBytes(
                                    request -> request.bucket("caravan-archive").key(object.key()))
                            .asByteArray(),
                    what,
                    where));
        return rows.stream().distinct().sorted().toList();
    }
}
