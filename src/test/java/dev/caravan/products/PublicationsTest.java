package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.Notices.Change;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.testing.TestClock;
import dev.caravan.testing.TestState;
import dev.caravan.webhooks.StandardWebhooks;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PublicationsTest {
    private static TestState state;
    private static Intake intake;

    private final TestBus bus = new TestBus();
    private final Notices notices = new Notices(Tracing.OFF, state.clock());
    private JsonNode pimcoreAnswers = changed();
    private int pimcoreStatus = 200;
    private int pimcoreAsked;
    private final Publications publications = publications(state);

    private Publications publications(TestState state) {
        Port pimcore = call -> {
            pimcoreAsked++;
            return new Reply(pimcoreStatus, Map.of("Content-Type", "application/json"), Json.bytes(pimcoreAnswers));
        };
        return new Publications(
                state.database(),
                notices,
                bus.publisher(),
                new PimcoreReader(pimcore, 25, state.clock()),
                new PimcoreSweep(pimcore, Duration.ofSeconds(120), 100, state.clock()),
                state.clock());
    }

    @BeforeAll
    static void start() {
        state = new TestState();
        intake = new Intake(state);
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void many_notices_of_one_product_become_one_event_that_says_the_latest() {
        publications.notice(
                List.of(new Change("/products/shein-1", false), new Change("/products/shein-1", true)), "written");
        publications.notice(List.of(new Change("/products/shein-2", true)), "webhook");
        publications.notice(List.of(new Change("/products/shein-2", false)), "webhook");
        publications.notice(List.of(), "webhook");

        assertThat(publications.announce()).isEqualTo(2);

        assertThat(bus.sent())
                .containsExactlyInAnyOrder(
                        "ProductPublished /products/shein-1", "ProductUnpublished /products/shein-2");
        assertThat(publications.announce()).as("nothing left").isZero();
    }

    @Test
    void a_webhook_that_comes_late_does_not_take_back_what_was_written_after_it() {
        publications.notice(List.of(new Change("/products/shein-1", false)), "webhook");
        publications.notice(List.of(new Change("/products/shein-1", true)), "written");
        publications.notice(List.of(new Change("/products/shein-1", false)), "webhook");

        assertThat(publications.announce()).isEqualTo(1);

        assertThat(bus.sent()).containsExactly("ProductPublished /products/shein-1");
    }

    @Test
    void an_event_goes_on_with_the_trace_of_the_write_whatever_hearsay_comes_before_or_after() {
        publications.notice(List.of(new Change("/products/shein-1", true, "heard")), "webhook");
        publications.notice(List.of(new Change("/products/shein-1", true, "written")), "written");
        publications.notice(List.of(new Change("/products/shein-1", true, "heard again")), "webhook");
        publications.notice(List.of(new Change("/products/shein-1", true)), "sweep");

        publications.announce();

        assertThat(bus.causes).containsExactly("written");
    }

    @Test
    void what_a_webhook_says_goes_on_with_the_trace_of_its_request() {
        var requested = new Tracing() {
            @Override
            public String current() {
                return "the request";
            }
        };
        state.database().write(db -> new Notices(requested, state.clock())
                .add(db, List.of(new Change("/products/shein-9", true)), "webhook"));

        publications.announce();

        assertThat(bus.causes).containsExactly("the request");
    }

    @Test
    void what_could_not_be_sent_stays_noted() {
        publications.notice(List.of(new Change("/products/shein-1", true)), "written");
        bus.fails = true;

        assertThatThrownBy(publications::announce).isInstanceOf(TargetUnavailable.class);

        bus.fails = false;
        assertThat(publications.announce()).isEqualTo(1);
    }

    @Test
    void more_than_a_page_of_notices_is_announced_page_by_page() {
        publications.notice(
                IntStream.range(0, 130)
                        .mapToObj(i -> new Change("/products/shein-" + i, true))
                        .toList(),
                "sweep");

        assertThat(publications.announce()).isEqualTo(100);
        assertThat(publications.announce()).isEqualTo(30);
        assertThat(new HashSet<>(bus.sent())).hasSize(130);
    }

    @Test
    void a_sweep_notes_what_changed_and_remembers_how_far_it_saw() {
        pimcoreAnswers = changed("shein-1", "shein-2");

        assertThat(publications.sweep()).isEqualTo(2);

        assertThat(publications.announce()).isEqualTo(2);
        assertThat(state.column("select seen_to = timestamptz '2026-11-21 06:00:00Z' from products.sweep"))
                .containsExactly("t");
        assertThat(publications.sweep()).as("seen before").isZero();
    }

    @Test
    void a_sweep_passes_over_what_was_read_after_it_settled() {
        intake.save(intake.upload(1), new Intake.Said("1", "red"), new Intake.Said("2", "blue"));
        var modified = TestClock.START.minusSeconds(3600);
        state.database()
                .write(db -> notices.read(
                        db, List.of(new Notices.Read(new ProductKey("shein", "1"), modified, true, "as read"))));
        pimcoreAnswers = changed("shein-1", "shein-2");

        assertThat(publications.sweep()).isEqualTo(1);

        assertThat(state.column("select fullpath from products.notice")).containsExactly("/products/shein-2");
        assertThat(state.column("select published from products.product where id = '1'"))
                .containsExactly("t");
    }

    /** A product that Caravan has, and that somebody read in Pimcore. */
    @Nested
    class Of_a_product_that_was_read {
        private static final String PATH = "/products/shein-1";

        @BeforeEach
        void read() {
            intake.save(intake.upload(1), new Intake.Said("1", "red"));
            state.database().write(db -> db.execute("update products.product set pimcore_id = '7', published = true"));
            pimcoreAnswers = has("h");
            read("h");
        }

        @Test
        void the_echo_of_what_was_read_makes_no_event() {
            state.clock().pass(Duration.ofSeconds(2));
            publications.notice(List.of(new Change(PATH, true)), "webhook");

            assertThat(publications.announce()).isZero();

            assertThat(state.column("select fullpath from products.notice")).isEmpty();
        }

        @Test
        void a_change_made_since_makes_one_event_however_often_it_is_noticed() {
            pimcoreAnswers = has("another");
            publications.notice(List.of(new Change(PATH, true)), "webhook");
            publications.notice(List.of(new Change(PATH, true)), "sweep");

            assertThat(publications.announce()).isEqualTo(1);
            publications.notice(List.of(new Change(PATH, true)), "webhook");
            assertThat(publications.announce()).as("the event is on its way").isZero();

            read("another");
            publications.notice(List.of(new Change(PATH, true)), "webhook");
            assertThat(publications.announce()).as("an echo").isZero();
            assertThat(bus.sent()).containsExactly("ProductPublished /products/shein-1");
        }

        @Test
        void our_own_write_is_announced_without_a_look_at_pimcore() {
            publications.notice(List.of(new Change(PATH, true)), "written");
            publications.notice(List.of(new Change(PATH, true)), "webhook");

            assertThat(publications.announce()).isEqualTo(1);

            assertThat(pimcoreAsked).isZero();
        }

        @Test
        void one_deleted_since_is_announced() {
            pimcoreAnswers = Json.read("{\"data\":{\"products\":{\"edges\":[]}}}");
            publications.notice(List.of(new Change(PATH, false)), "webhook");

            publications.announce();

            assertThat(bus.sent()).containsExactly("ProductUnpublished /products/shein-1");
        }

        @Test
        void an_event_that_nobody_reads_for_long_is_followed_by_another() {
            publications.notice(List.of(new Change(PATH, true)), "written");
            publications.announce();
            state.clock().pass(Duration.ofMinutes(11));
            publications.notice(List.of(new Change(PATH, true)), "written");

            assertThat(publications.announce()).isEqualTo(1);
        }

        @Test
        void one_that_could_not_be_read_is_announced_again() {
            publications.notice(List.of(new Change(PATH, true)), "written");
            publications.announce();
            state.database().write(db -> notices.unread(db, List.of(new ProductKey("shein", "1"))));
            publications.notice(List.of(new Change(PATH, true)), "written");

            assertThat(publications.announce()).isEqualTo(1);
        }

        @Test
        void a_notice_waits_while_pimcore_cannot_be_asked_and_others_go_on() {
            pimcoreStatus = 500;
            publications.notice(List.of(new Change(PATH, true)), "webhook");
            publications.notice(List.of(new Change("/products/made-by-a-person", true)), "webhook");

            assertThat(publications.announce()).isEqualTo(1);
            publications.announce();

            assertThat(pimcoreAsked).as("not hammered").isEqualTo(1);
            pimcoreStatus = 200;
            pimcoreAnswers = has("another");
            state.clock().pass(Duration.ofSeconds(6));
            assertThat(publications.announce()).isEqualTo(1);
        }

        @Test
        void one_that_somebody_works_on_waits() {
            publications.notice(List.of(new Change(PATH, true)), "written");

            state.database().write(db -> {
                intake.products.lock(db, List.of(new ProductKey("shein", "1")));
                assertThat(CompletableFuture.supplyAsync(publications::announce).join())
                        .isZero();
            });

            assertThat(publications.announce()).isEqualTo(1);
        }

        private void read(String contentHash) {
            var document = new PimcoreReader(
                            call -> new Reply(
                                    200, Map.of("Content-Type", "application/json"), Json.bytes(has(contentHash))),
                            1,
                            state.clock())
                    .read(List.of(PATH))
                    .get(PATH);
            state.database()
                    .write(db -> notices.read(
                            db,
                            List.of(new Notices.Read(
                                    new ProductKey("shein", "1"),
                                    state.clock().instant(),
                                    true,
                                    PimcoreReader.fingerprint(document)))));
        }

        private static JsonNode has(String contentHash) {
            var answer = Json.object();
            answer.putObject("data")
                    .putObject("products")
                    .putArray("edges")
                    .addObject()
                    .putObject("node")
                    .put("id", "7")
                    .put("fullpath", PATH)
                    .put("objectType", "object")
                    .put("published", true)
                    .put("externalId", "shein:1")
                    .put("supplier", "shein")
                    .put("contentHash", contentHash)
                    .put("modificationDate", TestClock.START.getEpochSecond());
            return answer;
        }
    }

    @Nested
    class A_webhook_of_pimcore {
        private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

        private final Set<String> ids = new HashSet<>();
        private final StandardWebhooks.RememberedIds remembered = new StandardWebhooks.RememberedIds() {
            @Override
            public boolean remember(String id, Duration atLeast) {
                return ids.add(id);
            }

            @Override
            public void forget(String id) {
                ids.remove(id);
            }
        };
        private final StandardWebhooks webhooks = new StandardWebhooks(List.of(SECRET), remembered, state.clock());
        private final PimcoreHook hook = new PimcoreHook(webhooks, remembered, publications);

        @Test
        void is_noted_when_its_signature_is_right() {
            var answer = hook.receive(signed("w1", change("postUpdate", true)));

            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.json()).isNull();
            assertThat(notices()).containsExactly("/products/shein-1 true webhook");
        }

        @Test
        void takes_a_deleted_product_off_sale() {
            hook.receive(signed("w1", change("postDelete", true)));

            assertThat(notices()).containsExactly("/products/shein-1 false webhook");
        }

        @Test
        void of_a_variant_taken_off_does_not_take_its_product_off() {
            var body = change("postUpdate", false)
                    .replace("/products/shein-1", "/products/shein-1/sku-1")
                    .replace("\"objectType\":\"object\"", "\"objectType\":\"variant\"");

            hook.receive(signed("w1", body));

            assertThat(notices()).containsExactly("/products/shein-1 true webhook");
        }

        @Test
        void of_something_else_is_taken_and_forgotten() {
            assertThat(hook.receive(signed("w1", "{\"general\":{\"eventName\":\"pimcore.asset.postAdd\"}}"))
                            .status())
                    .isEqualTo(204);

            assertThat(notices()).isEmpty();
        }

        @Test
        void is_refused_without_a_right_signature() {
            var right = signed("w1", change("postUpdate", true));
            var unsigned = new Request(Map.of(), Map.of(), right.body(), null);
            var changed = new Request(Map.of(), right.headers(), "{}".getBytes(StandardCharsets.UTF_8), null);

            for (var wrong : List.of(unsigned, changed)) assertStatus(wrong, 401);

            assertThat(notices()).isEmpty();
            assertThat(ids).isEmpty();
        }

        @Test
        void is_refused_when_it_is_old_or_comes_a_second_time() {
            var right = signed("w1", change("postUpdate", true));
            hook.receive(right);
            assertStatus(right, 401);

            var old = signed("w2", change("postUpdate", true));
            state.clock().pass(Duration.ofMinutes(6));
            assertStatus(old, 401);
        }

        @Test
        void that_does_not_say_which_product_is_a_bad_request() {
            assertStatus(signed("w1", change("postUpdate", true).replace("\"id\":7", "\"id\":\"\"")), 400);
            assertStatus(signed("w2", "no json"), 400);
        }

        @Test
        void is_let_in_again_when_it_could_not_be_noted() {
            var gone = new TestState();
            gone.close();
            var broken = new PimcoreHook(webhooks, remembered, publications(gone));
            var right = signed("w1", change("postUpdate", true));

            assertThatThrownBy(() -> broken.receive(right))
                    .isInstanceOf(RuntimeException.class)
                    .isNotInstanceOf(Problem.class);

            assertThat(hook.receive(right).status()).isEqualTo(204);
        }

        private void assertStatus(Request request, int status) {
            assertThatThrownBy(() -> hook.receive(request))
                    .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.status())
                            .isEqualTo(status));
        }

        private Request signed(String id, String body) {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            return new Request(Map.of(), new HashMap<>(webhooks.sign(id, bytes)), bytes, null);
        }

        private static String change(String event, boolean published) {
            return "{\"general\":{\"eventName\":\"pimcore.dataobject." + event
                    + "\",\"timestamp\":1795244400,\"subjectType\":\"object\"},"
                    + "\"subject\":{\"id\":7,\"path\":\"/products/shein-1\",\"type\":\"Product\",\"objectType\":\"object\",\"published\":"
                    + published + "}}";
        }

        private static List<String> notices() {
            return state.column("select fullpath || ' ' || published || ' ' || source from products.notice");
        }
    }

    private static JsonNode changed(String... keys) {
        var answer = Json.object();
        var edges = answer.putObject("data").putObject("changed").putArray("edges");
        var nodes = new ArrayList<>(List.of(keys));
        nodes.forEach(key -> edges.addObject()
                .putObject("node")
                .put("id", String.valueOf(nodes.indexOf(key) + 1))
                .put("fullpath", "/products/" + key)
                .put("objectType", "object")
                .put("published", true)
                .put("contentHash", "h")
                .put("modificationDate", TestClock.START.minusSeconds(3600).getEpochSecond()));
        return answer;
    }
}
