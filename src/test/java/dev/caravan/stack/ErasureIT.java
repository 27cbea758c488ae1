package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.sandbox.medusa.ShopClient;
import dev.caravan.testing.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A customer of the shop is erased from the command line, through the packaged JAR: here, and in the shop. */
@Tag("operate")
class ErasureIT {
    private static Stack stack;
    private static Cli operator;
    private static ShopClient shop;

    @BeforeAll
    static void start() {
        stack = Stack.start("erasure-it", settings -> settings.with("CLICKSTREAM_CHECKPOINT_SECONDS", "1")
                .with("CLICKSTREAM_OPEN_SESSIONS_SECONDS", "1")
                .with("ERASURE_SETTLE_SECONDS", "1"));
        operator = Cli.of(stack.caravan(), stack.caravan().options().apiKey());
        shop = new ShopClient(stack.sandbox().medusa());
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void a_customer_of_the_shop_is_gone_there_and_here_and_the_certificate_says_so() throws Exception {
        var id = shop.post("/admin/customers", Json.object().put("email", "ines@zauberwald.example"))
                .text("/customer/id");
        stack.delivered("tickets/a.json", """
                [{"ticket_id": "T-1", "user_id": "%s", "created_at": "2026-11-19T10:00:00Z", "category": "account", "status": "open", "subject": "I am Ines Zauberwald"}]""".formatted(id).getBytes(UTF_8));
        stack.delivered("clicks/a.json", """
                {"event_id":"e-1","user_id":"%s","session_id":"visit-1","timestamp":"2026-11-19T10:00:00.000Z","event_type":"page_view","properties":{}}""".formatted(id).getBytes(UTF_8));
        stack.delivered("transactions/a.json", """
                [{"transaction_id": "P-1", "user_id": "%s", "timestamp": "2026-11-19T11:00:00Z", "amount": 5, "currency": "USD", "payment_method": "paypal", "status": "completed",
                  "items": [{"product_id": "LAMP", "quantity": 1, "price": 5}], "shipping_address": "12 Zauberwald Lane", "billing_country": "US", "email": "ines@zauberwald.example"}]""".formatted(id).getBytes(UTF_8));
        patiently()
                .ignoreExceptions()
                .until(() -> stack.caravan()
                                .get("/api/customers/" + id)
                                .path("sessions")
                                .asInt()
                        == 1);
        assertThat(places(id))
                .contains("customers.profile.user_id", "clicks.session.visitor", "caravan-inbox/transactions");

        var ended = operator.run("erase", "--customer", id, "--by", "the letter of May", "--why", "asked for it");

        assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
        var certificate = Json.read(ended.out());
        assertThat(certificate.path("state").asText()).isEqualTo("done");
        assertThat(ended.out()).doesNotContain(id);
        assertThat(store(certificate, "shop").path("did").asText()).startsWith("the customer is deleted");
        assertThat(store(certificate, "shop").at("/found/customers").asInt()).isEqualTo(1);
        assertThat(shop.get("/admin/customers/" + id).status()).isEqualTo(404);
        assertThatThrownBy(() -> stack.caravan().get("/api/customers/" + id)).hasMessageStartingWith("404");
        assertThat(operator.run("trace", id).code()).isEqualTo(1);
        assertThat(places(id)).isEmpty();
    }

    /** Where the customer is: in tables, objects with all their versions, and the log. */
    private static Set<String> places(String id) throws IOException, SQLException {
        var theirs = List.of(id, "Zauberwald", "zauberwald");
        var aws = stack.sandbox().aws();
        try (var database =
                DriverManager.getConnection(stack.sandbox().postgres().jdbcUrl())) {
            var places = Places.of(
                    theirs,
                    database,
                    aws.clients().s3(),
                    List.of(aws.resources().inbox(), aws.resources().archive()));
            var log = Files.readString(stack.caravan().options().log());
            assertThat(log).contains("clicks/a.json, version");
            if (theirs.stream().anyMatch(log::contains)) places.add("log");
            return places;
        }
    }

    @Test
    void who_is_not_known_is_said_to_be_so_and_without_a_reason_nothing_is_done() {
        var unknown = operator.run("erase", "--customer", "cus_01NOBODY", "--why", "asked for it");
        var unreasoned = operator.run("erase", "--customer", "cus_01NOBODY");

        assertThat(unknown.code()).as(unknown.out() + unknown.err()).isZero();
        assertThat(unknown.out()).contains("the shop has no such customer", "nobody is known by that id");
        assertThat(unreasoned.code()).isEqualTo(2);
        assertThat(unreasoned.err()).contains("say whom and why");
    }

    private static JsonNode store(JsonNode certificate, String name) {
        return certificate
                .path("stores")
                .valueStream()
                .filter(store -> store.path("store").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
