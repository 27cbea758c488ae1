package dev.caravan.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadMessage;
import dev.caravan.failure.Refused;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handlers are routes, and fail as routes do. */
class HandlerRoutesTest {
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final HandlerRoutes handlers = new HandlerRoutes(() -> camel);
    private final List<String> done = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                handler("log")
                        .process(exchange -> done.add(exchange.getMessage().getHeader("Idempotency-Key") + " "
                                + exchange.getMessage().getBody(String.class)));
                handler("refuse").throwException(new Refused("tasks", "answered 422", "digest"));
                handler("away").throwException(new TargetUnavailable("tasks", "answered 503"));
                handler("broken").throwException(new ConnectException("connection refused"));
                handler("checked").throwException(new Exception("checked"));
                from("direct:tasks-handle-net")
                        .routeId("tasks-handle-net")
                        .onException(Throwable.class)
                        .handled(true)
                        .log("handled by the net")
                        .end()
                        .throwException(new BadMessage("inside the net"));
                from("direct:tasks-notify-call").routeId("tasks-notify-call").process(exchange -> done.add("told"));
            }

            private org.apache.camel.model.ProcessorDefinition<?> handler(String kind) {
                return from("direct:tasks-handle-" + kind)
                        .routeId("tasks-handle-" + kind)
                        .errorHandler(noErrorHandler());
            }
        });
        camel.start();
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    @Test
    void a_kind_has_a_handler_when_there_is_a_route_for_it() {
        assertThat(handlers.has("log")).isTrue();
        assertThat(handlers.has("fax")).isFalse();
        assertThatThrownBy(() -> handle("fax")).isInstanceOf(BadMessage.class).hasMessageContaining("tasks-handle-fax");
    }

    @Test
    void a_handler_gets_the_task_and_its_id() {
        handle("log");
        handlers.notify("n-1", Json.object());

        assertThat(done).containsExactly("t-1 {\"title\":\"x\"}", "told");
    }

    @Test
    void what_a_handler_throws_says_whether_it_can_heal() {
        assertThatThrownBy(() -> handle("refuse")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> handle("away")).isInstanceOf(TargetUnavailable.class);
        assertThatThrownBy(() -> handle("broken")).isInstanceOf(TargetUnavailable.class);
        assertThatThrownBy(() -> handle("checked"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("tasks-handle-checked failed: checked");
    }

    @Test
    void what_the_error_net_has_taken_is_a_failure_all_the_same() {
        assertThatThrownBy(() -> handle("net")).isInstanceOf(BadMessage.class).hasMessage("inside the net");
    }

    @Test
    void while_routes_come_and_go_nobody_says_that_a_kind_has_no_handler() {
        camel.stop();

        assertThatThrownBy(() -> handlers.has("log")).isInstanceOf(TargetUnavailable.class);
    }

    private void handle(String kind) {
        handlers.handle(kind, "t-1", Json.object().put("title", "x"));
    }
}
