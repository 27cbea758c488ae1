package dev.caravan.clickstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.records.Shaped;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClickReaderTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-08-02T00:00:00Z"), ZoneOffset.UTC);
    private static final RouteFiles ROUTES = RouteFiles.at("classpath:routes");
    private static final ClickShapes SHAPES = ClickShapes.load(ROUTES, CLOCK);
    private static final String USUAL = """
            {"event_id":"evt-17","user_id":"usr-8","session_id":"ses-3","timestamp":"2025-08-01T09:30:00.250Z","event_type":"add_to_cart",\
            "page_url":"/products/lamp-1","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","ip_address":"192.0.2.7","referrer":null,\
            "device_type":"Desktop","country":"de","properties":{"product_id":"LAMP-1","category":"lamps","price":19.95,"quantity":2,\
            "cart_value":39.90,"items_count":3},"experiment":"B"}""";

    private final ClickReader reader = SHAPES.reader();

    @Test
    void the_usual_record_is_read_without_a_tree() {
        assertThat(reader.read(record(USUAL)))
                .isEqualTo(new Click(
                        "evt-17",
                        "usr-8",
                        "ses-3",
                        Instant.parse("2025-08-01T09:30:00.250Z").toEpochMilli(),
                        "add_to_cart",
                        "/products/lamp-1",
                        null,
                        "Mozilla/5.0 (X11; Linux x86_64)",
                        "192.0.2.7",
                        "desktop",
                        "DE",
                        "LAMP-1",
                        "lamps",
                        2,
                        19.95,
                        39.9,
                        "{\"/experiment\":\"B\",\"/properties/items_count\":3}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"country\"", "\"properties\"", "\"experiment\"", "\"items_count\""})
    void what_stands_there_twice_is_not_read(String name) {
        var twice = USUAL.replaceFirst(name, name + ":null," + name);

        assertThat(reader.read(record(twice))).isNull();
        assertThat(SHAPES.shape(record(twice))).isInstanceOf(Shaped.Rejected.class);
    }

    /** Bytes changed at random: what is read is what the mapping makes, and what is refused is never read. */
    @Test
    void whatever_comes_it_is_read_as_the_mapping_reads_it() {
        var random = new Random(11);
        var pieces = List.of(
                "null",
                "\"\"",
                "\" \"",
                "17",
                "-1",
                "1.5",
                "1e3",
                "{}",
                "[]",
                "true",
                "\"x\"",
                "\"\\u00e9 \"",
                "\"\\ud800\"",
                "\"2025-08-01T09:30:00.250Z\"",
                "\"2025-02-30T09:30:00.250Z\"",
                "\"2999-01-01T00:00:00.000Z\"",
                "\"page_view\"",
                "0.0000001",
                "123456789012",
                "1234567890123",
                "12345678901234567890",
                "\"" + "a".repeat(250) + "\"",
                "{\"price\":\"1\"}",
                "{\"quantity\":2.0}",
                "\u00fcber",
                ",",
                "}",
                "\"eventId\":\"e\",",
                "\"order\":1,",
                "\"user_session\":1,");
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder(USUAL);
            for (int edits = 1 + random.nextInt(2); edits > 0; edits--) {
                int at = random.nextInt(text.length());
                int value = text.indexOf(":", at);
                var piece = pieces.get(random.nextInt(pieces.size()));
                switch (random.nextInt(4)) {
                    case 0 -> text.setCharAt(at, (char) (32 + random.nextInt(200)));
                    case 1 -> text.deleteCharAt(at);
                    case 2 -> text.insert(text.indexOf("\"", at) < 0 ? at : text.indexOf("\"", at), piece);
                    default -> {
                        int end = value < 0 ? -1 : text.indexOf(",\"", value);
                        if (end > 0) text.replace(value + 1, end, piece);
                    }
                }
            }
            var record = record(text.toString());
            var click = reader.read(record);
            if (click == null) continue;
            read++;
            assertThat(SHAPES.shape(record))
                    .as("%s", text)
                    .isInstanceOfSatisfying(
                            Shaped.Accepted.class,
                            accepted -> assertThat(click).as("%s", text).isEqualTo(ClickShapes.click(accepted)));
        }
        assertThat(read).as("records read without a mapping").isBetween(2_000, 18_000);
    }

    @Test
    void a_file_is_an_array_or_lines_packed_or_not() throws IOException {
        var array = "[\n" + USUAL + ",\n" + USUAL + "]";
        var lines = USUAL + "\n" + USUAL + "\n";

        for (var file : List.of(bytes(array), bytes(lines), gzip(bytes(array)), gzip(bytes(lines)))) {
            var clicks = new ArrayList<Click>();
            try (var records = SHAPES.read(new ByteArrayInputStream(file), ReaderLimits.DEFAULT)) {
                records.forEachRemaining(record -> clicks.add(reader.read(record)));
            }
            assertThat(clicks).hasSize(2).doesNotContainNull();
        }
    }

    @Test
    void the_cases_in_the_usual_spelling_are_read_without_the_mapping_and_as_by_it() {
        var read = new ArrayList<String>();
        for (var path : ROUTES.endingWith(".in.json")) {
            if (!path.startsWith("clickstream/1-receive/shop/cases/")) continue;
            var record = SourceRecord.ofJson(ROUTES.bytes(path));
            SHAPES.compared(record);
            if (reader.read(record) != null) read.add(path.replaceAll(".*/|[.]in[.]json", ""));
        }
        assertThat(read).containsExactlyInAnyOrder("as-the-tracker-sends-it", "nobody-is-known-yet");
    }

    private static SourceRecord record(String text) {
        return SourceRecord.ofJson(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        return packed.toByteArray();
    }
}
