package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.json.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks through the packaged JAR: over HTTP, a FIFO queue and a database, to somebody who does them. */
@Tag("operate")
class TasksIT {
    private static TasksStack stack;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        stack = new TasksStack("tasks-it");
        stack.start();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void heal() {
        stack.target().answers(task -> 204);
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
    }

    @Test
    void tasks_are_done_in_order_signed_and_told_of() {
        var ids = IntStream.range(0, 10)
                .mapToObj(i -> stack.accepted("orderly", "t" + i))
                .toList();

        soon().until(() -> stack.state(ids.get(9)).equals("done"));

        assertThat(effects("orderly")).isEqualTo(ids);
        assertThat(ids).allSatisfy(id -> assertThat(stack.target().asked(id)).isEqualTo(1));
        soon().untilAsserted(() -> assertThat(
                        stack.look("/tasks/" + ids.get(0) + "/history").findValuesAsText("what"))
                .containsSubsequence("accepted as 1 of lane orderly", "done by http in attempt 1")
                .contains("TaskDone is on the bus", "TaskDone was taken by tasks.notify-url"));
        soon().untilAsserted(() -> assertThat(stack.target().told().stream()
                        .map(told -> told.at("/data/taskId").asText()))
                .containsAll(ids));
        var traced = stack.operator().run("trace", ids.get(0));
        assertThat(traced.out())
                .startsWith("task " + ids.get(0) + "  done  lane orderly, number 1  t0")
                .contains("done by http in attempt 1");
    }

    @Test
    void a_parked_lane_is_looked_at_rehearsed_edited_and_released_from_the_command_line() throws IOException {
        stack.target().answers(task -> task.path("title").asText().equals("poison") ? 422 : 204);
        var first = stack.accepted("cashdesk", "poison");
        var second = stack.accepted("cashdesk", "follower");
        var other = stack.accepted("other", "other");
        soon().until(() ->
                stack.state(first).equals("parked") && stack.state(other).equals("done"));
        var third = stack.accepted("cashdesk", "newer");

        assertThat(stack.state(second)).isEqualTo("parked");
        assertThat(stack.state(third)).isEqualTo("parked");
        var listed = stack.operator().run("dead-letters", "list", "--lane", "cashdesk");
        assertThat(listed.code()).isEqualTo(1);
        assertThat(listed.out())
                .containsSubsequence(
                        first, "cashdesk", "answered 422", second, "waits behind " + first, third, "3 open");
        var rehearsed = stack.operator().run("dead-letters", "rehearse", "--lane", "cashdesk");
        assertThat(rehearsed.out()).contains("3 would pass, 0 would fail");
        assertThat(stack.target().asked(first)).as("a rehearsal does nothing").isEqualTo(1);
        assertThat(stack.state(first)).isEqualTo("parked");
        var mended = Files.writeString(
                folder.resolve("task.json"),
                "{\"title\":\"mended\",\"description\":\"\",\"priority\":\"high\",\"kind\":\"http\"}");
        var broken = Files.writeString(folder.resolve("broken.json"), "{\"title\":\"mended\",\"lane\":\"elsewhere\"}");
        assertThat(stack.operator()
                        .run("dead-letters", "edit", "--id", first, "--message", broken.toString(), "--why", "x")
                        .err())
                .contains("/lane")
                .contains("/priority");
        assertThat(stack.operator()
                        .run(
                                "dead-letters",
                                "edit",
                                "--id",
                                first,
                                "--message",
                                mended.toString(),
                                "--why",
                                "typing error")
                        .out())
                .contains("replace /title: \"poison\" -> \"mended\"");

        assertThat(stack.operator()
                        .run("dead-letters", "replay", "--lane", "cashdesk")
                        .out())
                .isEqualToIgnoringNewLines("replayed 3");

        soon().until(() -> stack.state(third).equals("done"));
        assertThat(effects("cashdesk")).containsExactly(first, second, third);
        assertThat(stack.look("/tasks/" + first).path("title").asText()).isEqualTo("mended");
        assertThat(stack.operator()
                        .run("dead-letters", "list", "--lane", "cashdesk")
                        .code())
                .isZero();
    }

    @Test
    void while_the_database_is_away_nothing_is_accepted_and_none_is_left_behind() throws Exception {
        var before = stack.accepted("sound", "before");
        soon().until(() -> stack.state(before).equals("done"));
        long tasks = stack.count("select count(*) from tasks.task");

        stack.databaseAway(true);
        List<HttpResponse<String>> answers;
        Duration took;
        try {
            long began = System.nanoTime();
            answers = atOnce(8, "refused");
            took = Duration.ofNanos(System.nanoTime() - began);
        } finally {
            stack.databaseAway(false);
        }

        assertThat(took).as("what the door waits for, and a busy machine").isLessThan(Duration.ofSeconds(6));
        assertThat(answers).allSatisfy(answer -> {
            assertComeAgain(answer);
            assertThat(answer.body()).doesNotContain("postgres").doesNotContain("jdbc");
        });
        soon().until(() ->
                stack.post(TasksStack.task("sound", "after"), "after-1").statusCode() == 202);
        soon().until(() -> stack.count("select count(*) from tasks.task where state = 'done' and lane = 'sound'") == 2);
        assertThat(stack.count("select count(*) from tasks.task where title = 'refused'"))
                .isZero();
        assertThat(stack.count("select count(*) from tasks.task")).isEqualTo(tasks + 1);
    }

    @Test
    void while_the_queue_is_away_tasks_are_accepted_and_done_when_it_is_back() throws Exception {
        stack.sandbox().aws().sqsDown(true);
        List<HttpResponse<String>> answers;
        try {
            answers = atOnce(20, "patient");
            assertThat(stack.count("select count(*) from tasks.task where title = 'patient' and state = 'accepted'"))
                    .isEqualTo(20);
        } finally {
            stack.sandbox().aws().sqsDown(false);
        }

        assertThat(answers).allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(202));
        soon().until(() ->
                stack.count("select count(*) from tasks.task where title = 'patient' and state = 'done'") == 20);
    }

    @Test
    void whoever_comes_before_the_routes_are_there_is_told_to_come_again() {
        stack.caravan().close();
        stack.begin();
        var early = new ArrayList<HttpResponse<String>>();

        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    try {
                        var answer = stack.post(TasksStack.task("early", "bird"), "early-1");
                        if (answer.statusCode() != 202) early.add(answer);
                        return answer.statusCode() == 202;
                    } catch (ConnectException e) {
                        return false; // The port is not open yet.
                    }
                });

        stack.caravan().awaitReady();
        assertThat(early).isNotEmpty().allSatisfy(TasksIT::assertComeAgain);
    }

    private static void assertComeAgain(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    @Test
    void what_is_done_stays_done_over_a_restart_and_an_idempotency_key_is_remembered() throws IOException {
        var first = stack.post(TasksStack.task("restarted", "once"), "restart-1");
        var id = Json.read(first.body()).path("task_id").asText();
        soon().until(() -> stack.state(id).equals("done"));

        stack.caravan().close();
        stack.start();
        stack.deliverAgain("restarted");
        var again = stack.post(TasksStack.task("restarted", "once"), "restart-1");
        var next = stack.accepted("restarted", "twice");
        soon().until(() -> stack.state(next).equals("done"));

        assertThat(again.body()).isEqualTo(first.body());
        assertThat(stack.target().asked(id)).isEqualTo(1);
    }

    private static List<HttpResponse<String>> atOnce(int count, String title) throws Exception {
        var pool = Executors.newFixedThreadPool(count);
        try {
            var calls = IntStream.range(0, count)
                    .<Callable<HttpResponse<String>>>mapToObj(
                            i -> () -> stack.post(TasksStack.task("lane-" + i, title), null))
                    .toList();
            var answers = new ArrayList<HttpResponse<String>>();
            for (var call : pool.invokeAll(calls)) answers.add(call.get());
            return answers;
        } finally {
            pool.shutdown();
        }
    }

    private static List<String> effects(String lane) {
        return stack.target().effects().stream()
                .filter(effect -> effect.lane().equals(lane))
                .map(TaskTarget.Effect::id)
                .toList();
    }
}
