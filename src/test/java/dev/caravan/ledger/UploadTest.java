package dev.caravan.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UploadTest {
    private static final Instant TIME = Instant.parse("2026-11-21T07:00:00Z");

    @Test
    void the_same_object_version_always_has_the_same_id() {
        var once = upload("products/shein/a.json", "v1", TIME, "01");

        assertThat(upload("products/shein/a.json", "v1", TIME.plusSeconds(9), "02")
                        .id())
                .isEqualTo(once.id());
        assertThat(upload("products/shein/a.json", "v2", TIME, "01").id()).isNotEqualTo(once.id());
        assertThat(upload("products/shein/b.json", "v1", TIME, "01").id()).isNotEqualTo(once.id());
    }

    @Test
    void versions_sort_as_text_by_time_then_sequencer_then_index() {
        var sorted = List.of(
                version(TIME, "0055AED6DCD90281E5", 999_999),
                version(TIME.plusMillis(5), "", 0),
                version(TIME.plusMillis(5), "00", 1),
                version(TIME.plusMillis(5), "0055AED6DCD9", 0),
                version(TIME.plusMillis(5), "0055AED6DCD90281E5", 2),
                version(TIME.plusMillis(5), "0055AED6DCD90281E5", 10),
                version(TIME.plusMillis(5), "0055aed6dcd90281e6", 0),
                version(TIME.plusMillis(5), "01", 0),
                version(TIME.plusMillis(50), "", 0),
                version(TIME.plusSeconds(1), "", 0));

        var shuffled = new java.util.ArrayList<>(sorted);
        Collections.shuffle(shuffled, new java.util.Random(1));
        Collections.sort(shuffled);

        assertThat(shuffled).isEqualTo(sorted);
    }

    @Test
    void a_sequencer_is_filled_up_on_the_right_whatever_its_case() {
        assertThat(version(TIME, "00ab", 7))
                .isEqualTo("2026-11-21T07:00:00.000Z/00AB0000000000000000000000000000/000000000007");
    }

    @Test
    void a_version_is_the_same_whatever_language_the_machine_speaks() {
        var before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-SA-u-nu-arab"));

            assertThat(version(TIME, "00ab", 7))
                    .isEqualTo("2026-11-21T07:00:00.000Z/00AB0000000000000000000000000000/000000000007");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void area_and_supplier_are_the_first_folders_of_the_key() {
        assertThat(upload("products/shein/2026/a.json", "v", TIME, "").area()).isEqualTo("products");
        assertThat(upload("products/shein/2026/a.json", "v", TIME, "").supplier())
                .isEqualTo("shein");
        assertThat(upload("products/a.json", "v", TIME, "").supplier()).isEmpty();
        assertThat(upload("a.json", "v", TIME, "").area()).isEmpty();
        assertThat(upload("/a.json", "v", TIME, "").area()).isEmpty();
    }

    @Test
    void a_record_reads_as_its_upload_and_index() {
        assertThat(new RecordId(new UUID(0, 1), 7)).hasToString("00000000-0000-0000-0000-000000000001#7");
    }

    private static String version(Instant time, String sequencer, long index) {
        return upload("products/shein/a.json", "v", time, sequencer).sourceVersion(index);
    }

    private static Upload upload(String key, String version, Instant time, String sequencer) {
        return new Upload("inbox", key, version, "etag", 1, time, sequencer);
    }
}
