package dev.caravan.orders;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.HttpPort;
import dev.caravan.outbound.Port;
import dev.caravan.sandbox.Storefront;
import dev.caravan.sandbox.medusa.MedusaStandIn;
import dev.caravan.sandbox.medusa.ShopClient;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import dev.caravan.testing.PublicPort;
import dev.caravan.testing.TestState;
import dev.caravan.webhooks.StandardWebhooks;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Orders of the shop, from a checkout in it to what is known of them here. */
class ShopOrdersTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration SWEEP = Duration.ofSeconds(15);

    private static TestState state;

    private final MedusaStandIn medusa =
            new MedusaStandIn(MedusaStandIn.Settings.defaults().withClock(state.clock()));
    private final ShopClient admin = new ShopClient(medusa);
    private final Storefront storefront = new Storefront(medusa.url(), medusa.publishableKey());
    private final StandardWebhooks sender = new StandardWebhooks(List.of(SECRET), null, state.clock());
    private final PimcoreStandIn pimcore =
            PimcoreStandIn.start(PimcoreStandIn.Settings.defaults().withClock(state.clock()));
    private final Port toPimcore =
            new HttpPort("pimcore", pimcore.endpoint(), Map.of("apikey", pimcore.apiKey()), Duration.ofSeconds(10));
    private TestOrders orders;
    private ShopOrders shop;
    private PublicPort port;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void open() {
        state.clear();
        Port toMedusa = new HttpPort(
                "medusa",
                medusa.url(),
                Map.of(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString((medusa.secretKey() + ":").getBytes(UTF_8))),
                Duration.ofSeconds(10));
        orders = new TestOrders(state, Map.of("MEDUSA_WEBHOOK_SECRET", SECRET), state.clock(), toPimcore, toMedusa);
        shop = (ShopOrders) orders.module.beans().get("shopOrders");
        var api = new Api(ApiKeys.parse(""));
        orders.module.addTo(api);
        port = new PublicPort(200_000, api);
        admin.created(admin.shirt("shein-1", "S", "M"));
        admin.stock("shein-1-S", 1000);
        orders.catalogue("shein-1", "10");
    }

    @AfterEach
    void close() {
        port.close();
        medusa.close();
        pimcore.close();
    }

    @Test
    void an_order_of_the_shop_is_taken_in_once() {
        var id = buy(2);

        assertThat(look()).isEqualTo(1);
        assertThat(look()).isZero();

        assertThat(placed(id)).isEqualTo("pending 47.6 SAR SA web");
        assertThat(deliveries()).containsExactly("medusa");
    }

    @Test
    void without_a_word_it_looks_as_often_as_set() {
        look();
        var id = buy(1);
        state.clock().pass(SWEEP.minusSeconds(1));
        assertThat(shop.sweep()).isZero();

        state.clock().pass(Duration.ofSeconds(1));
        assertThat(shop.sweep()).isEqualTo(1);
        assertThat(placed(id)).isNotNull();
    }

    @Test
    void told_of_an_order_it_looks_at_once() throws Exception {
        look();
        var id = buy(1);

        assertThat(tell("w-1", "{\"order\":\"" + id + "\"}").statusCode()).isEqualTo(204);

        assertThat(shop.sweep()).isEqualTo(1);
        assertThat(placed(id)).startsWith("pending");
        assertThat(noted()).isEmpty();
    }

    @Test
    void a_payment_confirms_it_and_a_cancellation_takes_it_back() {
        var paid = buy(1);
        var canceled = buy(3);
        look();

        capture(paid);
        admin.post("/admin/orders/" + canceled + "/cancel", Json.object());
        assertThat(look()).isEqualTo(2);

        assertThat(placed(paid)).isEqualTo("confirmed 23.8 SAR SA web");
        assertThat(placed(canceled)).startsWith("cancelled");
        assertThat(state.column("select total::text from orders.revenue_by_day where status = 'confirmed'"))
                .containsExactly("23.8");
        assertThat(look()).as("the same again").isZero();
    }

    @Test
    void more_than_a_page_comes_in_whole_even_when_all_changed_in_one_moment() {
        var ids = new ArrayList<String>();
        for (int i = 0; i < 103; i++) ids.add(buy(1));
        state.clock().pass(Duration.ofSeconds(1));
        for (int i = 0; i < 3; i++) ids.add(buy(1));

        assertThat(look()).isEqualTo(106);

        assertThat(state.column("select order_id from orders.placed")).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void what_is_noted_waits_while_medusa_is_away() throws Exception {
        var id = buy(1);
        tell("w-1", "{\"order\":\"" + id + "\"}");
        medusa.faults().failNext(1, 503);

        assertThat(shop.sweep()).isZero();
        assertThat(noted()).containsExactly(id);
        assertThat(shop.sweep()).as("not asked again at once").isZero();

        state.clock().pass(Duration.ofSeconds(6));
        assertThat(shop.sweep()).isEqualTo(1);
        assertThat(noted()).isEmpty();
    }

    @Test
    void an_order_of_a_product_nobody_knows_waits_until_it_is_published() {
        admin.created(admin.shirt("shein-2", "S"));
        admin.stock("shein-2-S", 5);
        var id = order("shein-2-S", 1);
        look();
        assertThat(placed(id)).isNull();
        assertThat(orders.quarantined()).hasSize(1);

        inPimcore("shein-2", true);
        var message = published("/products/shein-2");
        publishedProducts().learn(new Batch("caravan-catalogue", List.of(message)));

        assertThat(message.isDone()).isTrue();
        assertThat(placed(id)).startsWith("pending");
        assertThat(orders.quarantined()).isEmpty();
        assertThat(state.column("select category || ' ' || brand from orders.product where product_id = 'shein-2'"))
                .containsExactly("Tops SHEIN");
    }

    @Test
    void a_publication_of_what_is_gone_again_changes_nothing() {
        inPimcore("shein-3", false);
        var gone = published("/products/shein-3");
        var broken = published("");

        publishedProducts().learn(new Batch("caravan-catalogue", List.of(gone, broken)));

        assertThat(gone.isDone()).isTrue();
        assertThat(state.column("select product_id from orders.product")).containsExactly("shein-1");
        assertThat(state.column("select route from dead_letters.letter")).containsExactly("orders-catalogue");
    }

    @Test
    void a_word_that_is_not_medusas_is_refused() throws Exception {
        var body = "{\"order\":\"order_1\"}";
        var unsigned = post(Map.of(), body);
        var first = tell("w-1", body);
        var again = tell("w-1", body);
        var changed = post(sender.sign("w-2", body.getBytes(UTF_8)), body.replace("_1", "_2"));
        var nothing = tell("w-3", "{}");
        var noJson = tell("w-4", "order_1");

        assertThat(List.of(unsigned, first, again, changed, nothing, noJson))
                .extracting(HttpResponse::statusCode)
                .containsExactly(401, 204, 401, 401, 400, 400);
        assertThat(noted()).containsExactly("order_1");
    }

    @Test
    void without_a_secret_nobody_is_listened_to() throws Exception {
        var api = new Api(ApiKeys.parse(""));
        new TestOrders(state).module.addTo(api);
        try (var deaf = new PublicPort(200_000, api)) {
            var answer = HTTP.send(
                    HttpRequest.newBuilder(deaf.url("/hooks/medusa"))
                            .POST(BodyPublishers.ofString("{}"))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(404);
        }
    }

    private String buy(int pieces) {
        return order("shein-1-S", pieces);
    }

    private String order(String sku, int pieces) {
        return storefront
                .checkOut(storefront.cart("sar", admin.variantId(sku), pieces), "sa")
                .path("id")
                .asText();
    }

    private void capture(String order) {
        var payment = admin.get("/admin/orders?id[]=" + order).text("/orders/0/payment_id");
        admin.post("/admin/payments/" + payment + "/capture", Json.object());
    }

    /** Once it is time for it. */
    private int look() {
        state.clock().pass(SWEEP);
        return shop.sweep();
    }

    private static String placed(String id) {
        var rows = state.column(
                "select status || ' ' || trim_scale(total) || ' ' || currency || ' ' || country || ' ' || channel from orders.placed where order_id = '"
                        + id + "'");
        return rows.isEmpty() ? null : rows.get(0);
    }

    private static List<String> deliveries() {
        return state.column("select bucket from ledger.upload where object_key like 'orders/%' order by started_at");
    }

    private static List<String> noted() {
        return state.column("select order_id from orders.shop_notice");
    }

    private HttpResponse<String> tell(String id, String body) throws IOException, InterruptedException {
        return post(sender.sign(id, body.getBytes(UTF_8)), body);
    }

    private HttpResponse<String> post(Map<String, String> headers, String body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(port.url("/hooks/medusa")).POST(BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private void inPimcore(String key, boolean published) {
        var query = """
                mutation {
                  f: createObjectFolder(path:"/", key:"products"){ success }
                  g: createObjectFolder(path:"/", key:"categories"){ success }
                  c: createCategory(path:"/categories", key:"tops", input:{externalId:"c-1", name:{en:"Tops"}}){ success }
                  p: createProduct(path:"/products", key:"%1$s", published:%2$s, input:{externalId:"%1$s", supplier:"shein", sku:"%1$s", brand:"SHEIN",
                     contentHash:"h", categories:[{fullpath:"/categories/tops"}]}){ success message }
                }""".formatted(key, published);
        var answer = Json.read(toPimcore
                .send(Call.post("", Json.bytes(Json.object().put("query", query))))
                .body());
        assertThat(answer.at("/data/p/success").asBoolean())
                .as(answer.toString())
                .isTrue();
    }

    private static BatchMessage published(String fullpath) {
        var event = Json.object().put("detail-type", "ProductPublished");
        event.putObject("detail").put("fullpath", fullpath);
        return new BatchMessage(UUID.randomUUID().toString(), "receipt", event.toString(), Map.of(), Map.of());
    }

    private PublishedProducts publishedProducts() {
        return (PublishedProducts) orders.module.beans().get("publishedProducts");
    }
}
