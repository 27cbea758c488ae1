package dev.caravan.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.deadletters.DeadLetters.Filter;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.testing.TestState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Order, once, and parking, on a real database. */
class TasksTest {
    private static TestState state;
    private TestTasks flow;

    @BeforeAll
    static void start() {
        state = new TestState();
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
        flow = new TestTasks(state, Map.of());
    }

    @Test
    void tasks_of_a_lane_are_done_in_the_order_they_were_accepted() {
        for (int i = 1; i <= 5; i++) flow.accept("a", "a" + i);

        var message = flow.workOnce();

        assertThat(flow.done).containsExactly("a1", "a2", "a3", "a4", "a5");
        assertThat(state.column("select kind from lineage.due")).hasSize(5).containsOnly("task-done");
        assertThat(message).singleElement().satisfies(one -> assertThat(one.isDone())
                .isTrue());
    }

    @Test
    void concurrent_senders_get_one_place_each_and_ids_that_sort_as_the_places_do() throws Exception {
        var pool = Executors.newFixedThreadPool(8);
        var work = IntStream.range(0, 160)
                .<Callable<UUID>>mapToObj(i -> () -> flow.accept("lane-" + i % 4, "t" + i))
                .toList();

        var ids = new ArrayList<UUID>();
        for (var future : pool.invokeAll(work)) ids.add(future.get());
        pool.shutdown();

        assertThat(ids).doesNotHaveDuplicates().allSatisfy(id -> assertThat(id.version())
                .isEqualTo(7));
        for (int lane = 0; lane < 4; lane++) {
            var tasks = flow.tasks().list(null, null, "lane-" + lane, null, 200);
            assertThat(tasks)
                    .extracting(Task::sequence)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, 40).mapToObj(Long::valueOf).toList());
            assertThat(tasks.stream().map(task -> task.id().toString())).isSorted();
        }
    }

    @Test
    void a_batch_of_wake_ups_holds_a_lane_once_however_many_tasks_it_has() {
        flow.accept("a", "a1");
        flow.accept("a", "a2");
        flow.accept("b", "b1");

        flow.wakeups().sendSome();

        assertThat(flow.queue).extracting(Wakeups.Wakeup::lane).containsExactlyInAnyOrder("a", "b");
        assertThat(flow.wakeups().sendSome()).isZero();
    }

    @Test
    void a_lane_with_a_message_on_its_way_or_in_work_is_not_woken_again() {
        flow.accept("a", "a1");
        flow.wakeups().sendSome();
        flow.accept("a", "a2");
        assertThat(flow.wakeups().sendSome()).as("its message is in the queue").isZero();
        flow.whileHandling = () -> {
            flow.whileHandling = () -> {};
            flow.accept("a", "a3");
            assertThat(flow.wakeups().sendSome()).as("it is worked on").isZero();
        };

        flow.workOnce();
        assertThat(flow.done).containsExactly("a1", "a2", "a3");

        flow.accept("a", "a4");
        flow.workOnce();
        assertThat(flow.done).as("and woken again after that").endsWith("a4");
    }

    @Test
    void a_lane_that_was_parked_or_waits_for_an_attempt_is_woken_as_it_should() {
        flow.failing.put("a1", new TargetUnavailable("tasks", "answered 503"));
        flow.accept("a", "a1");
        flow.workOnce();
        flow.accept("a", "a2");
        assertThat(flow.wakeups().sendSome()).as("its message comes again").isZero();

        flow.failing.put("a1", TestTasks.never());
        state.clock().pass(TestTasks.FIRST);
        assertThat(flow.work("a").isDone()).isTrue();
        flow.failing.clear();
        flow.replay.replay(new Filter(null, null, null, "a", null, "open"), "mara");

        flow.workOnce();
        assertThat(flow.done).containsExactly("a1", "a2");
    }

    @Test
    void a_slow_lane_keeps_none_of_the_others_of_its_page() throws Exception {
        flow.accept("slow", "s1");
        flow.accept("a", "a1");
        flow.accept("a", "a2");
        flow.accept("b", "b1");
        var release = new CountDownLatch(1);
        flow.slow.put("s1", release);
        var messages = Stream.of("slow", "a", "a", "b").map(TestTasks::message).toList();
        var working = new Thread(
                () -> flow.worker().work(flow.exchange(new dev.caravan.aws.Batch("caravan-tasks.fifo", messages))));

        working.start();
        await().until(() ->
                flow.done.size() == 3 && messages.stream().skip(1).allMatch(dev.caravan.aws.BatchMessage::isDone));
        assertThat(messages.get(0).isUndecided()).isTrue();
        release.countDown();
        working.join();

        assertThat(flow.done).filteredOn(title -> title.startsWith("a")).containsExactly("a1", "a2");
        assertThat(flow.done).endsWith("s1");
        assertThat(messages.get(0).isDone()).isTrue();
    }

    @Test
    void what_the_queue_does_not_take_waits_and_is_sent_later() {
        flow.refused.add("a");
        flow.accept("a", "a1");
        flow.accept("b", "b1");
        flow.wakeups().sendSome();
        assertThat(flow.queue).extracting(Wakeups.Wakeup::lane).containsExactly("b");

        flow.refused.clear();
        flow.queueAway = true;
        assertThat(flow.wakeups().sendSome()).isZero();
        flow.queueAway = false;
        flow.wakeups().sendSome();

        assertThat(flow.queue).extracting(Wakeups.Wakeup::lane).containsExactly("b", "a");
    }

    @Test
    void a_wake_up_sent_twice_over_a_crash_is_the_same_message_for_the_queue() {
        flow.accept("a", "a1");
        flow.wakeups().sendSome();
        state.database()
                .write(db -> db.execute("update tasks.lane set sent = 0")); // The crash: sent, and not written down.
        flow.wakeups().sendSome();

        assertThat(flow.queue.get(0).deduplicationId())
                .isEqualTo(flow.queue.get(1).deduplicationId())
                .hasSizeLessThanOrEqualTo(128);
    }

    @Test
    void a_redelivered_message_does_nothing_again() {
        var id = flow.accept("a", "a1");
        flow.workOnce();

        var again = flow.work("a");

        assertThat(again.isDone()).isTrue();
        assertThat(flow.calls).containsExactly(id.toString());
        assertThat(flow.work("a lane nobody knows").isDone()).isTrue();
    }

    @Test
    void a_failure_that_can_heal_lets_its_lane_wait_and_no_other() {
        flow.failing.put("a1", new TargetUnavailable("tasks", "answered 503"));
        var id = flow.accept("a", "a1");
        flow.accept("a", "a2");
        flow.accept("b", "b1");

        var messages = flow.workOnce();

        assertThat(flow.done).containsExactly("b1");
        assertThat(messages.stream().filter(message -> !message.isDone()))
                .singleElement()
                .satisfies(waiting ->
                        assertThat(waiting.retryAfter().orElseThrow()).isPositive());
        assertThat(flow.tasks().find(id).orElseThrow()).satisfies(task -> {
            assertThat(task.state()).isEqualTo("accepted");
            assertThat(task.lastError()).isEqualTo("answered 503");
            assertThat(task.attempts()).isEqualTo(1);
        });

        flow.failing.clear();
        assertThat(flow.work("a").retryAfter()).as("too early").isPresent();
        state.clock().pass(TestTasks.FIRST);
        flow.work("a");

        assertThat(flow.done).containsExactly("b1", "a1", "a2");
    }

    @Test
    void a_target_that_says_when_to_come_again_is_left_alone_until_then() {
        flow.failing.put("a1", new TargetUnavailable("tasks", "answered 429", Duration.ofSeconds(90), null));
        flow.accept("a", "a1");

        assertThat(flow.workOnce().get(0).retryAfter()).contains(Duration.ofSeconds(90));
    }

    @Test
    void after_the_last_attempt_the_task_and_those_behind_it_are_parked_in_order() {
        flow.failing.put("a1", new TargetUnavailable("tasks", "answered 503"));
        var first = flow.accept("a", "a1");
        var second = flow.accept("a", "a2");

        for (int attempt = 1; attempt <= TestTasks.ATTEMPTS; attempt++) {
            flow.work("a");
            state.clock().pass(Duration.ofMinutes(1));
        }
        var third = flow.accept("a", "a3");
        var other = flow.accept("b", "b1");
        flow.workOnce();

        assertThat(flow.tasks().list(null, "parked", null, null, 10))
                .extracting(Task::id)
                .containsExactly(first, second, third);
        assertThat(state.column("select kind || ' ' || subject from lineage.due order by id"))
                .containsExactly("task-parked " + first, "task-done " + other);
        assertThat(flow.tasks().find(other).orElseThrow().state()).isEqualTo("done");
        assertThat(open()).extracting(Letter::id).containsExactly(first, second, third);
        assertThat(open()).extracting(Letter::lane).containsOnly("a");
        assertThat(state.<Integer>ask(db -> flow.letters.lanes(db, "tasks"))).isEqualTo(1);
        assertThat(state.<Integer>ask(db -> flow.letters.lanes(db, "products"))).isZero();
        assertThat(open())
                .extracting(Letter::error)
                .containsExactly(
                        "answered 503",
                        "waits behind " + first + ", which is parked",
                        "waits behind " + first + ", which is parked");
        assertThat(open().get(0).attempts()).isEqualTo(TestTasks.ATTEMPTS);
        assertThat(flow.calls).hasSize(TestTasks.ATTEMPTS + 1);
    }

    @Test
    void a_lane_is_parked_with_one_update_however_many_tasks_wait_in_it() {
        flow.accept("a", "a1");
        // As if they had been handed in: the door is not what this is about.
        state.database().write(db -> db.execute("""
                insert into tasks.task (id, lane, sequence, title, description, priority, kind, handed_in_by, state, accepted_at)
                select gen_random_uuid(), 'a', 1 + n, 'a' || (1 + n), '', 'low', 'log', 'till', 'accepted', now() from generate_series(1, 5000) n"""));
        flow.failing.put("a1", TestTasks.never());
        flow.whileHandling = () -> state.database().write(db -> db.execute("""
                create sequence tasks.updates;
                create function tasks.count() returns trigger language plpgsql as $$ begin perform nextval('tasks.updates'); return null; end $$;
                create trigger counted after update on tasks.task for each statement execute function tasks.count()"""));
        try {
            flow.work("a");

            assertThat(state.column("select last_value from tasks.updates where is_called"))
                    .containsExactly("1");
        } finally {
            state.database().write(db -> db.execute("drop function tasks.count cascade; drop sequence tasks.updates"));
        }
        assertThat(state.column("select count(*) from tasks.task where state = 'parked'"))
                .containsExactly("5001");
        assertThat(state.column("select last_error like 'waits behind %' from tasks.task order by sequence limit 2"))
                .containsExactly("f", "t");
        assertThat(state.column("select count(*) from dead_letters.letter where lane = 'a' and state = 'open'"))
                .containsExactly("5001");
        assertThat(state.column("select count(*) from tasks.notice where type = 'TaskParked'"))
                .containsExactly("5001");
    }

    @Test
    void what_cannot_heal_is_parked_at_once_and_a_released_lane_goes_on_before_anything_newer() {
        var first = parked("a1", "a2", "a3");
        flow.accept("a", "a4");
        flow.failing.clear();

        int released = flow.replay.replay(new Filter(null, null, null, "a", null, "open"), "mara");
        flow.accept("a", "a5");
        flow.workOnce();

        assertThat(released).isEqualTo(4);
        assertThat(flow.done).containsExactly("a1", "a2", "a3", "a4", "a5");
        assertThat(open()).isEmpty();
        assertThat(flow.tasks().history(first))
                .extracting(entry -> entry.path("what").asText())
                .containsSubsequence(
                        "accepted as 1 of lane a",
                        "parked: the till is closed",
                        "released by mara",
                        "done by log in attempt 1");
    }

    @Test
    void a_lane_is_released_as_a_whole_whichever_of_its_letters_is_replayed() {
        parked("a1", "a2", "a3");
        flow.failing.clear();

        flow.replay.replay(Filter.only(open().get(2).id()), "mara");
        flow.workOnce();

        assertThat(flow.done).containsExactly("a1", "a2", "a3");
    }

    @Test
    void the_poison_is_discarded_first_and_the_rest_is_done_in_order() {
        var first = parked("a1", "a2", "a3");

        int discarded = flow.replay.discard(Filter.only(first), "mara", "no such till");
        flow.workOnce();
        assertThat(flow.done).as("still parked").isEmpty();
        flow.replay.replay(new Filter(null, null, null, "a", null, "open"), "mara");
        flow.workOnce();

        assertThat(discarded).isEqualTo(1);
        assertThat(flow.tasks().find(first).orElseThrow().state()).isEqualTo("discarded");
        assertThat(flow.done).containsExactly("a2", "a3");
        assertThat(flow.replay.discard(Filter.only(first), "mara", "again")).isZero();
    }

    @Test
    void an_edited_task_is_done_as_edited_in_its_old_place() {
        var first = parked("a1", "a2");
        var edited =
                "{\"title\":\" a1 mended \",\"description\":\"\",\"priority\":\"high\",\"due_date\":\"2026-12-01T10:00:00Z\",\"kind\":\"log\"}";
        new dev.caravan.deadletters.Edits(
                        state.database(),
                        flow.letters,
                        new dev.caravan.state.Audit(state.clock()),
                        () -> (name, message) -> flow.module.check(message))
                .edit(first, edited.getBytes(java.nio.charset.StandardCharsets.UTF_8), "mara", "typing error");

        flow.replay.replay(Filter.only(first), "mara");
        flow.workOnce();

        assertThat(flow.done).containsExactly("a1 mended", "a2");
        assertThat(flow.tasks().find(first).orElseThrow().content().priority()).isEqualTo("high");
        assertThat(flow.module.check(Json.read("{\"title\":\"x\",\"lane\":\"b\",\"kind\":\"none\"}")))
                .extracting(reason -> reason.pointer())
                .containsExactlyInAnyOrder("/description", "/priority", "/lane", "/kind");
    }

    @Test
    void a_released_task_that_fails_again_is_parked_again_as_the_same_letter() {
        var first = parked("a1", "a2");

        flow.replay.replay(Filter.only(first), "mara");
        flow.workOnce();

        assertThat(open()).hasSize(2).first().satisfies(letter -> {
            assertThat(letter.id()).isEqualTo(first);
            assertThat(letter.replays()).isEqualTo(1);
        });
    }

    @Test
    void two_workers_of_one_lane_do_nothing_side_by_side_and_one_that_lost_it_says_nothing() {
        var id = flow.accept("a", "a1");
        flow.accept("a", "a2");
        var one = UUID.randomUUID();
        var other = UUID.randomUUID();
        var taken = flow.tasks().take("a", one).task();

        assertThat(flow.tasks().take("a", other).pause()).isPositive();
        state.clock().pass(Duration.ofSeconds(20));
        flow.tasks().extend(one);
        state.clock().pass(Duration.ofSeconds(20));
        assertThat(flow.tasks().take("a", other).task()).as("extended").isNull();
        state.clock().pass(Duration.ofSeconds(31));
        var again = flow.tasks().take("a", other).task();

        assertThat(again.id()).isEqualTo(id);
        assertThat(again.attempts()).isEqualTo(2);
        assertThat(flow.tasks().done(taken, one, true).task()).isNull();
        assertThat(flow.tasks().failed(taken, one, TestTasks.never()).task()).isNull();
        assertThat(flow.tasks().find(id).orElseThrow().state()).isEqualTo("working");
        assertThat(flow.tasks().done(again, other, true).task().content().title())
                .isEqualTo("a2");
    }

    @Test
    void a_task_whose_process_dies_each_time_is_parked_in_the_end() {
        var id = flow.accept("a", "a1");

        for (int attempt = 1; attempt <= TestTasks.ATTEMPTS; attempt++) {
            flow.tasks().take("a", UUID.randomUUID()); // And nothing is heard of it any more.
            state.clock().pass(Duration.ofMinutes(1));
        }
        flow.work("a");

        assertThat(flow.calls).isEmpty();
        assertThat(flow.tasks().find(id).orElseThrow().state()).isEqualTo("parked");
        assertThat(open().get(0).error()).startsWith("each of its 3 attempts ended");
    }

    @Test
    void a_lane_with_very_much_to_do_lets_others_have_their_turn() {
        for (int i = 1; i <= 60; i++) flow.accept("a", "a" + i);

        var turn = flow.work("a");

        assertThat(turn.retryAfter()).contains(Duration.ZERO);
        assertThat(flow.done).hasSize(50);
        flow.work("a");
        assertThat(flow.done).hasSize(60);
    }

    @Test
    void the_same_key_and_body_give_the_first_answer_for_a_day_and_another_body_is_refused() {
        var key = new Tasks.Key("till", "k-1", "hash of a1");
        var first = flow.accept("a", "a1", key);

        assertThat(flow.accept("a", "a1", key)).isEqualTo(first);
        assertThat(flow.accept("a", "a1", new Tasks.Key("other", "k-1", "hash of a1")))
                .isNotEqualTo(first);
        var task = new NewTask("a", new TaskContent("a2", "", "low", null, "log"), "hash of a2");
        assertThat(flow.tasks().accept(task, "till", new Tasks.Key("till", "k-1", "hash of a2")))
                .isEmpty();
        state.clock().pass(Duration.ofHours(23));
        assertThat(flow.accept("a", "a1", key)).isEqualTo(first);
        state.clock().pass(Duration.ofHours(2));
        assertThat(flow.accept("a", "a1", key)).isNotEqualTo(first);
        assertThat(flow.tasks().list(null, null, null, null, 10)).hasSize(3);
    }

    @Test
    void two_requests_with_one_key_at_once_make_one_task() throws Exception {
        var pool = Executors.newFixedThreadPool(8);
        var key = new Tasks.Key("till", "k-2", "hash of a1");
        var both = pool.invokeAll(java.util.Collections.nCopies(8, (Callable<UUID>) () -> flow.accept("a", "a1", key)));
        pool.shutdown();

        var ids = new ArrayList<UUID>();
        for (var one : both) ids.add(one.get());

        assertThat(ids).containsOnly(ids.get(0));
        assertThat(flow.tasks().list(null, null, null, null, 10)).hasSize(1);
    }

    @Test
    void a_wake_up_that_sqs_gave_up_or_lost_is_asked_for_again() {
        flow.accept("a", "a1");
        flow.wakeups().sendSome();
        flow.queue.clear();
        assertThat(flow.tasks().tidy()).as("it may still come").isZero();
        state.clock().pass(Duration.ofMinutes(6));

        flow.worker().tidy();
        flow.workOnce();
        assertThat(flow.done).containsExactly("a1");
        assertThat(flow.tasks().tidy()).isZero();

        flow.accept("a", "a2");
        flow.wakeups().sendSome();
        flow.queue.clear();
        flow.worker()
                .again(flow.exchange(
                        new dev.caravan.aws.Batch("caravan-tasks-dead.fifo", List.of(TestTasks.message("a")))));
        flow.workOnce();
        assertThat(flow.done).containsExactly("a1", "a2");
    }

    @Test
    void the_database_going_away_in_the_midst_of_it_leaves_the_message_in_the_queue() {
        flow.accept("a", "a1");
        flow.whileHandling = () -> {
            throw new Error("not reached twice");
        };
        state.database().write(db -> db.execute("alter table tasks.lane rename to away"));
        try {
            var message = flow.work("a");

            assertThat(message.isDone()).isFalse();
            assertThat(message.retryAfter()).isPresent();
        } finally {
            state.database().write(db -> db.execute("alter table tasks.away rename to lane"));
        }
    }

    @Test
    void done_and_parked_tasks_are_told_of_on_the_bus_once_each_and_fit_their_schemas() {
        parked("a1", "a2");
        flow.accept("b", "b1");
        flow.workOnce();

        assertThat(flow.notices().publishSome()).isEqualTo(3);
        assertThat(flow.notices().publishSome()).isZero();

        assertThat(flow.bus)
                .extracting(entry -> entry.detailType())
                .containsExactly("TaskParked", "TaskParked", "TaskDone");
        var schemas = new dev.caravan.deadletters.MessageSchemas(dev.caravan.routes.RouteFiles.at("file:routes"));
        assertThat(flow.bus).allSatisfy(entry -> {
            var event = Json.object().put("source", entry.source()).put("detail-type", entry.detailType());
            event.set("detail", Json.read(entry.detail()));
            assertThat(schemas.check(event)).isEmpty();
        });
        assertThat(Json.read(flow.bus.get(0).detail()).path("error").asText()).isEqualTo("the till is closed");
    }

    @Test
    void webhooks_are_sent_again_after_a_growing_wait_and_given_up_without_holding_a_lane_up() {
        var told = new TestTasks(
                state,
                Map.of(
                        "TASKS_NOTIFY_URL",
                        "http://127.0.0.1:9/hook",
                        "TASKS_NOTIFY_SECRET",
                        "whsec_" + "A".repeat(32)));
        told.hookAway = new TargetUnavailable("tasks", "answered 503");
        var id = told.accept("a", "a1");
        told.workOnce();

        assertThat(told.notices().send()).isZero();
        assertThat(told.notices().send()).as("not due").isZero();
        assertThat(told.tasks().history(id))
                .extracting(entry -> entry.path("what").asText())
                .contains("TaskDone was not taken by tasks.notify-url yet, attempts 1: answered 503");
        told.accept("a", "a2");
        told.workOnce();
        assertThat(told.done).containsExactly("a1", "a2");
        state.clock().pass(Duration.ofSeconds(3));
        told.hookAway = null;
        assertThat(told.notices().send()).isEqualTo(2);

        assertThat(told.hooks).allSatisfy(hook -> {
            assertThat(hook.path("type").asText()).isEqualTo("TaskDone");
            assertThat(hook.at("/data/lane").asText()).isEqualTo("a");
        });
        assertThat(told.tasks().history(id))
                .extracting(entry -> entry.path("what").asText())
                .contains("TaskDone was taken by tasks.notify-url");

        told.hookAway = TestTasks.never();
        var last = told.accept("a", "a3");
        told.workOnce();
        for (int attempt = 1; attempt <= TestTasks.ATTEMPTS; attempt++) {
            told.notices().send();
            state.clock().pass(Duration.ofMinutes(10));
        }
        told.hookAway = null;
        assertThat(told.notices().send()).isZero();
        assertThat(told.tasks().history(last))
                .extracting(entry -> entry.path("what").asText())
                .contains("TaskDone was not taken by tasks.notify-url in 3 attempts: the till is closed");
    }

    /** A lane "a" whose first task fails for good; its id. */
    private UUID parked(String... titles) {
        flow.failing.put(titles[0], TestTasks.never());
        UUID first = null;
        for (var title : titles) {
            var id = flow.accept("a", title);
            if (first == null) first = id;
        }
        flow.workOnce();
        return first;
    }

    private List<Letter> open() {
        return state.ask(db -> flow.letters.list(db, Filter.open(), 100));
    }
}
