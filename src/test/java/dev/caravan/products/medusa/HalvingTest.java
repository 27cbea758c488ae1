package dev.caravan.products.medusa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HalvingTest {
    private static final Call CALL = Call.post("/admin/products/batch", new byte[0]);

    private final List<List<Integer>> sent = new ArrayList<>();
    private final Set<Integer> through = new TreeSet<>();
    private final Set<Integer> refused = new TreeSet<>();
    private final Set<Integer> broke = new TreeSet<>();

    @Property(tries = 200)
    void all_but_the_bad_ones_get_through(
            @ForAll @IntRange(min = 1, max = 60) int size,
            @ForAll @Size(max = 5) Set<@IntRange(max = 59) Integer> bad) {
        reset();

        halving(batch -> batch.stream().anyMatch(bad::contains) ? refusal(400, "no") : null)
                .send(numbers(size));

        assertThat(refused).isEqualTo(inRange(bad, size));
        assertThat(through)
                .containsExactlyElementsOf(numbers(size).stream()
                        .filter(number -> !bad.contains(number))
                        .toList());
    }

    @Test
    void the_ones_a_refusal_names_are_sent_alone_and_the_rest_in_one_go() {
        halving(batch -> batch.contains(17) ? refusal(400, "17 is bad") : null).send(numbers(50));

        assertThat(refused).containsExactly(17);
        assertThat(sent).extracting(List::size).containsExactly(50, 49, 1);
    }

    @Test
    void one_on_which_the_server_breaks_does_not_keep_the_others() {
        halving(batch -> batch.contains(0) ? broken() : null).send(numbers(50));

        assertThat(broke).containsExactly(0);
        assertThat(through).hasSize(49);
    }

    @Test
    void a_server_that_breaks_on_everything_is_given_up() {
        assertThatThrownBy(() -> halving(batch -> broken()).send(numbers(200))).isInstanceOf(TargetUnavailable.class);

        assertThat(sent).hasSize(8);
    }

    @Test
    void a_server_that_does_not_answer_is_given_up_at_once() {
        assertThatThrownBy(() -> halving(batch -> new TargetUnavailable("medusa", "connection refused"))
                        .send(numbers(50)))
                .isInstanceOf(TargetUnavailable.class);

        assertThat(sent).hasSize(1);
    }

    private Halving<Integer> halving(Function<List<Integer>, RuntimeException> medusa) {
        return new Halving<>(
                batch -> {
                    sent.add(batch);
                    var failure = medusa.apply(batch);
                    if (failure != null) throw failure;
                    through.addAll(batch);
                },
                (number, refusal) -> refused.add(number),
                (number, unavailable) -> broke.add(number),
                (refusal, batch) -> refusal.said().equals("17 is bad") ? List.of(17) : List.of());
    }

    private void reset() {
        sent.clear();
        through.clear();
        refused.clear();
    }

    private static Refusal refusal(int status, String said) {
        return new Refusal(CALL, status, said);
    }

    private static TargetUnavailable broken() {
        return new TargetUnavailable("medusa", "500", null, refusal(500, "An unknown error occurred."));
    }

    private static Set<Integer> inRange(Set<Integer> numbers, int size) {
        var in = new TreeSet<>(numbers);
        in.removeIf(number -> number < 0 || number >= size);
        return in;
    }

    private static List<Integer> numbers(int size) {
        return IntStream.range(0, size).boxed().toList();
    }
}
