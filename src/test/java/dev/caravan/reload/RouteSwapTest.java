package dev.caravan.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.TargetCircuit;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes of a running context, exchanged while they are asked. */
class RouteSwapTest {
    private static final String ROUTES = """
            - routeConfiguration:
                onException:
                  - onException:
                      exception: [java.lang.Exception]
                      handled:
                        constant: "true"
                      steps:
                        - setBody:
                            constant: caught
            - route:
                id: ask
                from:
                  uri: direct:ask
                  steps:
                    - to: direct:answer
            - route:
                id: answer
                errorHandler:
                  noErrorHandler: {}
                from:
                  uri: direct:answer
                  steps:
                    - setBody:
                        constant: first
            - route:
                id: fail
                from:
                  uri: direct:fail
                  steps:
                    - throwException:
                        exceptionType: java.lang.IllegalStateException
                        message: no
            - route:
                id: linger
                from:
                  uri: direct:linger
                  steps:
                    - process:
                        ref: lingering
            - route:
                id: guarded
                routePolicy: circuit
                errorHandler:
                  noErrorHandler: {}
                from:
                  uri: direct:guarded
                  steps:
                    - setBody:
                        simple: ${bean:target}
            - route:
                id: outside
                from:
                  uri: direct:outside
                  steps:
                    - kamelet:
                        name: word-action
            """;

    private static final String KAMELET = """
            apiVersion: camel.apache.org/v1
            kind: Kamelet
            metadata:
              name: word-action
              labels:
                camel.apache.org/kamelet.type: action
            spec:
              definition:
                title: Word
                type: object
                properties: {}
              template:
                from:
                  uri: kamelet:source
                  steps:
                    - setBody:
                        constant: of the Kamelet
            """;

    @TempDir
    Path folder;

    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch leave = new CountDownLatch(1);
    private DefaultCamelContext camel;
    private ProducerTemplate template;
    private Snapshot running;
    private final TargetCircuit circuit = new TargetCircuit(1, Duration.ofHours(1));

    @BeforeEach
    void start() throws Exception {
        write("routes/all.camel.yaml", ROUTES);
        write("kamelets/word-action.kamelet.yaml", KAMELET);
        running = snapshot();
        camel = new DefaultCamelContext();
        camel.getRegistry().bind("lingering", (Processor) exchange -> {
            entered.countDown();
            leave.await();
        });
        camel.getComponent("kamelet", KameletComponent.class).setLocation("file:" + folder.resolve("kamelets"));
        camel.getRegistry().bind("circuit", circuit);
        camel.getRegistry().bind("target", (Processor) exchange -> {
            throw new TargetUnavailable("target", "away");
        });
        camel.addComponent("direct", new PatientDirect());
        camel.start();
        PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString("all.camel.yaml", ROUTES));
        template = camel.createProducerTemplate();
    }

    @AfterEach
    void stop() {
        leave.countDown();
        camel.stop();
    }

    @Test
    void an_edited_route_answers_anew_and_nobody_who_asks_meanwhile_goes_without_an_answer() throws Exception {
        var asking = new AtomicBoolean(true);
        var answered = new AtomicInteger();
        var asker = CompletableFuture.runAsync(() -> {
            while (asking.get()) {
                assertThat(ask("ask")).isIn("first", "second");
                answered.incrementAndGet();
            }
        });
        var before = camel.getRoute("fail");

        assertThat(edit("routes/all.camel.yaml", ROUTES.replace("constant: first", "constant: second")))
                .isTrue();

        asking.set(false);
        asker.join();
        assertThat(answered).hasPositiveValue();
        assertThat(ask("ask")).isEqualTo("second");
        assertThat(camel.getRoute("fail")).as("a route nobody edited").isSameAs(before);
    }

    @Test
    void an_edited_net_takes_what_fails_in_every_route() throws Exception {
        assertThat(ask("fail")).isEqualTo("caught");

        edit("routes/all.camel.yaml", ROUTES.replace("constant: caught", "constant: caught anew"));

        assertThat(ask("fail")).isEqualTo("caught anew");
        assertThat(camel.getRouteConfigurationDefinitions()).hasSize(1);
    }

    @Test
    void an_edited_kamelet_is_the_one_its_routes_use_and_no_call_is_lost_on_the_way() throws Exception {
        var asking = new AtomicBoolean(true);
        var askers = IntStream.range(0, 4)
                .mapToObj(asker -> CompletableFuture.runAsync(() -> {
                    while (asking.get()) assertThat(ask("outside")).startsWith("of the ");
                }))
                .toList();

        for (int i = 0; i < 3; i++) {
            edit("kamelets/word-action.kamelet.yaml", KAMELET.replace("of the Kamelet", "of the Kamelet's edit " + i));
            assertThat(ask("outside")).isEqualTo("of the Kamelet's edit " + i);
        }

        asking.set(false);
        askers.forEach(CompletableFuture::join);
        assertThat(camel.getRoutes())
                .filteredOn(route -> route.getRouteId().startsWith("word-action"))
                .hasSize(1);
    }

    @Test
    void routes_come_and_go() throws Exception {
        var without = ROUTES.substring(0, ROUTES.indexOf("- route:\n    id: linger"));

        edit(
                "routes/all.camel.yaml",
                without
                        + ROUTES.substring(
                                        ROUTES.indexOf("- route:\n    id: answer"),
                                        ROUTES.indexOf("- route:\n    id: fail"))
                                .replace("answer", "reply"));

        assertThat(camel.getRoute("linger")).isNull();
        assertThat(ask("reply")).isEqualTo("first");
    }

    @Test
    void what_camel_does_not_take_changes_nothing() {
        assertThatThrownBy(() -> edit(
                        "routes/all.camel.yaml",
                        ROUTES.replace("constant: first", "constant: second")
                                .replace("        ref: lingering", "        ref: nobody")))
                .hasStackTraceContaining("nobody");

        assertThat(ask("ask")).isEqualTo("first");
        assertThat(camel.getRoute("linger")).isNotNull();
    }

    @Test
    void a_route_that_does_not_finish_in_time_goes_on_and_so_do_the_others() throws Exception {
        var lingering = CompletableFuture.runAsync(() -> ask("linger"));
        entered.await();

        var swapped = edit(
                "routes/all.camel.yaml",
                ROUTES.replace("constant: first", "constant: second")
                        .replace("id: linger\n", "id: linger\n    group: g\n"));

        assertThat(swapped).isFalse();
        assertThat(ask("ask")).isEqualTo("first");
        leave.countDown();
        lingering.join();
        ask("linger");
    }

    @Test
    void a_route_that_waits_for_its_target_is_exchanged_and_the_one_in_its_place_tries_at_once() throws Exception {
        template.request("direct:guarded", exchange -> {});
        assertThat(circuit.state()).isEqualTo(TargetCircuit.State.OPEN);

        assertThat(edit("routes/all.camel.yaml", ROUTES.replace("simple: ${bean:target}", "constant: back")))
                .isTrue();

        assertThat(circuit.isClosed()).isTrue();
        assertThat(ask("guarded")).isEqualTo("back");
    }

    private boolean edit(String path, String content) throws Exception {
        write(path, content);
        var edited = snapshot();
        return new RouteSwap(camel, Duration.ofSeconds(1))
                .swap(Plan.between(running, edited, file -> true), Plan.between(edited, running, file -> true));
    }

    private String ask(String route) {
        return template.requestBody("direct:" + route, "?", String.class);
    }

    private void write(String path, String content) throws IOException {
        Files.createDirectories(folder.resolve(path).getParent());
        Files.writeString(folder.resolve(path), content);
    }

    private Snapshot snapshot() {
        return Snapshot.of(
                RouteFiles.at("file:" + folder.resolve("routes")), RouteFiles.at("file:" + folder.resolve("kamelets")));
    }
}
