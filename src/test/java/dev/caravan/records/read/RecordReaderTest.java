package dev.caravan.records.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {
    @Test
    void an_array_gives_its_items_with_their_exact_bytes_and_lines() {
        var records = read("[\n  {\"a\": 1,\n   \"b\": \"}],\\\"\"},\n\n  {\"a\":2} , {\"a\":[{}]}\n]\n");

        assertThat(texts(records)).containsExactly("{\"a\": 1,\n   \"b\": \"}],\\\"\"}", "{\"a\":2}", "{\"a\":[{}]}");
        assertThat(records).extracting(SourceRecord::line).containsExactly(2L, 5L, 5L);
        assertThat(records).extracting(SourceRecord::index).containsExactly(0L, 1L, 2L);
        assertThat(records).allMatch(record -> record.defect() == null && record.format() == SourceRecord.Format.JSON);
    }

    @Test
    void items_of_an_array_can_be_anything() {
        assertThat(texts(read("[1, \"a,]\" ,null,[1,[2]],-1.5e3]")))
                .containsExactly("1", "\"a,]\"", "null", "[1,[2]]", "-1.5e3");
    }

    @Test
    void one_object_is_one_record_on_a_line_or_on_many() {
        assertThat(texts(read("{\"a\":1}"))).containsExactly("{\"a\":1}");
        assertThat(texts(read("\n {\n  \"a\": {\n    \"b\": [\n{\"c\": 1}\n] }\n}\n")))
                .containsExactly("{\n  \"a\": {\n    \"b\": [\n{\"c\": 1}\n] }\n}");
    }

    @Test
    void several_objects_over_several_lines_are_several_records() {
        assertThat(texts(read("{\n \"a\": 1\n}\n{\n \"a\": 2\n}")))
                .containsExactly("{\n \"a\": 1\n}", "{\n \"a\": 2\n}");
        assertThat(texts(read("{\"a\":1} {\"a\":2}{\"a\":3}"))).containsExactly("{\"a\":1}", "{\"a\":2}", "{\"a\":3}");
    }

    @Test
    void ndjson_has_a_record_a_line_whatever_ends_the_lines() {
        var records = read("{\"a\":1}\r\n\r\n  {\"a\":2}\t\n\n{\"a\":3}");

        assertThat(texts(records)).containsExactly("{\"a\":1}", "{\"a\":2}", "{\"a\":3}");
        assertThat(records).extracting(SourceRecord::line).containsExactly(1L, 3L, 5L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,",
                "{\"a\":\"x",
                "{\"a\":[1,2",
                "{\"a\":}}",
                "{\"a\":1}}",
                "{\"a\":1}garbage",
                "nonsense",
                "{\"a\":{\"b\":\"c\"",
                "[1",
                "{\"a\" 1 \"b\"}"
            })
    void a_broken_line_costs_only_that_line(String broken) {
        var good = "{\"a\":\"good\"}";

        assertThat(texts(read(good + "\n" + broken + "\n" + good + "\n"))).containsExactly(good, broken, good);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,",
                "{\"a\":\"x",
                "{\"a\":{\"b\":\"c\"",
                "{\"a\":",
                "{\"a\":[",
                "{\"a\":1}}",
                "{\"a\":1}garbage",
                "nonsense",
                "{\"a\" 1 \"b\"}"
            })
    void a_broken_first_line_costs_only_that_line(String broken) {
        var good = "{\"a\":\"good\"}";

        assertThat(texts(read(broken + "\n" + good + "\n" + good)))
                .startsWith(broken)
                .endsWith(good, good);
        assertThat(texts(read(broken + "\r\n" + good))).startsWith(broken).endsWith(good);
    }

    @Test
    void two_broken_first_lines_cost_only_those_lines() {
        assertThat(texts(read("{\"a\":\n{\"b\":[{\"c\":1,\n{\"d\":1}\n{\"e\":1}\n")))
                .containsExactly("{\"a\":", "{\"b\":[{\"c\":1,", "{\"d\":1}", "{\"e\":1}");
        assertThat(texts(read("{\"a\":[\n{\"b\":\"x\n{\"d\":\"}\\\"\"}\n")))
                .containsExactly("{\"a\":[", "{\"b\":\"x", "{\"d\":\"}\\\"\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\n{\"b\":1}\n}",
                "{\"a\":\n{\"b\":1}}",
                "{\"a\":\n{\"b\":1}, \"c\":\n{}}",
                "{\"a\":[\n{\"b\":1},\n{\"b\":2}\n]}",
                "{\"a\":[\n{\"b\":[\n{\"c\":1}\n]}\n]}",
                "{\"a\":[\n{\"b\":\"\\\"{\"}]}",
                "{\"a\":[\n{\"b\":1}\n,{\"c\":1}]}"
            })
    void values_that_begin_lines_of_their_own_stay_in_their_record(String object) {
        assertThat(texts(read(object))).containsExactly(object);
        assertThat(texts(read(object + "\n" + object + "\n{\"d\":1}\n"))).containsExactly(object, object, "{\"d\":1}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1",
                "{\"a\":\"x}",
                "{\"a\":[1,2}",
                "{\"a\":}",
                "{\"a\":5\" nails\",\"b\":1}",
                "{\"a\":\"5\"nails\",\"b\":1}",
                "{\"a\":\"\\x\"}",
                "{,}",
                "nonsense",
                "{\"a\":{\"b\":1}",
                "{\"a\":[{\"b\":1]}"
            })
    void a_broken_item_of_an_array_on_one_line_costs_only_that_item(String broken) {
        var good = "{\"a\":\"good\",\"b\":[{\"c\":1},{\"d\":2}]}";

        var records = texts(read("[" + good + "," + broken + "," + good + "," + good + "]"));

        assertThat(records.get(0)).isEqualTo(good);
        assertThat(records.subList(records.size() - 2, records.size())).containsExactly(good, good);
        assertThat(records.get(1)).startsWith(broken.substring(0, 2));
    }

    @Test
    void an_item_with_a_bracket_too_many_does_not_hurt_its_neighbours() {
        assertThat(texts(read("[{\"a\":1}},{\"a\":2}]"))).containsExactly("{\"a\":1}", "{\"a\":2}");
    }

    @Test
    void an_item_that_lacks_its_last_bracket_ends_with_the_array() {
        assertThat(texts(read("[{\"a\":1},{\"a\":2]"))).containsExactly("{\"a\":1}", "{\"a\":2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"a\":1},{\"a\":",
                "[{\"a\":1},{\"a\":\"x",
                "[{\"a\":1},{\"a\":\"x\\",
                "[{\"a\":1},{\"a\":{}",
                "[{\"a\":1},[1,"
            })
    void a_truncated_file_keeps_its_good_records_and_reports_the_break_with_what_there_is(String file) {
        var records = read(file);

        assertThat(records).hasSize(2);
        assertThat(text(records.get(0))).isEqualTo("{\"a\":1}");
        assertThat(records.get(1).defect().rule()).isEqualTo("file-truncated");
        assertThat(records.get(1).defect().message())
                .isEqualTo("the file ends inside the record that starts on line 1");
        assertThat(text(records.get(1))).isEqualTo(file.substring("[{\"a\":1},".length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{\"a\":1}", "[{\"a\":1},", "[{\"a\":1} , \n"})
    void an_array_that_is_never_closed_is_reported_behind_its_records(String file) {
        var records = read(file);

        assertThat(records).hasSize(2);
        assertThat(records.get(1).defect().rule()).isEqualTo("file-truncated");
        assertThat(records.get(1).defect().message()).contains("without the array's closing bracket");
        assertThat(records.get(1).bytes()).isEmpty();
    }

    @Test
    void a_truncated_last_line_or_object_is_reported() {
        assertThat(read("{\"a\":1}\n{\"a\":").get(1).defect().rule()).isEqualTo("file-truncated");
        assertThat(read("{\n \"a\": 1,\n \"b\":").get(0).defect().rule()).isEqualTo("file-truncated");
    }

    @Test
    void ndjson_whose_first_line_is_an_array_keeps_its_objects() {
        assertThat(texts(read("[1]\n{\"a\":1}\n{\"a\":\n{\"a\":2}\n")))
                .containsExactly("1", "{\"a\":1}", "{\"a\":", "{\"a\":2}");
    }

    @Test
    void what_follows_an_array_is_reported_once() {
        var records = read("[{\"a\":1}]\n[{\"a\":2}]\n");

        assertThat(records).hasSize(2);
        assertThat(records.get(1).defect().rule()).isEqualTo("file-unreadable");
        assertThat(records.get(1).line()).isEqualTo(2);
        assertThat(text(records.get(1))).isEqualTo("[{\"a\":2}]\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", " \t\r\n \n", "\uFEFF", "\uFEFF\n", "[]", "[ ]\n", "\uFEFF[\n]"})
    void nothing_but_blanks_has_no_records(String file) {
        assertThat(read(file)).isEmpty();
    }

    @Test
    void a_byte_order_mark_is_no_part_of_the_first_record() {
        assertThat(texts(read("\uFEFF{\"a\":1}\n{\"a\":2}"))).containsExactly("{\"a\":1}", "{\"a\":2}");
        assertThat(read("\uFEFFid,name\n1,x").get(0).header()).isEqualTo("id,name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello",
                "<xml/>",
                "\u0000\u0001\u0002",
                "42",
                "\"text\"",
                "%PDF-1.4\n%âã",
                "one column\nonly",
                "a,a\n1,2",
                "a,\n1,2",
                "\"a,b\n1,2"
            })
    void a_file_in_no_known_format_is_one_defect(String file) {
        var records = read(file);

        assertThat(records).hasSize(1);
        assertThat(records.get(0).defect().rule()).isEqualTo("file-unreadable");
        assertThat(text(records.get(0))).isEqualTo(file);
    }

    @Test
    void utf_16_is_refused_with_advice() {
        var defect = read("{\"a\":1}".getBytes(StandardCharsets.UTF_16)).get(0).defect();

        assertThat(defect.rule()).isEqualTo("file-unreadable");
        assertThat(defect.message()).contains("UTF-16 text, save it as UTF-8");
    }

    @Test
    void csv_rows_come_with_the_header_and_may_have_line_ends_in_quotes() {
        var records = read("id,name\r\n1,\"a,\"\"b\"\"\r\nc\"\r\n\r\n2,5\" nails\r\n3,\n");

        assertThat(texts(records)).containsExactly("1,\"a,\"\"b\"\"\r\nc\"", "2,5\" nails", "3,");
        assertThat(records).extracting(SourceRecord::line).containsExactly(2L, 5L, 6L);
        assertThat(records)
                .allMatch(record -> record.format() == SourceRecord.Format.CSV
                        && record.header().equals("id,name"));
    }

    @Test
    void a_quoted_cell_that_is_never_closed_costs_its_row() {
        assertThat(texts(read("id,name\n1,\"never\n2,\"closed\"\n3,x\n")))
                .containsExactly("1,\"never", "2,\"closed\"", "3,x");
        assertThat(texts(read("id,name\n1,\"never\n2,x\n"))).containsExactly("1,\"never", "2,x");
        assertThat(texts(read("id,name\n\"5\" nails\",1\n\"x\",2\n"))).containsExactly("\"5\" nails\",1", "\"x\",2");
    }

    @Test
    void a_csv_file_that_ends_inside_a_quoted_cell_is_truncated() {
        var records = read("id,name\n1,x\n2,\"never");

        assertThat(records.get(1).defect().rule()).isEqualTo("file-truncated");
        assertThat(text(records.get(1))).isEqualTo("2,\"never");
    }

    @Test
    void an_endless_quoted_cell_does_not_swallow_the_file() {
        var file = "id,name\n1,\"never\n" + "2,x\n".repeat(100_000);
        var limits = ReaderLimits.DEFAULT.withMaxRecordBytes(10_000);

        assertThat(readAll(new ByteArrayInputStream(file.getBytes(UTF_8)), limits))
                .hasSize(100_001);
    }

    @Test
    void a_record_over_the_limit_is_refused_with_its_beginning_and_its_neighbours_pass() {
        var limits = new ReaderLimits(100_000, 1_000, 1L << 30, 1000);
        var big = "{\"a\":\"" + "x".repeat(5_000_000) + "\"}";
        for (var file : List.of(
                "[{\"a\":1}," + big + ",{\"a\":2}]",
                "{\"a\":1}\n" + big + "\n{\"a\":2}",
                "{\n\"a\":1}\n" + big + "\n{\"a\":2}")) {
            var records = readAll(new ByteArrayInputStream(file.getBytes(UTF_8)), limits);

            assertThat(records).hasSize(3);
            assertThat(records.get(1).defect().rule()).isEqualTo("record-too-large");
            assertThat(text(records.get(1))).isEqualTo(big.substring(0, 1_000));
            assertThat(text(records.get(2))).isEqualTo("{\"a\":2}");
        }
    }

    @Test
    void the_limit_is_exact() {
        var exact = "{\"a\":\"" + "x".repeat(92) + "\"}";
        var limits = ReaderLimits.DEFAULT.withMaxRecordBytes(100);

        assertThat(readAll(new ByteArrayInputStream(exact.getBytes(UTF_8)), limits)
                        .get(0)
                        .defect())
                .isNull();
        assertThat(readAll(new ByteArrayInputStream((exact.replace("}", " }")).getBytes(UTF_8)), limits)
                        .get(0)
                        .defect()
                        .rule())
                .isEqualTo("record-too-large");
    }

    @Test
    void gzip_is_known_by_its_content_and_may_have_several_members() throws IOException {
        var two = new ByteArrayOutputStream();
        two.write(gzip("{\"a\":1}\n".getBytes(UTF_8)));
        two.write(gzip("{\"a\":2}\n".getBytes(UTF_8)));

        assertThat(texts(readAll(new Trickle(two.toByteArray()), ReaderLimits.DEFAULT)))
                .containsExactly("{\"a\":1}", "{\"a\":2}");
    }

    @Test
    void truncated_gzip_keeps_what_could_be_read() throws IOException {
        var whole = gzip(("{\"a\":1}\n" + "{\"b\":\"" + random(100_000) + "\"}\n").getBytes(UTF_8));

        var records = read(Arrays.copyOf(whole, whole.length / 2));

        assertThat(text(records.get(0))).isEqualTo("{\"a\":1}");
        assertThat(records.get(1).defect().rule()).isEqualTo("file-truncated");
        assertThat(records.get(1).defect().message()).contains("gzip data ends in the middle");
        assertThat(text(records.get(1))).startsWith("{\"b\":\"");
    }

    @Test
    void damaged_gzip_is_told_from_truncated_gzip() throws IOException {
        var whole = gzip("{\"a\":1}\n".repeat(100).getBytes(UTF_8));
        whole[whole.length - 6] ^= 1;

        var records = read(whole);

        assertThat(records).hasSize(101);
        assertThat(records.get(100).defect().rule()).isEqualTo("file-corrupt");
        assertThat(read(new byte[] {0x1f, (byte) 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9})
                        .get(0)
                        .defect()
                        .rule())
                .isEqualTo("file-corrupt");
    }

    @Test
    void a_gzip_bomb_costs_that_upload_and_is_reported() throws IOException {
        var bomb = gzip(new Repeated("[{\"a\":1},", " ", 200_000_000));

        var records = read(bomb);

        assertThat(records).hasSize(2);
        assertThat(text(records.get(0))).isEqualTo("{\"a\":1}");
        assertThat(records.get(1).defect().rule()).isEqualTo("file-bomb");
        assertThat(records.get(1).defect().message()).contains("300 times");
    }

    @Test
    void inflated_size_is_limited_too() throws IOException {
        var limits = new ReaderLimits(1000, 100, 10_000, 1000);

        var records = readAll(
                new ByteArrayInputStream(gzip("{\"a\":1}\n".repeat(10_000).getBytes(UTF_8))), limits);

        assertThat(records.get(records.size() - 1).defect().message()).contains("more than 10000 bytes");
    }

    @Test
    void a_lost_connection_is_no_defect_of_the_file() throws IOException {
        var torn = "[{\"a\":1},{\"a\"".getBytes(UTF_8);
        var second = gzip(":2}]".getBytes(UTF_8));
        for (var content : List.of(
                torn,
                gzip(torn),
                concat(gzip(torn), Arrays.copyOf(second, 5)),
                concat(gzip(torn), Arrays.copyOf(second, 12)))) {
            try (var reader = new RecordReader(new LostConnection(content), ReaderLimits.DEFAULT)) {
                assertThatThrownBy(() -> reader.forEachRemaining(record -> {}))
                        .isInstanceOf(UncheckedIOException.class)
                        .rootCause()
                        .hasMessage("connection reset");
            }
        }
    }

    @Test
    void skipping_gives_the_same_records_as_reading_up_to_them() throws IOException {
        for (var file : List.of(
                "[{\"a\":0},{\"a\":1,{\"a\":2},\n{\"a\":3}]",
                "{\"a\":0}\nx\n{\"a\":2}\n{\"a\":3}",
                "i,n\n0,\n1,\"\n2,\n3,\n",
                "[{\"a\":0},{\"a\":1},{\"a\"")) {
            var all = read(file);
            for (int target = 0; target <= all.size(); target++) {
                try (var reader =
                        new RecordReader(new ByteArrayInputStream(file.getBytes(UTF_8)), ReaderLimits.DEFAULT)) {
                    if (target == 2) assertThat(reader.hasNext()).isTrue();

                    reader.skipTo(target);

                    assertThat(texts(drain(reader))).isEqualTo(texts(all.subList(target, all.size())));
                }
            }
        }
    }

    @Test
    void there_is_no_record_behind_the_last() throws IOException {
        try (var reader = new RecordReader(new ByteArrayInputStream("{}".getBytes(UTF_8)), ReaderLimits.DEFAULT)) {
            reader.next();

            assertThat(reader.hasNext()).isFalse();
            assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void the_records_do_not_depend_on_how_the_bytes_arrive() {
        var file = "[{\"a\":\"\\\\\\\"x\"},\n{\"b\":[1,{\"c\":\"}\"}]},{\"a\":\"5\"nails\"},\"s\",12,{\"z\":1}]"
                .getBytes(UTF_8);

        assertThat(texts(readAll(new Trickle(file), ReaderLimits.DEFAULT))).isEqualTo(texts(read(file)));
    }

    @Property(tries = 1_500)
    void any_bytes_come_to_an_end_in_numbered_records(@ForAll long seed) {
        var starts = List.of(
                "[{\"a\":1},{\"b\":[2,{}]},\n{\"c\":\"x\\\"y\"}]",
                "{\"a\":1}\n{\"b\":{\"c\":\"d\"}}\r\n{\"e\":[]}",
                "{\n\"a\": [\n1]\n}\n{\n}",
                "id,name\r\n1,\"a\nb\"\r\n2,\"c\"\"d\"\n");
        var random = new SplittableRandom(seed);
        var file = starts.get(random.nextInt(starts.size())).getBytes(UTF_8);
        var marks = "{}[]\",\\\n :1a\u0000".getBytes(UTF_8);
        for (int i = random.nextInt(8); i > 0; i--)
            file[random.nextInt(file.length)] = marks[random.nextInt(marks.length)];

        var records = read(file);

        for (int i = 0; i < records.size(); i++)
            assertThat(records.get(i).index()).isEqualTo(i);
        assertThat(records).extracting(SourceRecord::line).isSorted();
        assertThat(records.stream().mapToInt(record -> record.bytes().length).sum())
                .isLessThanOrEqualTo(file.length);
        assertThat(texts(readAll(new Trickle(file), ReaderLimits.DEFAULT))).isEqualTo(texts(records));
        assertThat(readAll(new ByteArrayInputStream(file), ReaderLimits.DEFAULT.withMaxRecordBytes(5))
                        .size())
                .isLessThanOrEqualTo(file.length);
    }

    @Test
    void a_large_file_is_read_with_little_memory() throws IOException {
        long before = used();
        long records = 0;
        long most = 0;
        try (var reader = new RecordReader(
                new Repeated("[", "{\"a\":\"" + random(4_000) + "\"},\n", 300_000_000), ReaderLimits.DEFAULT)) {
            while (reader.hasNext()) {
                reader.next();
                if (++records % 20_000 == 0) most = Math.max(most, used() - before);
            }
        }

        assertThat(records).isGreaterThan(70_000);
        assertThat(most).isLessThan(64L << 20);
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static String random(int length) {
        return new java.util.Random(7)
                .ints(length, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static List<SourceRecord> read(String file) {
        return read(file.getBytes(UTF_8));
    }

    private static List<SourceRecord> read(byte[] file) {
        return readAll(new ByteArrayInputStream(file), ReaderLimits.DEFAULT);
    }

    private static List<SourceRecord> readAll(InputStream in, ReaderLimits limits) {
        try (var reader = new RecordReader(in, limits)) {
            return drain(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<SourceRecord> drain(RecordReader reader) {
        var records = new ArrayList<SourceRecord>();
        reader.forEachRemaining(records::add);
        return records;
    }

    private static String text(SourceRecord record) {
        return new String(record.bytes(), UTF_8);
    }

    private static List<String> texts(List<SourceRecord> records) {
        return records.stream().map(RecordReaderTest::text).toList();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        return gzip(new ByteArrayInputStream(content));
    }

    private static byte[] gzip(InputStream content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            content.transferTo(gzip);
        }
        return bytes.toByteArray();
    }

    /** A beginning and then the same again and again. */
    private static final class Repeated extends InputStream {
        private final byte[] beginning;
        private final byte[] repeated;
        private final long length;
        private long position;

        Repeated(String beginning, String repeated, long length) {
            this.beginning = beginning.getBytes(UTF_8);
            this.repeated =
                    repeated.repeat(Math.max(1, 100_000 / repeated.length())).getBytes(UTF_8);
            this.length = length;
        }

        @Override
        public int read() {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int count) {
            if (position >= length) return -1;
            boolean first = position < beginning.length;
            var from = first ? beginning : repeated;
            int at = first ? (int) position : (int) ((position - beginning.length) % repeated.length);
            int taken = Math.min(count, from.length - at);
            System.arraycopy(from, at, into, offset, taken);
            position += taken;
            return taken;
        }
    }

    /** One byte at a time, and never says that there are more. */
    private static final class Trickle extends ByteArrayInputStream {
        Trickle(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read(byte[] into, int offset, int count) {
            return super.read(into, offset, Math.min(1, count));
        }

        @Override
        public synchronized int available() {
            return 0;
        }
    }

    private static byte[] concat(byte[] first, byte[] second) {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Fails after its content. */
    private static final class LostConnection extends InputStream {
        private final InputStream content;

        LostConnection(byte[] bytes) {
            content = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() throws IOException {
            int next = content.read();
            if (next < 0) throw new IOException("connection reset");
            return next;
        }
    }
}
