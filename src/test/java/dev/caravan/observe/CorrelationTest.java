package dev.caravan.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class CorrelationTest {
    private static final UUID ONE = UUID.fromString("11111111-1111-3111-8111-111111111111");
    private static final UUID OTHER = UUID.fromString("22222222-2222-3222-8222-222222222222");

    @AfterEach
    void clear() {
        MDC.clear();
    }

    @Test
    void work_for_one_upload_names_it_until_it_ends() {
        try (var ended = Correlation.of(ONE)) {
            assertThat(MDC.get("correlationId")).isEqualTo(ONE.toString());
        }

        assertThat(MDC.get("correlationId")).isNull();
    }

    @Test
    void a_page_of_several_uploads_names_each_once() {
        try (var ended = Correlation.begin()) {
            Correlation.is(List.of(ONE, OTHER, ONE));

            assertThat(MDC.get("correlationId")).isEqualTo(ONE + " " + OTHER);
        }

        assertThat(MDC.get("correlationId")).isNull();
    }

    @Test
    void after_a_closer_look_at_one_the_page_is_named_again() {
        Correlation.is(List.of(ONE, OTHER));

        try (var ended = Correlation.of(OTHER)) {
            assertThat(MDC.get("correlationId")).isEqualTo(OTHER.toString());
        }

        assertThat(MDC.get("correlationId")).isEqualTo(ONE + " " + OTHER);
    }

    @Test
    void work_for_no_upload_names_none() {
        Correlation.is(List.of(ONE));

        Correlation.is(List.of());

        assertThat(MDC.get("correlationId")).isNull();
    }
}
