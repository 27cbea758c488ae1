package dev.caravan.sandbox.pimcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What was seen on a real Pimcore 11.4 with Data Hub 1.8, told again with data of our own. */
class PimcoreStandInTest {
    private static final long NOW = 1_795_230_000;

    /** A clock a test moves by hand. */
    private static final class Hands extends Clock {
        private volatile Instant now = Instant.ofEpochSecond(NOW);

        void forward(int seconds) {
            now = now.plusSeconds(seconds);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private final Hands clock = new Hands();
    private final HttpClient http = HttpClient.newHttpClient();
    private PimcoreStandIn pimcore;

    @BeforeEach
    void a_pimcore_with_a_lamp_in_red_and_a_category() {
        pimcore = PimcoreStandIn.start(PimcoreStandIn.Settings.defaults().withClock(clock));
        var answer = post("""
                mutation {
                  a: createObjectFolder(path:"/", key:"products"){ success message }
                  b: createObjectFolder(path:"/", key:"categories"){ success message }
                  c: createCategory(path:"/categories", key:"lamps", input:{externalId:"c-1", name:{en:"Lamps", ar:"مصابيح"}}){
                    success message
                  }
                  d: createProduct(path:"/products", key:"lamp", input:{
                    externalId:"lamp", supplier:"acme", sku:"L-1", brand:"Acme", contentHash:"h1",
                    name:{en:"Lamp", ar:"مصباح"}, description:{en:"A lamp"},
                    categories:[{fullpath:"/categories/lamps"}], mainImage:"https://cdn.example/1.jpg",
                    images:{replace:true, items:{ProductImage:[{index:0, url:"https://cdn.example/1.jpg", alt:"front", position:0}]}},
                    prices:{replace:true, items:{ProductPrice:[{index:0, currency:"SAR", amount:"23.80"}]}}, stock:20
                  }){ success message }
                  e: createProduct(path:"/products/lamp", key:"red", type:"variant", input:{externalId:"lamp-red", sku:"L-1-R"}){
                    success message
                  }
                }""");
        assertThat(answer).isEqualTo(Json.read("""
                {"data":{
                  "a":{"success":true,"message":"folder created: 2"},"b":{"success":true,"message":"folder created: 3"},
                  "c":{"success":true,"message":"object created: 4"},"d":{"success":true,"message":"object created: 5"},
                  "e":{"success":true,"message":"object created: 6"}}}"""));
    }

    @AfterEach
    void close() {
        pimcore.close();
    }

    // One request, one answer

    static Stream<Path> transcripts() throws IOException {
        return Files.list(Path.of("src/test/resources/dev/caravan/sandbox/pimcore/transcripts"))
                .sorted();
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void answers_as_pimcore_does(Path transcript) throws IOException {
        var parts = Pattern.compile("(?m)^# (query|variables|answer)\\R").split(Files.readString(transcript));

        var answer = post(parts[1].strip(), parts.length > 3 ? parts[2] : "{}");

        assertThat(answer).isEqualTo(Json.read(parts[parts.length - 1]));
    }

    @Test
    void words_that_are_nearly_right_are_asked_about() {
        assertThat(message(post("mutation{ updateProduct(fullpath:\"/x\",input:{nope:1}){success} }")))
                .isEqualTo("Field \"nope\" is not defined by type \"UpdateProductInput\". Did you mean \"name\"?");
        assertThat(message(post("{ getProduct(fullpaht:\"/x\"){ id } }")))
                .isEqualTo(
                        "Unknown argument \"fullpaht\" on field \"getProduct\" of type \"Query\". Did you mean \"fullpath\"?");
        assertThat(message(post("{ getProduct(id:5){ categories{ level } } }")))
                .startsWith("Cannot query field \"level\" on type \"object_Product_categories\".")
                .endsWith("Did you mean to use an inline fragment on \"object_Category\"?");
        assertThat(message(post("{ getProduct(id:5) }")))
                .isEqualTo("Field \"getProduct\" of type \"object_Product\" must have a selection of subfields. "
                        + "Did you mean \"getProduct { ... }\"?");
        assertThat(message(post("{ getProduct(id:5){ id{ id } } }")))
                .isEqualTo("Field \"id\" must not have a selection since type \"ID\" has no subfields.");
        assertThat(message(post("mutation{ createProduct(path:\"/\"){ success } }")))
                .isEqualTo(
                        "Field \"createProduct\" argument \"key\" of type \"String!\" is required but not provided.");
    }

    @Test
    void a_literal_of_the_wrong_kind_is_refused() {
        assertThat(message(update("stock:\"1\""))).isEqualTo("Int cannot represent non-integer value: \"1\"");
        assertThat(message(update("sku:1"))).isEqualTo("String cannot represent a non string value: 1");
        assertThat(message(update("published:\"yes\"")))
                .isEqualTo("Boolean cannot represent a non boolean value: \"yes\"");
        assertThat(message(update("name:\"Lamp\"")))
                .isEqualTo("Expected value of type \"LocalizedString\", found \"Lamp\".");
        assertThat(message(post("mutation{ createProduct(key:null){ success } }")))
                .isEqualTo("Expected value of type \"String!\", found null.");
    }

    @Test
    void variables_are_declared_and_used() {
        assertThat(message(post("query($x:Int){ getProduct(id:5){ id } }")))
                .isEqualTo("Variable \"$x\" is never used.");
        assertThat(message(post("query Q{ getProduct(id:$x){ id } }")))
                .isEqualTo("Variable \"$x\" is not defined by operation \"Q\".");
        assertThat(message(post("mutation($k:String!){ createProduct(key:$k){ success } }", "{\"k\":null}")))
                .isEqualTo("Variable \"$k\" of non-null type \"String!\" must not be null.");
        assertThat(message(post("query P{ getProduct(id:5){ id } } query Q{ getProduct(id:5){ id } }")))
                .isEqualTo("Must provide operation name if query contains multiple operations.");
    }

    // Several requests

    @Test
    void one_bad_field_keeps_the_whole_request_from_being_carried_out() {
        post(
                "mutation{ a: updateProduct(id:5,input:{sku:\"new\"}){success} b: updateProduct(id:5,input:{nope:1}){success} }");

        assertThat(pimcore.object("/products/lamp").orElseThrow().text("sku")).isEqualTo("L-1");
        assertThat(pimcore.counters().updated()).isZero();
    }

    @Test
    void an_object_spoilt_in_one_request_is_whole_in_the_next() {
        update("contentHash:\"" + "x".repeat(65) + "\"");

        var answer = update("sku:\"L-2\"");

        assertThat(answer.at("/data/updateProduct/success").asBoolean()).isTrue();
        assertThat(pimcore.object("/products/lamp").orElseThrow().text("contentHash"))
                .isEqualTo("h1");
    }

    @Test
    void publishing_is_an_update_and_validates() {
        post("mutation{ createProduct(path:\"/products\",key:\"m\",published:false,input:{sku:\"x\"}){ success } }");

        var refused =
                post("mutation{ updateProduct(fullpath:\"/products/m\",input:{published:true}){ success message } }");
        var published = post("mutation{ updateProduct(fullpath:\"/products/m\",input:{published:true,externalId:\"m\"})"
                + "{ success output{ published } } }");

        assertThat(refused.at("/data/updateProduct/message").asText())
                .isEqualTo("Validation failed: Empty mandatory field [ externalId ] fieldname=externalId");
        assertThat(published.at("/data/updateProduct/output/published").asBoolean())
                .isTrue();
    }

    @Test
    void the_mandatory_check_can_be_left_out() {
        var answer = post(
                "mutation{ createProduct(path:\"/products\",key:\"m\",omitMandatoryCheck:true,input:{sku:\"x\"}){ success } }");

        assertThat(answer.at("/data/createProduct/success").asBoolean()).isTrue();
    }

    @Test
    void an_update_without_changes_counts_as_one_unless_no_version_is_wanted() {
        clock.forward(7);
        update("sku:\"L-1\"");
        var updated = pimcore.object("/products/lamp").orElseThrow();
        post(
                "mutation{ updateProduct(fullpath:\"/products/lamp\",omitVersionCreate:true,userId:9,input:{sku:\"L-1\"}){ success } }");
        var unversioned = pimcore.object("/products/lamp").orElseThrow();

        assertThat(updated.versions()).isEqualTo(3);
        assertThat(updated.modificationDate()).isEqualTo(NOW + 7);
        assertThat(updated.creationDate()).isEqualTo(NOW);
        assertThat(unversioned.versions()).isEqualTo(3);
        assertThat(unversioned.userModification()).isEqualTo(9);
    }

    @Test
    void a_language_left_out_keeps_its_text_and_one_set_to_null_falls_back() {
        update("name:{en:\"Desk lamp\"}");
        var kept = post("{ getProduct(id:5){ ar:name(language:\"ar\") } }")
                .at("/data/getProduct/ar")
                .asText();
        update("name:{ar:null}");
        var fallen = post("{ getProduct(id:5, defaultLanguage:\"ar\"){ name en:name(language:\"en\") } }")
                .at("/data/getProduct");

        assertThat(kept).isEqualTo("مصباح");
        assertThat(fallen.path("name").asText()).isEqualTo("Desk lamp");
        assertThat(fallen.path("en").asText()).isEqualTo("Desk lamp");
    }

    @Test
    void nulls_and_empty_lists_read_back_as_pimcore_has_them() {
        update(
                "brand:null, mainImage:null, stock:null, categories:[], images:{replace:true, items:{ProductImage:[]}}, prices:null");

        var read = post(
                "{ getProduct(id:5){ brand mainImage stock categories{ __typename } images{ __typename } prices{ __typename } } }");

        assertThat(read.at("/data/getProduct")).isEqualTo(Json.read("""
                {"brand":null,"mainImage":"","stock":null,"categories":null,"images":null,"prices":null}"""));
    }

    @Test
    void entries_of_a_collection_are_merged_by_index_unless_replaced() {
        update("images:{items:{ProductImage:[{index:0,alt:\"back\"},{index:3,url:\"https://cdn.example/3.jpg\"}]}}");
        var merged = pimcore.object("/products/lamp").orElseThrow().items("images");
        update(
                "images:{replace:true,items:{ProductImage:[{url:\"https://cdn.example/9.jpg\"},{url:\"https://cdn.example/8.jpg\"}]}}");
        var replaced = pimcore.object("/products/lamp").orElseThrow().items("images");

        assertThat(merged)
                .extracting(item -> item.index() + " " + item.values().get("url") + " "
                        + item.values().get("alt"))
                .containsExactly("0 https://cdn.example/1.jpg back", "3 https://cdn.example/3.jpg null");
        assertThat(replaced)
                .extracting(item -> item.values().get("url"))
                .containsExactly("https://cdn.example/9.jpg", "https://cdn.example/8.jpg");
    }

    @Test
    void a_new_key_moves_an_object_with_all_below_it() {
        update("key:\"bulb\"");

        assertThat(pimcore.object("/products/bulb/red")).isPresent();
        assertThat(pimcore.object("/products/lamp")).isEmpty();
        assertThat(pimcore.object("/products/lamp/red")).isEmpty();
        assertThat(message(
                        post("mutation{ updateProduct(id:5,input:{key:\"a/b\"}){ message } }"),
                        "/data/updateProduct/message"))
                .isEqualTo("invalid key for object with id [ 5 ] key is: [a/b]");
    }

    @Test
    void deleting_a_product_deletes_its_variants_and_frees_its_texts() {
        post("mutation{ deleteProduct(id:5){ success } }");

        var again = post(
                "mutation{ createProduct(path:\"/products\",key:\"red\",input:{externalId:\"lamp-red\"}){ message } }");

        assertThat(pimcore.objects("Product"))
                .extracting(PimcoreObject::fullpath)
                .containsExactly("/products/red");
        assertThat(again.at("/data/createProduct/message").asText()).isEqualTo("object created: 7");
        assertThat(pimcore.counters().deleted()).isEqualTo(2);
    }

    @Test
    void unpublished_objects_are_hidden_unless_asked_for() {
        post("mutation{ a:updateProduct(id:6,input:{published:false}){ success } "
                + "b:updateCategory(id:4,input:{published:false}){ success } }");

        var seen =
                post("{ getProduct(id:5){ children(objectTypes:[\"variant\"]){ __typename } categories{ __typename } } "
                        + "hidden:getProductListing{ totalCount } all:getProductListing(published:false){ totalCount } "
                        + "direct:getProduct(id:6){ published } }");

        assertThat(seen.path("data")).isEqualTo(Json.read("""
                {"getProduct":{"children":[],"categories":null},
                 "hidden":{"totalCount":1},"all":{"totalCount":2},"direct":{"published":false}}"""));
    }

    @Test
    void a_listing_sees_what_changed_since_it_was_asked_last() {
        var query = "{ getProductListing(filter:\"{\\\"sku\\\":\\\"L-1\\\"}\"){ totalCount } }";
        var before = post(query).at("/data/getProductListing/totalCount").asInt();
        update("sku:\"L-2\"");
        var after = post(query).at("/data/getProductListing/totalCount").asInt();

        assertThat(List.of(before, after)).containsExactly(1, 0);
    }

    @Test
    void of_an_update_and_a_create_in_one_request_exactly_one_succeeds() {
        var upsert = "mutation{ u: updateProduct(fullpath:\"/products/desk\",input:{sku:\"D\"}){ success } "
                + "c: createProduct(path:\"/products\",key:\"desk\",input:{externalId:\"desk\",sku:\"D\"}){ success message } }";

        var first = post(upsert).path("data");
        var second = post(upsert).path("data");

        assertThat(first.at("/u/success").asBoolean()).isFalse();
        assertThat(first.at("/c/success").asBoolean()).isTrue();
        assertThat(second.at("/u/success").asBoolean()).isTrue();
        assertThat(second.at("/c/message").asText())
                .isEqualTo("Duplicate full path [ /products/desk ] - cannot save object");
    }

    @Test
    void of_concurrent_creates_of_one_key_exactly_one_succeeds() throws Exception {
        var pool = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 20; round++) {
                var create =
                        "mutation{ createProduct(path:\"/products\",key:\"race-%1$d\",input:{externalId:\"race-%1$d\"}){ message } }"
                                .formatted(round);
                var tries = IntStream.range(0, 8)
                        .<Callable<String>>mapToObj(i -> () ->
                                post(create).at("/data/createProduct/message").asText())
                        .toList();

                var messages = new ArrayList<String>();
                for (var answer : pool.invokeAll(tries)) messages.add(answer.get());

                assertThat(messages)
                        .filteredOn(message -> message.startsWith("object created"))
                        .hasSize(1);
                assertThat(messages)
                        .filteredOn(message -> !message.startsWith("object created"))
                        .allMatch(message -> message.equals("unique constraint violation")
                                || message.startsWith("Duplicate full path"));
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(pimcore.objects("Product")).hasSize(22);
    }

    // Before the JSON

    @Test
    void a_wrong_or_missing_key_is_forbidden_with_a_page() {
        var wrong = send(request(pimcore.endpoint(), "{}").header("apikey", "nope"));
        var missing = send(request(pimcore.endpoint(), "{}"));

        assertThat(wrong.statusCode()).isEqualTo(403);
        assertThat(wrong.body()).contains("The server returned a \"403 Forbidden\".");
        assertThat(wrong.headers().firstValue("Content-Type")).contains("text/html; charset=UTF-8");
        assertThat(missing.statusCode()).isEqualTo(403);
    }

    @Test
    void the_key_is_taken_from_either_header_or_the_query() {
        var key = pimcore.apiKey();

        assertThat(send(request(pimcore.endpoint(), "{}").header("apikey", key)).statusCode())
                .isEqualTo(200);
        assertThat(send(request(pimcore.endpoint(), "{}").header("X-API-Key", key))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(request(URI.create(pimcore.endpoint() + "?a=b&apikey=" + key), "{}"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(request(pimcore.endpoint(), "{}")
                                .header("apikey", "nope")
                                .header("X-API-Key", key))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void an_unknown_endpoint_is_not_found_with_a_page() {
        var answer = send(request(URI.create(pimcore.endpoint() + "x"), "{}").header("apikey", pimcore.apiKey()));

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("404 Not Found");
        assertThat(send(request(pimcore.base().resolve("/admin"), "{}")).statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_body_that_is_no_json_and_a_get_are_syntax_errors() {
        var expected = Json.read("""
                {"errors":[{"message":"Syntax Error: Unexpected <EOF>","locations":[{"line":1,"column":1}]}]}""");

        var malformed = send(request(pimcore.endpoint(), "{\"query\": ").header("apikey", pimcore.apiKey()));
        var get = send(HttpRequest.newBuilder(URI.create(pimcore.endpoint() + "?apikey=" + pimcore.apiKey()))
                .GET());

        assertThat(Json.read(malformed.body())).isEqualTo(expected);
        assertThat(Json.read(get.body())).isEqualTo(expected);
    }

    // Faults

    @Test
    void requests_fail_as_often_or_as_long_as_told() {
        pimcore.faults().failNext(2, 502);
        assertThat(statuses(3)).containsExactly(502, 502, 200);

        pimcore.faults().failFor(Duration.ofSeconds(60), 500);
        assertThat(statuses(2)).containsExactly(500, 500);
        clock.forward(60);
        assertThat(statuses(1)).containsExactly(200);
        assertThat(pimcore.counters().failedOnPurpose()).isEqualTo(4);
    }

    @Test
    void too_many_requests_say_when_to_come_back() {
        pimcore.faults().throttleNext(1, Duration.ofSeconds(2));

        var answer = send(request(pimcore.endpoint(), "{}").header("apikey", pimcore.apiKey()));

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).contains("2");
    }

    @Test
    void it_can_die_after_committing_without_an_answer() {
        pimcore.faults().dieAfterCommitting(1);
        post("{ getProductListing{ totalCount } }");

        assertThatThrownBy(() -> update("sku:\"L-2\"")).hasRootCauseInstanceOf(IOException.class);

        assertThat(pimcore.object("/products/lamp").orElseThrow().text("sku")).isEqualTo("L-2");
        assertThat(update("sku:\"L-3\"").has("data")).isTrue();
    }

    @Test
    void it_can_die_in_the_middle_of_a_request() {
        pimcore.faults().dieAfterObjects(1);

        var both =
                "mutation{ a: updateProduct(id:5,input:{sku:\"a\"}){success} b: updateProduct(id:6,input:{sku:\"b\"}){success} }";
        assertThatThrownBy(() -> post(both)).hasRootCauseInstanceOf(IOException.class);

        assertThat(pimcore.object("/products/lamp").orElseThrow().text("sku")).isEqualTo("a");
        assertThat(pimcore.object("/products/lamp/red").orElseThrow().text("sku"))
                .isEqualTo("L-1-R");
    }

    @Test
    void a_poisoned_object_is_refused_until_it_is_accepted() {
        pimcore.faults().reject("lamp", "colour is unknown");
        var poisoned = update("sku:\"L-2\"").at("/data/updateProduct/message").asText();
        var neighbour = post("mutation{ updateProduct(id:6,input:{sku:\"x\"}){success} }")
                .at("/data/updateProduct/success")
                .asBoolean();
        pimcore.faults().accept("lamp");
        var healed = update("sku:\"L-2\"").at("/data/updateProduct/success").asBoolean();

        assertThat(poisoned).isEqualTo("Validation failed: colour is unknown");
        assertThat(neighbour).isTrue();
        assertThat(healed).isTrue();
    }

    @Test
    void a_subscriber_that_throws_makes_a_saved_object_look_refused() {
        pimcore.faults().throwInSubscriber(1);

        var answer = update("sku:\"L-2\"");

        assertThat(answer.at("/data/updateProduct/message").asText()).isEqualTo("subscriber failed");
        assertThat(pimcore.object("/products/lamp").orElseThrow().text("sku")).isEqualTo("L-2");
    }

    @Test
    void a_delay_holds_every_request_until_faults_are_cleared() {
        pimcore.faults().delay(Duration.ofMillis(60));
        var before = System.nanoTime();
        statuses(1);
        var slow = Duration.ofNanos(System.nanoTime() - before);
        pimcore.faults().clear();

        assertThat(slow).isGreaterThanOrEqualTo(Duration.ofMillis(60));
        assertThat(statuses(1)).containsExactly(200);
    }

    // Webhooks

    @Test
    void each_request_tells_of_each_product_it_changed_once_and_signs_it() throws Exception {
        try (var receiver = new Receiver()) {
            pimcore.webhookUrl(receiver.url());

            post(
                    "mutation{ a: createProduct(path:\"/products\",key:\"desk\",input:{externalId:\"desk\",contentHash:\"h\"}){success} "
                            + "b: updateProduct(id:6,input:{sku:\"x\"}){success} c: updateProduct(id:6,input:{published:false}){success} "
                            + "d: updateCategory(id:4,input:{level:1}){success} }");

            await().until(() -> pimcore.counters().webhooksSent() == 2);
            assertThat(receiver.received).allMatch(message -> message.signed(pimcore.webhookSecret()));
            assertThat(receiver.received).extracting(Message::key).containsExactlyInAnyOrder("desk", "red");
            var desk = receiver.received.stream()
                    .filter(message -> message.key().equals("desk"))
                    .findFirst()
                    .orElseThrow();
            assertThat(desk.body()).isEqualTo(Json.read("""
                    {"general":{"eventName":"pimcore.dataobject.postUpdate","timestamp":1795230000,
                      "subjectType":"object","versionOnly":false},
                     "subject":{"id":7,"path":"/products/","fullpath":"/products/desk","key":"desk","published":true,
                      "type":"Product","className":"Product","objectType":"object","modificationDate":1795230000,"userModification":0,
                      "externalId":"desk","supplier":null,"sku":null,"sourceVersion":null,"contentHash":"h"}}"""));
        }
    }

    @Test
    void publishing_unpublishing_and_deleting_by_hand_are_told_too() throws Exception {
        try (var receiver = new Receiver()) {
            pimcore.webhookUrl(receiver.url());

            pimcore.unpublish("/products/lamp");
            pimcore.publish("/products/lamp");
            pimcore.edit("/products/lamp", Map.of("brand", "Other", "name", Map.of("en", "Light")));
            pimcore.delete("/products/lamp/red");

            await().until(() -> pimcore.counters().webhooksSent() == 4);
            assertThat(receiver.received)
                    .extracting(Message::eventAndPublished)
                    .containsExactlyInAnyOrder(
                            "postUpdate false", "postUpdate true", "postUpdate true", "postDelete false");
        }
        assertThat(pimcore.object("/products/lamp").orElseThrow().text("name", "en"))
                .isEqualTo("Light");
        assertThatThrownBy(() -> pimcore.publish("/products/none")).hasMessage("nothing at /products/none");
        assertThatThrownBy(() -> pimcore.edit("/products/lamp", Map.of("colour", "red")))
                .hasMessage("no fields [colour] in Product");
    }

    @Test
    void messages_are_lost_when_switched_off_refused_or_never_sent() throws Exception {
        try (var receiver = new Receiver()) {
            pimcore.webhookUrl(receiver.url());
            pimcore.webhooks(false);
            pimcore.unpublish("/products/lamp");
            pimcore.webhooks(true);
            receiver.status = 500;
            pimcore.publish("/products/lamp");
            await().until(() -> pimcore.counters().webhooksFailed() == 1);
        }
        pimcore.publish("/products/lamp");
        await().until(() -> pimcore.counters().webhooksFailed() == 2);

        assertThat(pimcore.counters().webhooksSent()).isZero();
        assertThat(pimcore.counters().webhooksDropped()).isGreaterThan(0);
    }

    // The stand-in's own API, and its definitions

    @Test
    void everything_can_be_told_over_http() {
        assertThat(sandbox("POST", "unpublish", "{\"fullpath\":\"/products/lamp\"}")
                        .path("published")
                        .asBoolean(true))
                .isFalse();
        assertThat(sandbox("POST", "publish", "{\"fullpath\":\"/products/lamp\"}")
                        .path("published")
                        .asBoolean())
                .isTrue();
        var edited = sandbox("POST", "edit", "{\"fullpath\":\"/products/lamp\",\"input\":{\"brand\":\"Other\"}}");
        assertThat(edited.at("/values/brand").asText()).isEqualTo("Other");
        assertThat(sandbox("POST", "delete", "{\"fullpath\":\"/products/lamp/red\"}"))
                .isEmpty();
        assertThat(sandbox("GET", "objects", ""))
                .extracting(object -> object.path("fullpath").asText())
                .containsExactly("/", "/products", "/categories", "/categories/lamps", "/products/lamp");
        assertThat(sandbox("GET", "counters", "").path("updated").asInt()).isEqualTo(3);
        sandbox("DELETE", "counters", "");
        assertThat(pimcore.counters().updated()).isZero();
        assertThat(sandbox("POST", "webhook", "{\"url\":\"http://127.0.0.1:1/x\",\"on\":false}"))
                .isEqualTo(sandbox("GET", "webhook", ""));
        assertThat(sandbox("GET", "webhook", "").path("on").asBoolean(true)).isFalse();
        assertThat(sandbox("POST", "publish", "{\"fullpath\":\"/none\"}")
                        .path("message")
                        .asText())
                .isEqualTo("nothing at /none");
        assertThat(sandbox("GET", "nothing", "").path("message").asText()).startsWith("no such path");
        sandbox("DELETE", "objects", "");
        assertThat(pimcore.objects()).hasSize(1);
    }

    @Test
    void faults_can_be_told_over_http() {
        sandbox("POST", "faults", "{\"kind\":\"fail\",\"status\":503,\"count\":1}");
        assertThat(statuses(2)).containsExactly(503, 200);
        sandbox("POST", "faults", "{\"kind\":\"fail\",\"status\":500,\"seconds\":5}");
        assertThat(statuses(1)).containsExactly(500);
        sandbox("DELETE", "faults", "");
        sandbox("POST", "faults", "{\"kind\":\"throttle\",\"retryAfterSeconds\":1}");
        assertThat(statuses(2)).containsExactly(429, 200);
        sandbox("POST", "faults", "{\"kind\":\"delay\",\"millis\":1}");
        sandbox("POST", "faults", "{\"kind\":\"reject\",\"externalId\":\"lamp\"}");
        assertThat(update("sku:\"x\"").at("/data/updateProduct/message").asText())
                .isEqualTo("Validation failed: rejected on purpose");
        sandbox("POST", "faults", "{\"kind\":\"accept\",\"externalId\":\"lamp\"}");
        sandbox("POST", "faults", "{\"kind\":\"subscriber\"}");
        assertThat(update("sku:\"x\"").at("/data/updateProduct/message").asText())
                .isEqualTo("subscriber failed");
        sandbox("POST", "faults", "{\"kind\":\"die-after-commit\"}");
        assertThatThrownBy(() -> update("sku:\"y\"")).hasRootCauseInstanceOf(IOException.class);
        sandbox("POST", "faults", "{\"kind\":\"die-after-objects\"}");
        assertThatThrownBy(() -> update("sku:\"z\"")).hasRootCauseInstanceOf(IOException.class);
        assertThat(sandbox("POST", "faults", "{\"kind\":\"fire\"}")
                        .path("message")
                        .asText())
                .startsWith("no fault of kind \"fire\"");
    }

    @Test
    void dates_can_be_text_as_in_newer_versions() {
        try (var newer = PimcoreStandIn.start(
                PimcoreStandIn.Settings.defaults().withClock(clock).withDates(PimcoreStandIn.Dates.TEXT_WITH_ZONE))) {
            var create =
                    "mutation{ createProduct(path:\"/\",key:\"x\",published:false,input:{}){ output{ modificationDate } } }";

            var answer = send(request(newer.endpoint(), body(create, "{}")).header("apikey", newer.apiKey()));

            assertThat(Json.read(answer.body())
                            .at("/data/createProduct/output/modificationDate")
                            .asText())
                    .isEqualTo("2026-11-21T03:00:00+00:00");
        }
    }

    // Helpers

    private record Message(String id, String timestamp, String signature, String text) {
        JsonNode body() {
            return Json.read(text);
        }

        String key() {
            return body().at("/subject/key").asText();
        }

        String eventAndPublished() {
            var event = body().at("/general/eventName").asText();
            return event.substring(event.lastIndexOf('.') + 1) + " " + body().at("/subject/published");
        }

        boolean signed(String secret) {
            try {
                var mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(
                        Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
                var expected = mac.doFinal((id + "." + timestamp + "." + text).getBytes(StandardCharsets.UTF_8));
                return signature.equals("v1," + Base64.getEncoder().encodeToString(expected));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final class Receiver implements AutoCloseable {
        private final HttpServer server;
        private final ConcurrentLinkedQueue<Message> received = new ConcurrentLinkedQueue<>();
        private volatile int status = 204;

        Receiver() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
            server.createContext("/", exchange -> {
                var headers = exchange.getRequestHeaders();
                received.add(new Message(
                        headers.getFirst("webhook-id"),
                        headers.getFirst("webhook-timestamp"),
                        headers.getFirst("webhook-signature"),
                        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
                exchange.sendResponseHeaders(status, -1);
                exchange.close();
            });
            server.start();
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hooks/pimcore");
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private JsonNode update(String input) {
        return post("mutation{ updateProduct(fullpath:\"/products/lamp\",input:{" + input + "}){ success message } }");
    }

    private JsonNode post(String query) {
        return post(query, "{}");
    }

    private JsonNode post(String query, String variables) {
        var answer = send(request(pimcore.endpoint(), body(query, variables)).header("apikey", pimcore.apiKey()));
        assertThat(answer.statusCode()).isEqualTo(200);
        return Json.read(answer.body());
    }

    private static String body(String query, String variables) {
        return Json.object()
                .put("query", query)
                .set("variables", Json.read(variables))
                .toString();
    }

    private static String message(JsonNode answer) {
        return message(answer, "/errors/0/message");
    }

    private static String message(JsonNode answer, String pointer) {
        return answer.at(pointer).asText();
    }

    private List<Integer> statuses(int requests) {
        return IntStream.range(0, requests)
                .map(i -> send(request(pimcore.endpoint(), "{}").header("apikey", pimcore.apiKey()))
                        .statusCode())
                .boxed()
                .toList();
    }

    private JsonNode sandbox(String method, String path, String body) {
        var request = HttpRequest.newBuilder(pimcore.base().resolve("/_sandbox/" + path))
                .method(method, BodyPublishers.ofString(body));
        return Json.read(send(request).body());
    }

    private static HttpRequest.Builder request(URI url, String body) {
        return HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
