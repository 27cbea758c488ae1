package dev.caravan.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
    private final AtomicBoolean closed = new AtomicBoolean();

    @Test
    void pages_come_in_their_order_and_then_no_more() throws IOException {
        try (var ahead = ahead(7, records -> records.get(0).index())) {
            var pages = new ArrayList<Long>();
            ahead.forEachRemaining(pages::add);

            assertThat(pages).containsExactly(0L, 2L, 4L, 6L);
            assertThat(ahead.hasNext()).isFalse();
            assertThatThrownBy(ahead::next).isInstanceOf(NoSuchElementException.class);
        }
        assertThat(closed).isTrue();
    }

    @Test
    void one_page_is_made_while_the_last_one_is_worked_on_and_not_more() throws Exception {
        var made = new AtomicInteger();
        var second = new CountDownLatch(1);
        try (var ahead = ahead(9, records -> {
            if (made.incrementAndGet() == 2) second.countDown();
            return records.size();
        })) {
            ahead.next();

            assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(ahead.hasNext()).isTrue();
            assertThat(made).hasValue(2);
        }
    }

    @Test
    void what_fails_is_told_when_its_turn_has_come() throws IOException {
        try (var ahead = ahead(4, records -> {
            if (records.get(0).index() > 0) throw new IllegalStateException("no mapping");
            return "page";
        })) {
            assertThat(ahead.next()).isEqualTo("page");
            assertThatThrownBy(ahead::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no mapping");
        }
        assertThat(closed).isTrue();
    }

    private <P> ReadAhead<P> ahead(int records, Function<List<SourceRecord>, P> page) {
        var in = new ByteArrayInputStream("{}\n".repeat(records).getBytes(UTF_8)) {
            @Override
            public void close() {
                closed.set(true);
            }
        };
        return new ReadAhead<>(new Pages<>(in, new RecordReader(in, ReaderLimits.DEFAULT), 2, 0, page), "ahead");
    }
}
