package dev.caravan.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.deadletters.Failures.Subject;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Entry;
import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.observe.Outcomes;
import dev.caravan.sandbox.PostgresSandbox;
import dev.caravan.state.Database;
import dev.caravan.testing.TestState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.model.SqsException;

class FailuresTest {
    private static final String QUEUE = "caravan-products";
    private static final RetryRules RULES = new RetryRules(3, Duration.ofSeconds(2), Duration.ofMinutes(5));
    private static TestState state;

    private final DeadLetters letters = new DeadLetters(state.clock());
    private final Ledger ledger = new Ledger(state.clock());
    private final Journey journey = new Journey(state.clock());
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<String> parkedFrom = new ArrayList<>();
    private final Failures failures = with(state.database());
    private RecordId record;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void a_record_in_flight() {
        state.clear();
        record = new RecordId(state.opened("products/shein/a.json").id(), 0);
        state.database()
                .write(db -> ledger.put(db, "products", List.of(new Entry(record, State.IN_FLIGHT, "shein/1", null))));
    }

    @Test
    void what_can_heal_comes_again_until_its_last_attempt_and_is_then_parked() {
        for (int attempt = 1; attempt < RULES.attempts(); attempt++) {
            var message = message("a");
            failed(message, new TargetUnavailable("pimcore", "Pimcore answered HTTP 503"));

            assertThat(message.retryAfter()).as("attempt " + attempt).hasValueSatisfying(wait -> assertThat(wait)
                    .isPositive());
            assertThat(open()).isEmpty();
            assertThat(stateOfRecord()).isEqualTo(State.IN_FLIGHT);
        }

        var message = message("a");
        failed(message, new TargetUnavailable("pimcore", "Pimcore answered HTTP 503"));

        assertThat(message.isDone()).isTrue();
        assertThat(open()).singleElement().satisfies(letter -> {
            assertThat(letter.attempts()).isEqualTo(3);
            assertThat(letter.target()).isEqualTo("pimcore");
            assertThat(letter.attributes().path("trace").asText()).isEqualTo("t-1");
            assertThat(letter.attributes().path("messageId").asText()).isEqualTo("m-a");
        });
        assertThat(stateOfRecord()).isEqualTo(State.PARKED);
        assertThat(journeyOf("shein/1")).containsExactly("parked: Pimcore answered HTTP 503");
        assertThat(counted("retried")).isEqualTo(2);
        assertThat(counted("parked")).isEqualTo(1);
    }

    private double counted(String outcome) {
        return metrics.get("caravan.outcomes")
                .tags("step", "products-pimcore", "target", "pimcore", "outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void a_bad_message_is_parked_at_once() {
        var message = message("a");

        failed(message, new BadMessage("no price"));

        assertThat(message.isDone()).isTrue();
        assertThat(open()).singleElement().satisfies(letter -> {
            assertThat(letter.attempts()).isEqualTo(1);
            assertThat(letter.target()).isNull();
        });
        assertThat(stateOfRecord()).isEqualTo(State.PARKED);
    }

    @Test
    void a_record_at_rest_stays_what_it_is_when_its_message_is_parked() {
        state.database()
                .write(db -> ledger.put(db, "products", List.of(new Entry(record, State.SUPERSEDED, null, null))));

        failed(message("a"), new BadMessage("no price"));

        assertThat(stateOfRecord()).isEqualTo(State.SUPERSEDED);
    }

    @Test
    void a_target_that_says_how_long_to_wait_is_given_that_time() {
        var patient = message("a");
        var hasty = message("b");

        failed(patient, new TargetUnavailable("medusa", "Medusa answered 429", Duration.ofSeconds(90), null));
        failed(hasty, new TargetUnavailable("medusa", "Medusa answered 429", Duration.ZERO, null));

        assertThat(patient.retryAfter()).contains(Duration.ofSeconds(90));
        assertThat(hasty.retryAfter())
                .hasValueSatisfying(wait -> assertThat(wait).isPositive().isLessThanOrEqualTo(RULES.first()));
    }

    @Test
    void a_message_is_told_only_once_its_letter_is_committed() {
        var parked = message("a");
        var waiting = message("b");

        assertThatThrownBy(() -> state.database().write(db -> {
                    failures.failed(db, QUEUE, parked, subject(), new BadMessage("no price"));
                    failures.failed(db, QUEUE, waiting, subject(), new TargetUnavailable("pimcore", "no answer"));
                    throw new IllegalStateException("the database went away");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(parked.isUndecided()).as("deleted, and no letter").isTrue();
        assertThat(waiting.isUndecided()).isTrue();
        assertThat(open()).isEmpty();
    }

    @Test
    void attempts_of_what_came_through_are_forgotten_and_its_open_letters_closed() {
        failed(message("a"), new TargetUnavailable("pimcore", "no answer"));
        failed(message("b"), new BadMessage("no price"));

        state.database().write(db -> failures.succeeded(db, QUEUE, List.of(message("a"), message("b"))));

        assertThat(open()).isEmpty();
        assertThat(state.column("select count(*) from dead_letters.attempt")).containsExactly("0");
    }

    @Test
    void a_page_is_worked_on_in_one_go() {
        var page = List.of(message("a"), message("b"));
        var parts = new ArrayList<List<BatchMessage>>();

        var outage = failures.together(QUEUE, "products-pimcore", page, message -> message, part -> {
            parts.add(part);
            return null;
        });

        assertThat(outage).isNull();
        assertThat(parts).containsExactly(page);
        assertThat(page).allMatch(BatchMessage::isDone);
        assertThat(failures.<BatchMessage>together(
                        QUEUE, "r", List.of(), message -> message, part -> new TargetUnavailable("x", "y")))
                .isNull();
    }

    @Test
    void a_poison_item_fails_alone() {
        var page = List.of(message("a"), message("poison"), message("c"));

        var outage = failures.together(QUEUE, "products-pimcore", page, message -> message, part -> {
            if (part.stream().anyMatch(message -> message.body().contains("poison")))
                throw new IllegalStateException("out of the blue");
            return null;
        });

        assertThat(outage).isNull();
        assertThat(page).allMatch(BatchMessage::isDone);
        assertThat(open()).singleElement().satisfies(letter -> {
            assertThat(letter.error()).isEqualTo("out of the blue");
            assertThat(letter.route()).isEqualTo("products-pimcore");
            assertThat(letter.flow()).isEqualTo("products");
            assertThat(letter.lane()).isEqualTo("shein/poison");
        });
    }

    @Test
    void an_outage_that_only_one_item_meets_is_told_and_its_message_waits() {
        var page = List.of(message("a"), message("slow"));

        var outage = failures.together(QUEUE, "products-pimcore", page, message -> message, part -> {
            if (part.size() > 1) throw new IllegalStateException("all at once does not work");
            if (part.get(0).body().contains("slow")) throw new TargetUnavailable("pimcore", "no answer");
            return null;
        });

        assertThat(outage).hasMessage("no answer");
        assertThat(page.get(0).isDone()).isTrue();
        assertThat(page.get(1).retryAfter()).isPresent();
    }

    @Test
    void an_outage_of_the_whole_page_is_passed_on_and_nothing_said_about_its_messages() {
        var page = List.of(message("a"), message("b"));

        assertThatThrownBy(() -> failures.together(QUEUE, "r", page, message -> message, part -> {
                    throw new TargetUnavailable("postgresql", "gone");
                }))
                .isInstanceOf(TargetUnavailable.class);

        assertThat(page).allMatch(BatchMessage::isUndecided);
    }

    @Test
    void a_page_of_one_that_fails_is_left_to_the_net() {
        var page = List.of(message("a"));

        assertThatThrownBy(() -> failures.together(QUEUE, "r", page, message -> message, part -> {
                    throw new IllegalStateException("out of the blue");
                }))
                .hasMessage("out of the blue");
    }

    @Test
    void the_net_parks_what_is_undecided_with_what_the_message_says_of_itself() {
        var done = message("done");
        done.done();
        var left = message("left");
        var foreign = new BatchMessage("m-x", "r", "no JSON", Map.of(), Map.of());

        net(new Batch(QUEUE, List.of(done, left, foreign)), new IllegalStateException("out of the blue"));

        assertThat(left.isDone()).isTrue();
        assertThat(foreign.isDone()).isTrue();
        assertThat(open()).extracting(Letter::lane).containsExactlyInAnyOrder("shein/left", null);
        assertThat(open()).extracting(Letter::route).containsOnly("products-pimcore");
        assertThat(stateOfRecord()).isEqualTo(State.PARKED);
    }

    @Test
    void what_a_dead_letter_queue_holds_becomes_letters_of_the_queue_it_was_meant_for() {
        var given = message("left");
        var undelivered =
                new BatchMessage("2", "r", "{\"detail\":{}}", Map.of(), Map.of("ERROR_MESSAGE", "no permission"));
        var batch = new Batch(QUEUE + "-dead", List.of(given, undelivered));

        failures.drain(batch, "products-pimcore");

        assertThat(batch.undecided()).isEmpty();
        assertThat(open())
                .extracting(Letter::queue, Letter::route, Letter::record)
                .containsExactlyInAnyOrder(
                        tuple(QUEUE, "products-pimcore", record), tuple(QUEUE, "products-pimcore", null));
        assertThat(open()).extracting(Letter::error).anyMatch(error -> error.contains("SQS gave it up"));
        assertThat(open()).extracting(Letter::error).anyMatch(error -> error.contains("no permission"));
        assertThat(stateOfRecord()).isEqualTo(State.PARKED);
        assertThat(parkedFrom).containsOnly(QUEUE);
    }

    @Test
    void the_net_lets_what_can_heal_come_again_by_whatever_name_it_comes() {
        var causes = List.of(
                new IllegalStateException(new TargetUnavailable("pimcore", "no answer")),
                new IllegalStateException(new IOException("connection reset")),
                SdkClientException.create("cannot connect", new IOException("refused")),
                SqsException.builder().statusCode(503).message("slow down").build());

        for (int i = 0; i < causes.size(); i++) {
            var message = message("heals-" + i);
            net(new Batch(QUEUE, List.of(message)), causes.get(i));

            assertThat(message.retryAfter()).as(causes.get(i).toString()).isPresent();
        }
        assertThat(open()).isEmpty();
    }

    @Test
    void a_bad_message_inside_another_failure_is_still_one() {
        var message = message("a");

        net(new Batch(QUEUE, List.of(message)), new IllegalStateException(new BadMessage("no price")));

        assertThat(message.isDone()).isTrue();
        assertThat(open()).extracting(Letter::error).containsExactly("no price");
    }

    @Test
    void a_letter_keeps_the_trace_in_which_its_message_failed_and_the_message_says_why() {
        var message = message("a");
        message.traced("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        var cause = new BadMessage("no price");

        failed(message, cause);

        assertThat(open()).singleElement().satisfies(letter -> assertThat(
                        letter.attributes().path("traceparent").asText())
                .isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        assertThat(message.failure()).contains(cause);
    }

    @Test
    void when_not_even_the_failure_can_be_written_down_the_messages_wait_in_the_queue() {
        var message = message("a");
        var postgres = PostgresSandbox.fresh();
        var gone = Database.open(postgres.jdbcUrl(), 2);
        gone.close();
        postgres.close();

        net(with(gone), new Batch(QUEUE, List.of(message)), new BadMessage("no price"));

        assertThat(message.retryAfter())
                .hasValueSatisfying(wait -> assertThat(wait).isPositive().isLessThanOrEqualTo(RULES.first()));
        assertThat(open()).isEmpty();
    }

    @Test
    void an_exchange_without_a_batch_is_none_of_the_nets_business() {
        net(null, new BadMessage("no price"));

        assertThat(open()).isEmpty();
    }

    private Failures with(Database database) {
        return new Failures(
                database,
                letters,
                ledger,
                journey,
                RULES,
                (db, queue, body) -> parkedFrom.add(queue),
                () -> new Random(7),
                new Outcomes(metrics));
    }

    private void failed(BatchMessage message, Throwable cause) {
        state.database().write(db -> failures.failed(db, QUEUE, message, subject(), cause));
    }

    private Subject subject() {
        return new Subject("products", "products-pimcore", "shein/1", record);
    }

    private void net(Batch batch, Throwable cause) {
        net(failures, batch, cause);
    }

    private static void net(Failures failures, Batch batch, Throwable cause) {
        try (var camel = new DefaultCamelContext()) {
            var exchange = new DefaultExchange(camel);
            exchange.getExchangeExtension().setFromRouteId("products-pimcore");
            exchange.getMessage().setBody(batch);
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, cause);
            failures.net(exchange);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private BatchMessage message(String id) {
        var body = "{\"detail\":{\"supplier\":\"shein\",\"id\":\"%s\",\"correlationId\":\"%s\",\"index\":0}}"
                .formatted(id, record.upload());
        return new BatchMessage("m-" + id, "r-" + id, body, Map.of(), Map.of("trace", "t-1"));
    }

    private List<Letter> open() {
        return state.list(db -> letters.list(db, Filter.open(), 100));
    }

    private State stateOfRecord() {
        return state.find(db -> ledger.state(db, "products", record)).orElseThrow();
    }

    private List<String> journeyOf(String thing) {
        return state.list(db -> journey.of(db, "products", thing)).stream()
                .map(Journey.Past::what)
                .toList();
    }
}
