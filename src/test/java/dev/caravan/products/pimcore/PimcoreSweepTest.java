package dev.caravan.products.pimcore;

import static dev.caravan.products.pimcore.Products.product;
import static dev.caravan.products.pimcore.Products.withPrice;
import static dev.caravan.products.pimcore.Products.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.outbound.Port;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PimcoreSweepTest {
    private static final Instant START = Instant.parse("2026-11-21T07:00:00Z");

    private final Ticking clock = new Ticking();
    private PimcoreStandIn pimcore = start(PimcoreStandIn.Dates.EPOCH_SECONDS);

    @AfterEach
    void stop() {
        pimcore.close();
    }

    @ParameterizedTest
    @EnumSource(PimcoreStandIn.Dates.class)
    void what_changed_is_returned_once_and_then_nothing(PimcoreStandIn.Dates dates) {
        pimcore.close();
        pimcore = start(dates);
        upsert(write(product("1", 2)), write(product("2", 1)));
        clock.pass(Duration.ofSeconds(10));
        var sweep = sweep(100);

        var first = sweep.poll(START.minusSeconds(5));
        pimcore.resetCounters();
        var second = sweep.poll(first.seen());

        assertThat(first.products())
                .extracting(ChangedProduct::fullpath)
                .containsExactlyInAnyOrder("/products/acme-1", "/products/acme-2");
        assertThat(first.products()).allSatisfy(product -> {
            assertThat(product.published()).isTrue();
            assertThat(product.modificationDate()).isEqualTo(START);
            assertThat(product.contentHash()).hasSize(64);
        });
        assertThat(first.seen()).isEqualTo(START);
        assertThat(second.products()).isEmpty();
        assertThat(second.seen()).isEqualTo(START);
        assertThat(pimcore.counters().requests()).isEqualTo(1);
    }

    @Test
    void publishing_and_unpublishing_are_changes() {
        upsert(write(product("1", 2)), write(product("2", 1)));
        clock.pass(Duration.ofSeconds(10));
        var sweep = sweep(100);
        var seen = sweep.poll(START).seen();

        pimcore.unpublish("/products/acme-2");
        clock.pass(Duration.ofSeconds(10));
        var changes = sweep.poll(seen);

        assertThat(changes.products()).singleElement().satisfies(product -> {
            assertThat(product.fullpath()).isEqualTo("/products/acme-2");
            assertThat(product.published()).isFalse();
        });
        assertThat(changes.seen()).isEqualTo(START.plusSeconds(10));
    }

    @Test
    void a_changed_variant_leads_to_its_product() {
        upsert(write(product("1", 2)));
        clock.pass(Duration.ofMinutes(10));
        var sweep = sweep(100);
        var seen = sweep.poll(START).seen();

        var variant = pimcore.objects("Product").stream()
                .filter(object -> object.isVariant())
                .findFirst()
                .orElseThrow();
        pimcore.edit(variant.fullpath(), Map.of("stock", 3));
        clock.pass(Duration.ofSeconds(10));
        var changes = sweep.poll(seen);

        assertThat(changes.products()).singleElement().satisfies(product -> {
            assertThat(product.fullpath()).isEqualTo("/products/acme-1");
            assertThat(product.published()).isTrue();
            assertThat(product.modificationDate()).isEqualTo(START.plus(Duration.ofMinutes(10)));
        });
    }

    @Test
    void a_second_change_in_the_second_of_a_poll_is_not_missed() {
        upsert(write(product("1", 1)));
        var sweep = sweep(100);
        var seen = sweep.poll(START).seen();

        pimcore.edit("/products/acme-1", Map.of("brand", "Other"));
        var changes = sweep.poll(seen);

        assertThat(changes.products()).extracting(ChangedProduct::fullpath).containsExactly("/products/acme-1");
    }

    @Test
    void what_is_committed_late_with_an_older_date_is_found_within_the_overlap() {
        upsert(write(product("1", 1)));
        clock.pass(Duration.ofSeconds(30));
        var sweep = sweep(100);

        var changes = sweep.poll(START.plusSeconds(20));

        assertThat(changes.products()).extracting(ChangedProduct::fullpath).containsExactly("/products/acme-1");
        assertThat(changes.seen()).isEqualTo(START.plusSeconds(20));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100})
    void pages_miss_nothing_whatever_their_size(int pageSize) {
        upsert(IntStream.range(0, 6).mapToObj(id -> write(product("" + id, 1))).toArray(PimcoreWrite[]::new));
        for (int second = 0; second < 4; second++) {
            clock.pass(Duration.ofSeconds(1));
            upsert(write(withPrice(product("" + second, 1), 0, "1." + second)));
        }
        clock.pass(Duration.ofSeconds(10));

        var changes = sweep(pageSize).poll(START);

        assertThat(changes.products())
                .extracting(ChangedProduct::fullpath)
                .containsExactlyInAnyOrder(
                        "/products/acme-0",
                        "/products/acme-1",
                        "/products/acme-2",
                        "/products/acme-3",
                        "/products/acme-4",
                        "/products/acme-5");
        assertThat(changes.products())
                .extracting(ChangedProduct::modificationDate)
                .isSorted();
        assertThat(changes.seen()).isEqualTo(START.plusSeconds(4));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void identities_are_all_products_published_or_not(int pageSize) {
        upsert(write(product("1", 3)), write(product("2", 2), false), write(product("3", 1)));

        var identities = sweep(pageSize).identities();

        assertThat(identities)
                .extracting(PimcoreSweep.Identity::fullpath)
                .containsExactly("/products/acme-1", "/products/acme-2", "/products/acme-3");
        assertThat(identities).extracting(PimcoreSweep.Identity::published).containsExactly(true, false, true);
        assertThat(identities)
                .extracting(PimcoreSweep.Identity::externalId)
                .containsExactly("acme:1", "acme:2", "acme:3");
    }

    private PimcoreStandIn start(PimcoreStandIn.Dates dates) {
        return PimcoreStandIn.start(
                PimcoreStandIn.Settings.defaults().withDates(dates).withClock(clock));
    }

    private PimcoreSweep sweep(int pageSize) {
        return new PimcoreSweep(port(), Duration.ofSeconds(30), pageSize, clock);
    }

    private void upsert(PimcoreWrite... writes) {
        new PimcoreProducts(port(), PimcoreMappingTest.mapping(), PimcoreProducts.Settings.DEFAULT, clock)
                .upsert(List.of(writes));
    }

    private Port port() {
        return new HttpPort(HttpClient.newHttpClient(), pimcore.endpoint(), pimcore.apiKey(), Duration.ofSeconds(10));
    }

    private static final class Ticking extends Clock {
        private Instant now = START;

        void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
