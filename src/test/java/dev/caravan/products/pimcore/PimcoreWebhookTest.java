package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.caravan.failure.BadMessage;
import dev.caravan.sandbox.pimcore.PimcoreObject;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PimcoreWebhookTest {
    @Test
    void an_update_of_a_product_says_which_and_whether_it_is_published() {
        var change = parse("""
                {"general":{"eventName":"pimcore.dataobject.postUpdate","timestamp":1795230847,"subjectType":"object","versionOnly":false,"extra":1},
                 "subject":{"id":12,"path":"/products/acme-1","published":true,"type":"Product","objectType":"object","externalId":"acme:1","color":"red"}}""");

        assertThat(change)
                .contains(new ProductChange(
                        "/products/acme-1", "12", false, true, false, Instant.ofEpochSecond(1795230847)));
    }

    @Test
    void a_change_of_a_variant_leads_to_its_product() {
        var byType = parse("""
                {"general":{"eventName":"pimcore.dataobject.postAdd","subjectType":"object"},
                 "subject":{"id":"13","path":"/products/acme-1/acme-red","published":true,"type":"Product","objectType":"variant"}}""");
        var byExternalId = parse("""
                {"general":{"eventName":"pimcore.dataobject.postAdd","subjectType":"object"},
                 "subject":{"id":"13","path":"/products/acme-1/acme-red","published":true,"type":"Product","externalId":"acme:1:red"}}""");

        assertThat(byType).contains(new ProductChange("/products/acme-1", "13", true, true, false, null));
        assertThat(byExternalId).isEqualTo(byType);
    }

    @Test
    void what_is_deleted_is_not_published() {
        var change = parse("""
                {"general":{"eventName":"pimcore.dataobject.postDelete","subjectType":"object"},
                 "subject":{"id":12,"path":"/products/acme-1","published":true,"type":"Product"}}""");

        assertThat(change).contains(new ProductChange("/products/acme-1", "12", false, false, true, null));
    }

    @Test
    void a_folder_and_a_key_are_a_path_too() {
        var change = parse("""
                {"general":{"eventName":"pimcore.dataobject.postUpdate","subjectType":"object"},
                 "subject":{"id":12,"path":"/products/","key":"acme-1","published":false,"type":"Product"}}""");

        assertThat(change).map(ProductChange::fullpath).contains("/products/acme-1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"general\":{\"eventName\":\"pimcore.dataobject.postUpdate\",\"subjectType\":\"object\",\"versionOnly\":true},\"subject\":{\"id\":1,\"path\":\"/products/a\",\"type\":\"Product\"}}",
                "{\"general\":{\"eventName\":\"pimcore.dataobject.postUpdate\",\"subjectType\":\"object\",\"isAutoSave\":\"1\"},\"subject\":{\"id\":1,\"path\":\"/products/a\",\"type\":\"Product\"}}",
                "{\"general\":{\"eventName\":\"pimcore.dataobject.postUpdate\",\"subjectType\":\"object\"},\"subject\":{\"id\":1,\"path\":\"/categories/a\",\"type\":\"Category\"}}",
                "{\"general\":{\"eventName\":\"pimcore.asset.postUpdate\",\"subjectType\":\"asset\"},\"subject\":{\"id\":1,\"path\":\"/a.jpg\",\"type\":\"image\"}}",
                "{\"general\":{\"eventName\":\"pimcore.dataobject.preUpdate\",\"subjectType\":\"object\"},\"subject\":{\"id\":1,\"path\":\"/products/a\",\"type\":\"Product\"}}",
                "{}",
                "[]",
                "null"
            })
    void drafts_and_other_things_are_no_change(String body) {
        assertThat(parse(body)).isEmpty();
    }

    @Test
    void what_is_unreadable_or_nameless_is_a_bad_message() {
        assertThatThrownBy(() -> parse("{")).isInstanceOf(BadMessage.class);
        assertThatThrownBy(
                        () -> parse(
                                "{\"general\":{\"eventName\":\"pimcore.dataobject.postAdd\",\"subjectType\":\"object\"},\"subject\":{\"type\":\"Product\"}}"))
                .isInstanceOf(BadMessage.class)
                .hasMessageContaining("subject.id");
    }

    @Test
    void what_pimcore_sends_is_understood() throws IOException {
        var received = new LinkedBlockingQueue<ProductChange>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hooks/pimcore", exchange -> {
            PimcoreWebhook.parse(exchange.getRequestBody().readAllBytes()).ifPresent(received::add);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try (var pimcore = PimcoreStandIn.start()) {
            var port = new HttpPort(
                    HttpClient.newHttpClient(), pimcore.endpoint(), pimcore.apiKey(), Duration.ofSeconds(10));
            new PimcoreProducts(port, PimcoreMappingTest.mapping(), PimcoreProducts.Settings.DEFAULT, Clock.systemUTC())
                    .upsert(List.of(Products.write(Products.product("1", 1))));
            pimcore.webhookUrl(
                    URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hooks/pimcore"));
            var variant = pimcore.objects("Product").stream()
                    .filter(PimcoreObject::isVariant)
                    .findFirst()
                    .orElseThrow();

            pimcore.unpublish("/products/acme-1");
            pimcore.edit(variant.fullpath(), Map.of("stock", 3));
            pimcore.delete("/products/acme-1");

            await().untilAsserted(() -> assertThat(received)
                    .allMatch(change -> change.fullpath().equals("/products/acme-1"))
                    .anyMatch(change -> !change.variant() && !change.published() && !change.deleted())
                    .anyMatch(change -> change.variant()
                            && change.published()
                            && change.id().equals("" + variant.id()))
                    .anyMatch(change -> !change.variant() && change.deleted()));
        } finally {
            server.stop(0);
        }
    }

    private static Optional<ProductChange> parse(String body) {
        return PimcoreWebhook.parse(body.getBytes(StandardCharsets.UTF_8));
    }
}
