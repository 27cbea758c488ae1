package dev.caravan.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordingPortTest {
    private final List<Call> sent = new ArrayList<>();
    private final RecordingPort port = new RecordingPort(this::target, Call::reads, call -> reply(201));

    @Test
    void a_look_goes_through_and_is_answered_by_the_target() {
        var answer = port.send(Call.get("/admin/products?handle=a"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(sent).extracting(Call::path).containsExactly("/admin/products?handle=a");
        assertThat(port.recorded()).isEmpty();
    }

    @Test
    void a_write_is_kept_in_order_and_never_leaves() {
        var answer = port.send(Call.post("/admin/products", new byte[] {1}));
        port.send(Call.delete("/admin/products/1"));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(sent).isEmpty();
        assertThat(port.recorded())
                .extracting(Call::toString)
                .containsExactly("POST /admin/products", "DELETE /admin/products/1");
    }

    private Reply target(Call call) {
        sent.add(call);
        return reply(200);
    }

    private static Reply reply(int status) {
        return new Reply(status, Map.of(), new byte[0]);
    }
}
