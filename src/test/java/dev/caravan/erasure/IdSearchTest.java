package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdSearchTest {
    @ParameterizedTest
    @CsvSource({
        "visit-1 u-7, {\"user\":\"u-7\"}, true",
        "visit-1 u-7, u-7, true",
        "visit-1 u-7, visit-17, true",
        "visit-1 u-7, visit-2 u-8, false",
        "visit-1 u-7, u-, false",
        "visit-1 u-7, '', false",
        "é x-é, {\"user\":\"é\"}, true",
        "é, e, false"
    })
    void an_id_is_found_wherever_it_stands(String ids, String text, boolean found) {
        assertThat(new IdSearch(List.of(ids.split(" "))).isIn(text.getBytes(UTF_8)))
                .isEqualTo(found);
    }

    @Test
    void it_finds_what_a_text_contains_and_nothing_else() {
        var random = new Random(5);
        for (int round = 0; round < 20_000; round++) {
            var ids = IntStream.range(0, 1 + random.nextInt(5))
                    .mapToObj(any -> word(random, 1 + random.nextInt(5)))
                    .toList();
            var text = word(random, random.nextInt(30));

            assertThat(new IdSearch(ids).isIn(text.getBytes(UTF_8)))
                    .as("%s in %s", ids, text)
                    .isEqualTo(ids.stream().anyMatch(text::contains));
        }
    }

    private static String word(Random random, int length) {
        return random.ints(length, 'a', 'd')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
