package dev.caravan.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.testing.TestState;
import java.math.BigDecimal;
import java.util.List;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CopyRowsTest {
    private static TestState state;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @Test
    void what_is_copied_is_what_is_there() {
        var texts =
                List.of("", " ", "\\", "\\N", "\\.", "a\tb\nc\rd\\e", "\\\\x00", "ق \uD83D\uDE00", "x".repeat(100_000));

        var read = state.list(db -> {
            db.execute(
                    "create temp table copied (position bigint, word text, amount numeric, bytes bytea) on commit drop");
            var rows = new CopyRows();
            for (int i = 0; i < texts.size(); i++)
                rows.add(i)
                        .add(texts.get(i))
                        .add(new BigDecimal("-0.10"))
                        .addHex("00ff")
                        .end();
            rows.add(texts.size())
                    .add((String) null)
                    .add(new BigDecimal("1e3"))
                    .addHex("")
                    .end();
            rows.into(db, "copied");
            assertThat(rows.isEmpty()).isTrue();
            rows.into(db, "copied");
            return db.createQuery(
                            "select coalesce(word, 'nothing') || '|' || amount || '|' || encode(bytes, 'hex') from copied order by position")
                    .mapTo(String.class)
                    .list();
        });

        assertThat(read.subList(0, texts.size()))
                .isEqualTo(texts.stream().map(text -> text + "|-0.10|00ff").toList());
        assertThat(read.get(texts.size())).isEqualTo("nothing|1000|");
    }

    @Test
    void rows_that_do_not_fit_are_told_as_any_failure_of_the_database() {
        assertThatThrownBy(() -> state.database().write(db -> {
                    db.execute("create temp table copied (word int) on commit drop");
                    var rows = new CopyRows();
                    rows.add("many").end();
                    rows.into(db, "copied");
                }))
                .isInstanceOf(JdbiException.class)
                .hasMessageContaining("invalid input syntax");
    }
}
