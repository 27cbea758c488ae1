package dev.caravan.records.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupedRecordsTest {
    private static final String FILE = "invoice,item\n,4\nA,1\nB,2\nA,3\n\"B\",\"5,\n6\"\n";

    @Test
    void rows_of_a_group_are_one_record_wherever_they_stand() throws IOException {
        assertThat(read(FILE, 0, 1000))
                .containsExactly("0 line 2: ,4", "1 line 3: A,1\nA,3", "2 line 4: B,2\n\"B\",\"5,\n6\"");
    }

    @Test
    void going_on_from_an_index_gives_the_same_records() throws IOException {
        for (int from = 0; from <= 3; from++)
            assertThat(read(FILE, from, 1000)).isEqualTo(read(FILE, 0, 1000).subList(from, 3));
    }

    @Test
    void a_group_that_is_too_large_is_refused_and_its_neighbours_are_not() throws IOException {
        assertThat(read("invoice,item\nA,1234567\nB,2\nA,1234567\n", 0, 12))
                .containsExactly("0 record-too-large", "1 line 3: B,2");
    }

    @Test
    void json_passes_as_it_is() throws IOException {
        assertThat(read("{\"a\":1}\n{\"a\":2}\n", 1, 1000)).containsExactly("1 line 2: {\"a\":2}");
        assertThat(read("", 0, 1000)).isEmpty();
    }

    private static List<String> read(String file, long from, int maxRecordBytes) throws IOException {
        var found = new ArrayList<String>();
        var rows =
                new RecordReader(new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)), ReaderLimits.DEFAULT);
        try (var records = new GroupedRecords(rows, header -> "invoice", maxRecordBytes)) {
            records.skipTo(from);
            while (records.hasNext()) {
                var record = records.next();
                found.add(
                        record.defect() == null
                                ? record.index() + " line " + record.line() + ": "
                                        + new String(record.bytes(), StandardCharsets.UTF_8)
                                : record.index() + " " + record.defect().rule());
            }
        }
        return found;
    }
}
