package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PimcoreDatesTest {
    private static final Instant DATE = Instant.parse("2026-11-21T03:12:09Z");

    @Test
    void data_hub_1_tells_seconds() {
        assertThat(PimcoreDates.read(IntNode.valueOf((int) DATE.getEpochSecond())))
                .contains(DATE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-21T04:12:09+01:00",
                "2026-11-21 04:12:09+01:00",
                "2026-11-21 04:12:09 +01:00",
                "2026-11-21T04:12:09+0100",
                "2026-11-21T03:12:09Z",
                "2026-11-21T03:12:09.000Z",
                "2026-11-21 04:12:09 Europe/Vienna",
                "2026-11-21 03:12:09 UTC",
                "2026-11-21 03:12:09",
                "1795230729"
            })
    void data_hub_2_tells_a_text_with_a_time_zone(String text) {
        assertThat(PimcoreDates.read(TextNode.valueOf(text))).contains(DATE);
    }

    @Test
    void no_date_is_no_date() {
        assertThat(PimcoreDates.read(NullNode.instance)).isEmpty();
        assertThat(PimcoreDates.read(TextNode.valueOf("yesterday"))).isEmpty();
    }
}
