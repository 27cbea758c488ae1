package dev.caravan.products.medusa;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.erasure.Erasable.Erased;
import dev.caravan.erasure.Person;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.testing.TestState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ErasableShopCustomersTest {
    private static final Person INES = new Person("cus_01INES", "erased-0123456789abcdef");
    private static final String PATH = "/admin/customers/cus_01INES";

    private static TestState state;

    private final List<String> calls = new ArrayList<>();
    private final Set<String> customers = new HashSet<>(Set.of(PATH));

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void begin() {
        state.clear();
    }

    @Test
    void a_customer_of_the_shop_is_deleted_there_and_counted_once() {
        var first = erase(INES, this::shop);
        var second = erase(INES, this::shop);

        assertThat(calls).containsExactly("GET " + PATH, "DELETE " + PATH, "GET " + PATH);
        assertThat(first.found()).isEqualTo(Map.of("customers", 1L));
        assertThat(first.did()).startsWith("the customer is deleted");
        assertThat(second.found()).isEmpty();
        assertThat(second.did()).isEqualTo("the shop has no such customer");
    }

    @Test
    void who_is_no_customer_of_the_shop_is_not_asked_for() {
        var erased = erase(new Person("CLIENT-1", "erased-0123456789abcdef"), this::shop);

        assertThat(calls).isEmpty();
        assertThat(erased.did()).startsWith("not asked");
    }

    @Test
    void what_was_deleted_before_the_erasure_was_stopped_is_told_of_when_it_goes_on() {
        assertThatThrownBy(() -> state.database().transaction(db -> {
                    erasable(this::shop).erase(db, INES);
                    throw new IllegalStateException("stopped");
                }))
                .hasMessage("stopped");

        var erased = erase(INES, this::shop);

        assertThat(customers).isEmpty();
        assertThat(erased.found()).isEqualTo(Map.of("customers", 1L));
        assertThat(erased.did()).startsWith("the customer is deleted");
    }

    @Test
    void a_deletion_whose_answer_got_lost_is_waited_for_and_told_of() {
        var lost = erase(INES, call -> {
            var reply = shop(call);
            if (call.reads()) return reply;
            throw new TargetUnavailable("medusa", "Medusa: no answer", null, null);
        });
        var erased = erase(INES, this::shop);

        assertThat(lost.rest()).isEqualTo("the shop does not answer");
        assertThat(erased.rest()).isNull();
        assertThat(erased.found()).isEqualTo(Map.of("customers", 1L));
    }

    @Test
    void a_shop_that_refuses_has_deleted_nobody() {
        var erased = erase(INES, call -> call.reads() ? shop(call) : new Reply(400, Map.of(), "{}".getBytes(UTF_8)));

        assertThat(erased.found()).isEmpty();
        assertThat(erased.did()).isEqualTo("not erased: the shop answered 400");
        assertThat(state.column("select thing from erasure.effect")).isEmpty();
    }

    private static Erased erase(Person person, Port medusa) {
        return state.database().transaction(db -> erasable(medusa).erase(db, person));
    }

    private static ErasableShopCustomers erasable(Port medusa) {
        return new ErasableShopCustomers(state.database(), medusa, state.clock());
    }

    /** A shop as Medusa answers. */
    private Reply shop(Call call) {
        calls.add(call.toString());
        if (!customers.contains(call.path()))
            return new Reply(404, Map.of(), "{\"type\":\"not_found\",\"message\":\"none\"}".getBytes(UTF_8));
        if (!call.reads()) customers.remove(call.path());
        return new Reply(200, Map.of(), "{}".getBytes(UTF_8));
    }
}
