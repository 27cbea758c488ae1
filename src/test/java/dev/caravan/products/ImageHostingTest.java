package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.sandbox.AwsSandbox;
import dev.caravan.settings.Settings;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

class ImageHostingTest {
    private static final byte[] PICTURE = "a picture, as far as anybody looks".getBytes(StandardCharsets.UTF_8);
    private static final String COPY = "https://cdn.example.com/images/" + Json.sha256(PICTURE) + ".jpeg";
    private static final AtomicInteger FETCHED = new AtomicInteger();

    private static TestState state;
    private static AwsSandbox aws;
    private static HttpServer supplier;

    private final ImageHosting hosting = hosting(bucket());

    @BeforeAll
    static void start() throws IOException {
        state = new TestState();
        aws = AwsSandbox.start();
        s3().createBucket(request -> request.bucket(bucket()));
        supplier = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve("/dress.jpg", 200, "image/jpeg; charset=binary", PICTURE);
        serve("/same.jpg", 200, "image/jpeg", PICTURE);
        serve("/page.html", 200, "text/html", "<html>".getBytes(StandardCharsets.UTF_8));
        serve("/large.jpg", 200, "image/jpeg", new byte[1_001]);
        serve("/gone.jpg", 404, "image/jpeg", new byte[0]);
        supplier.createContext("/moved.jpg", exchange -> {
            exchange.getResponseHeaders().add("Location", url("/dress.jpg"));
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        supplier.start();
    }

    @AfterAll
    static void stop() {
        supplier.stop(0);
        aws.close();
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        FETCHED.set(0);
    }

    @Test
    void the_shop_shows_copies_wherever_a_product_has_images() {
        var product = product(url("/dress.jpg"), url("/same.jpg"));
        product.putArray("variants")
                .addObject()
                .put("sku", "s")
                .putArray("images")
                .add(url("/dress.jpg"));

        hosting.apply(product);

        assertThat(product.path("thumbnail").asText()).isEqualTo(COPY);
        assertThat(product.path("images")).hasSize(2).allMatch(image -> image.asText()
                .equals(COPY));
        assertThat(product.at("/variants/0/images/0").asText()).isEqualTo(COPY);
        var copy =
                s3().getObjectAsBytes(request -> request.bucket(bucket()).key(COPY.substring(COPY.indexOf("images/"))));
        assertThat(copy.asByteArray()).isEqualTo(PICTURE);
        assertThat(copy.response().contentType()).isEqualTo("image/jpeg");
    }

    @Test
    void an_image_is_fetched_once() {
        hosting.apply(product(url("/dress.jpg")));
        var again = hosting.apply(product(url("/dress.jpg")));

        assertThat(again.path("thumbnail").asText()).isEqualTo(COPY);
        assertThat(FETCHED).hasValue(1);
    }

    @Test
    void what_must_not_be_copied_is_shown_from_where_it_is() {
        var elsewhere = "https://other.example.com/dress.jpg";
        for (var left : List.of(
                elsewhere, "not a URL", url("/page.html"), url("/large.jpg"), url("/gone.jpg"), url("/moved.jpg"))) {
            var product = hosting.apply(product(left, url("/dress.jpg")));

            assertThat(product.path("images").get(0).asText()).isEqualTo(left);
            assertThat(product.path("images").get(1).asText()).isEqualTo(COPY);
        }
        assertThat(state.column("select url from products.image")).containsExactly(url("/dress.jpg"));
    }

    @Test
    void a_product_without_images_stays_as_it_is() {
        var product = Json.object().put("handle", "shein-1");

        assertThat(hosting.apply(product.deepCopy())).isEqualTo(product);
    }

    @Test
    void a_bucket_that_takes_nothing_is_an_outage() {
        assertThatThrownBy(() -> hosting("no-such-bucket").apply(product(url("/dress.jpg"))))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("s3://no-such-bucket/images/");

        assertThat(state.column("select url from products.image")).isEmpty();
    }

    @Test
    void settings_say_what_is_copied_and_nothing_is_without_a_bucket() {
        var on = Map.of(
                "IMAGES_BUCKET", "pictures",
                "IMAGES_PUBLIC_URL", "https://cdn.example.com/",
                "IMAGES_HOSTS", "img.example.com, http://127.0.0.1:8081",
                "IMAGES_TYPES", "image/jpeg,image/png");

        assertThat(ImageHosting.Rules.of(Settings.of(Map.of()))).isEmpty();
        assertThat(ImageHosting.Rules.of(Settings.of(on)))
                .contains(new ImageHosting.Rules(
                        "pictures",
                        "https://cdn.example.com",
                        Set.of("https://img.example.com", "http://127.0.0.1:8081"),
                        Set.of("image/jpeg", "image/png"),
                        10_000_000));
        assertThatThrownBy(() -> ImageHosting.Rules.of(Settings.of(Map.of("IMAGES_BUCKET", "pictures"))))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("IMAGES_PUBLIC_URL");
    }

    private static ImageHosting hosting(String bucket) {
        var rules =
                new ImageHosting.Rules(bucket, "https://cdn.example.com", Set.of(url("")), Set.of("image/jpeg"), 1_000);
        return new ImageHosting(rules, true, state.database(), s3(), state.clock());
    }

    private static String bucket() {
        return aws.resources().prefix() + "-images";
    }

    private static S3Client s3() {
        return aws.clients().s3();
    }

    private static ObjectNode product(String... images) {
        var product = Json.object().put("thumbnail", images[0]);
        var list = product.putArray("images");
        for (var image : images) list.add(image);
        return product;
    }

    private static String url(String path) {
        return "http://127.0.0.1:" + supplier.getAddress().getPort() + path;
    }

    private static void serve(String path, int status, String type, byte[] body) {
        supplier.createContext(path, exchange -> {
            FETCHED.incrementAndGet();
            exchange.getResponseHeaders().add("Content-Type", type);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) exchange.getResponseBody().write(body);
            exchange.close();
        });
    }
}
