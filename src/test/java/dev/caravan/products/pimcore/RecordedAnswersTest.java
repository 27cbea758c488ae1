package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Reply;
import dev.caravan.products.pimcore.Mutations.Operation;
import dev.caravan.products.pimcore.Mutations.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What our client makes of each answer recorded from a real Pimcore. */
class RecordedAnswersTest {
    private static final Path RECORDED = Path.of("src/test/resources/dev/caravan/products/pimcore/recorded");

    private final ScriptedPort pimcore = new ScriptedPort();
    private final DataHub hub = new DataHub(pimcore, Clock.systemUTC());

    /** HTTP status 200, whatever became of it: the answer for each alias, in order. */
    @ParameterizedTest
    @CsvSource({
        "04-create-product-unpublished,           done 5 /products/ext-1",
        "06-update-by-fullpath,                   done 5 /products/ext-1",
        "07-publish-by-update,                    done 5 /products/ext-1",
        "13-create-mandatory-missing-unpublished, done 8 /products/m2",
        "28-variant-create,                       done 10 /products/ext-1/ext-1-red",
        "10-create-existing-key,                  UPDATE",
        "11-create-duplicate-externalId,          UPDATE",
        "12-create-mandatory-missing-published,   PARK",
        "13b-publish-mandatory-missing,           PARK",
        "19-update-unknown-fullpath,              CREATE",
        "20-relation-missing,                     RELATE",
        "21-value-too-long,                       PARK",
        "27-aliases-partial-failure,              done; CREATE; done; PARENT",
        "37-delete,                               done; CREATE",
        "47-folder-exists,                        RETRY",
        "61-batch-db-error-then-ok,               UPDATE; done; UPDATE",
        "62-batch-same-object-after-failure,      PARK; PARK",
        "63-next-request-same-object,             done",
        "68-subscriber-throws,                    RETRY"
    })
    void a_mutation_ended_so(String recorded, String expected) throws IOException {
        var reply = withOurAliases(recorded(recorded));
        var aliases = Json.read(reply.body()).path("data").size();
        pimcore.answer(reply.status(), reply.headers(), new String(reply.body(), StandardCharsets.UTF_8));

        var results = new Mutations(hub, 10).send(operations(aliases));

        assertThat(results.stream().map(RecordedAnswersTest::shown).collect(Collectors.joining("; ")))
                .isEqualTo(expected);
        assertThat(pimcore.asked).hasSize(1);
    }

    /** Nothing of the request was executed: neither this object nor its neighbours. */
    @ParameterizedTest
    @CsvSource({
        "14-unknown-field-inline,                SETTINGS",
        "15-unknown-field-variables,             SETTINGS",
        "22-int-overflow,                        PARK",
        "23-wrong-type,                          PARK",
        "24-malformed-json,                      SETTINGS",
        "25-syntax-error,                        SETTINGS",
        "26-get-method,                          SETTINGS",
        "29-bad-locale,                          SETTINGS",
        "48-wrong-field-output,                  SETTINGS",
        "64-syntax-error-in-one-alias-kills-all, SETTINGS",
        "66-publish-arg-not-in-1-8,              SETTINGS"
    })
    void a_request_was_refused_as_a_whole(String recorded, String expected) throws IOException {
        var reply = recorded(recorded);
        pimcore.answer(reply.status(), reply.headers(), new String(reply.body(), StandardCharsets.UTF_8));

        var results = new Mutations(hub, 10).send(operations(1));

        assertThat(results.stream().map(RecordedAnswersTest::shown)).containsExactly(expected);
    }

    /** A page for people, of Pimcore or of the web server before it. */
    @ParameterizedTest
    @CsvSource({
        "16-bad-api-key,       settings: Pimcore refused the API key (HTTP 403): set PIMCORE_API_KEY to a key of the Data Hub endpoint",
        "17-no-api-key,        settings: Pimcore refused the API key (HTTP 403): set PIMCORE_API_KEY to a key of the Data Hub endpoint",
        "18-unknown-endpoint,  settings: Pimcore has no such endpoint (HTTP 404): set PIMCORE_URL to .../pimcore-graphql-webservices/NAME",
        "49b-db-down,          heals: Pimcore answered HTTP 500",
        "49c-db-down-mutation, heals: Pimcore answered HTTP 500",
        "49d-fpm-down,         heals: Pimcore answered HTTP 502"
    })
    void a_page_instead_of_an_answer_means(String recorded, String expected) throws IOException {
        var reply = recorded(recorded);
        pimcore.answer(reply.status(), reply.headers(), new String(reply.body(), StandardCharsets.UTF_8));

        var failure = catchThrowable(() -> hub.read("{ x }", Json.object()));

        assertThat((failure instanceof BadSettings ? "settings: " : "heals: ") + failure.getMessage())
                .isEqualTo(expected);
        assertThat(failure).isInstanceOfAny(BadSettings.class, TargetUnavailable.class);
    }

    @ParameterizedTest
    @CsvSource({
        "19b-get-unknown-fullpath, Pimcore: object with fullpath:'/products/none' not found",
        "44-filter-bad-json,       Pimcore: unable to decode filter",
        "45-filter-unknown-column, Pimcore: Internal server error"
    })
    void a_read_with_an_error_in_it_is_no_answer(String recorded, String message) throws IOException {
        var reply = recorded(recorded);
        pimcore.answer(reply.status(), reply.headers(), new String(reply.body(), StandardCharsets.UTF_8));

        assertThatThrownBy(() -> hub.read("{ x }", Json.object()))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "05-get-by-fullpath,     getProduct/modificationDate,                        1795230729",
        "09-list-modified-since, getProductListing/edges/0/node/modificationDate, 1795230729",
        "41-page2,               getProductListing/edges/4/node/modificationDate, 1795230906"
    })
    void dates_of_data_hub_1_are_numbers(String recorded, String where, long seconds) throws IOException {
        var reply = recorded(recorded);
        pimcore.answer(reply.status(), reply.headers(), new String(reply.body(), StandardCharsets.UTF_8));

        var date = hub.read("{ x }", Json.object()).at("/" + where);

        assertThat(date.isIntegralNumber()).isTrue();
        assertThat(PimcoreDates.read(date)).contains(Instant.ofEpochSecond(seconds));
    }

    @Test
    void no_recorded_answer_is_left_out() throws IOException {
        var source = Files.readString(
                Path.of("src/test/java/dev/caravan/products/pimcore/RecordedAnswersTest.java"), StandardCharsets.UTF_8);
        try (Stream<Path> files = Files.list(RECORDED)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".txt"))
                            .map(name -> "\"" + name.replace(".txt", "") + ","))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(source).contains(name));
        }
    }

    private static String shown(Result result) {
        if (result instanceof Result.Done done)
            return done.id() == null ? "done" : "done " + done.id() + " " + done.fullpath();
        return result instanceof Result.Refused refused ? refused.remedy().name() : result.toString();
    }

    private static List<Operation> operations(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> Operation.update("Product", "" + (n + 1), Json.object()))
                .toList();
    }

    private static Reply recorded(String name) throws IOException {
        var parts = Files.readString(RECORDED.resolve(name + ".txt")).split("\n\n", 2);
        var head = parts[0].split(" ", 3);
        return new Reply(
                Integer.parseInt(head[1]), Map.of("Content-Type", head[2]), parts[1].getBytes(StandardCharsets.UTF_8));
    }

    /** The recordings have aliases of their own, or none; ours are m0, m1 and so on. */
    private static Reply withOurAliases(Reply reply) {
        var body = (ObjectNode) Json.read(reply.body());
        var ours = new HashMap<String, String>();
        var data = Json.object();
        body.path("data").properties().forEach(alias -> {
            ours.put(alias.getKey(), "m" + ours.size());
            data.set(ours.get(alias.getKey()), alias.getValue());
        });
        body.set("data", data);
        for (var error : body.path("errors")) {
            ((ObjectNode) error)
                    .putArray("path")
                    .add(ours.get(error.path("path").path(0).asText()));
        }
        return new Reply(reply.status(), reply.headers(), Json.bytes(body));
    }
}
