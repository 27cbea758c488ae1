package dev.caravan.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.testing.TestState;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a scan for a person finds, in a table that nothing else knows of. */
class ErasureScanTest {
    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void forgotten() {
        state.database().write(db -> db.execute("create table forgotten (note text, facts jsonb, body bytea)"));
    }

    @AfterEach
    void drop() {
        state.database().write(db -> db.execute("drop table forgotten"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            note  | asked by usr-noor, twice
            facts | {"user": "usr-noor"}
            facts | {"note": "line\\nusr-noor"}
            body  | {"user": "usr-noor", "name": "ça"}""")
    void a_person_is_found_in_texts_json_and_bytes(String column, String content) {
        put(column, content);

        assertThat(found()).isEqualTo(Map.of("public.forgotten." + column, 1L));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            note  | usr-noora and usr-noor-2
            facts | {"user": "my-usr-noor"}
            body  | {"user": "usr-noora"}""")
    void who_has_a_longer_id_is_somebody_else(String column, String content) {
        put(column, content);

        assertThat(found()).isEmpty();
    }

    private static void put(String column, String content) {
        var value = column.equals("body") ? "convert_to(?, 'UTF8')" : column.equals("facts") ? "cast(? as jsonb)" : "?";
        state.database()
                .write(db -> db.execute("insert into forgotten (" + column + ") values (" + value + ")", content));
    }

    private static Map<String, Long> found() {
        return state.ask(db -> ErasureScan.find(db, new Person("usr-noor", "erased-0123456789abcdef")));
    }
}
