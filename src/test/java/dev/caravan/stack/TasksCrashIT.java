package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.CrashPoint;
import dev.caravan.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ten thousand tasks from eight senders, failures and duplicates, and a runtime that is killed again and again. */
@Tag("crash")
class TasksCrashIT {
    private static final int LANES = 200;
    private static final int PER_LANE = 50;
    private static final int TOTAL = LANES * PER_LANE;
    private static final int SENDERS = 8;
    private static final double TRANSIENT = 0.2;
    private static final double DUPLICATES = 0.05;
    private static final Set<String> POISONED = Set.of("lane-3", "lane-17", "lane-29");
    private static final int POISON_AT = PER_LANE * 2 / 5;
    private static final long SEED = 20_261;
    private static final Duration PATIENCE = Duration.ofMinutes(6);

    /** Where it ends by itself; between them it is killed at random. */
    private static final List<String> POINTS = List.of(
            CrashPoint.TASK_WOKEN + ":" + (5 + TOTAL / 300),
            CrashPoint.TASK_HANDLED + ":" + TOTAL / 10,
            CrashPoint.TASK_DONE + ":" + TOTAL / 10);

    private static final int RANDOM_KILLS = 2;

    /**
     * A task that was answered with 202.
     *
     * @param asked    when it was handed in first, in nanoseconds
     * @param answered when 202 came
     */
    private record Handed(String id, String lane, String title, long asked, long answered) {}

    private final Map<String, Handed> handed = new ConcurrentHashMap<>();
    private final Set<String> inFlightAtAKill = new HashSet<>();

    @Test
    void nothing_is_lost_doubled_or_overtaken_wherever_the_runtime_is_killed() throws Exception {
        try (var stack = new TasksStack("tasks-crash")
                .with("TASKS_VISIBILITY_SECONDS", "5")
                .with("TASKS_NOTIFY_URL", "")) {
            stack.target().answers(chaos(true));
            stack.startToCrashAt(POINTS.get(0));
            var senders = Executors.newFixedThreadPool(SENDERS);
            var sending = IntStream.range(0, SENDERS)
                    .mapToObj(sender -> senders.submit(sending(stack, sender)))
                    .toList();
            kill(stack, sending);
            for (var sender : sending) sender.get();
            senders.shutdown();
            awaitRest(stack);

            assertThat(handed).hasSize(TOTAL);
            assertAcceptedInOrder(stack);
            assertEvery202IsDoneOrParked(stack);
            assertDoneInOrderOnce(stack);

            stack.target().answers(chaos(false));
            for (var lane : POISONED)
                assertThat(stack.operator()
                                .run("dead-letters", "replay", "--lane", lane)
                                .code())
                        .isZero();
            awaitRest(stack);
            assertThat(stack.count("select count(*) from tasks.task where state = 'done'"))
                    .isEqualTo(TOTAL);
            assertThat(stack.target().effects()).hasSize(TOTAL);
            assertDoneInOrderOnce(stack);
            assertThat(stack.target().repeated())
                    .as("done twice though in flight at no kill")
                    .isSubsetOf(inFlightAtAKill);

            var calm = p99(stack, "calm", Set.of());
            var poisoned = p99(stack, "poisoned", Set.of("poisoned-3", "poisoned-4", "poisoned-5"));
            System.out.printf(
                    "p99 of the other lanes: %s calm, %s beside 3 poisoned lanes; %s tasks were done twice at a kill%n",
                    calm, poisoned, stack.target().repeated().size());
            assertThat(poisoned.minus(calm)).isLessThan(Duration.ofSeconds(1));
        }
    }

    /** Says 503 to every fifth call, and, while it lasts, no for good to the poison. */
    private static Function<JsonNode, Integer> chaos(boolean poison) {
        return task -> {
            if (poison && task.path("title").asText().startsWith("poison")) return 422;
            return ThreadLocalRandom.current().nextDouble() < TRANSIENT ? 503 : 204;
        };
    }

    /** A sender goes through all lanes again and again; what gets no answer is handed in again under its key. */
    private Callable<Void> sending(TasksStack stack, int sender) {
        return () -> {
            var random = new SplittableRandom(SEED + sender);
            for (int round = 0; round < PER_LANE; round++) {
                for (int lane = 0; lane < LANES; lane++) {
                    if ((round + lane) % SENDERS != sender) continue;
                    var name = "lane-" + lane;
                    var title =
                            (round == POISON_AT && POISONED.contains(name) ? "poison-" : "task-") + name + "-" + round;
                    handIn(stack, name, title);
                    if (random.nextDouble() < DUPLICATES) stack.deliverAgain(name);
                }
            }
            return null;
        };
    }

    private void handIn(TasksStack stack, String lane, String title) {
        long asked = System.nanoTime();
        while (true) {
            try {
                var answer = stack.post(TasksStack.task(lane, title), title);
                if (answer.statusCode() == 202) {
                    var id = Json.read(answer.body()).path("task_id").asText();
                    assertThat(handed.put(title, new Handed(id, lane, title, asked, System.nanoTime())))
                            .isNull();
                    return;
                }
                assertThat(answer.statusCode()).as(title + ": " + answer.body()).isEqualTo(503);
            } catch (IOException e) {
                // It is being killed or started; the key makes it safe to ask again.
            }
            pause(100);
        }
    }

    private void kill(TasksStack stack, List<Future<Void>> sending) throws Exception {
        for (int i = 0; i < POINTS.size(); i++) {
            await().atMost(Duration.ofMinutes(10)).until(() -> {
                for (var sender : sending) if (sender.isDone()) sender.get();
                return !stack.caravan().isAlive();
            });
            assertThat(stack.caravan().awaitExit()).isEqualTo(137);
            note(stack, POINTS.get(i));
            if (i + 1 < POINTS.size()) stack.startToCrashAt(POINTS.get(i + 1));
            else stack.start();
        }
        var random = new SplittableRandom(SEED);
        for (int kill = 0; kill < RANDOM_KILLS; kill++) {
            pause(3_000 + random.nextInt(4_000));
            stack.caravan().kill();
            note(stack, "at random");
            stack.start();
        }
    }

    private void note(TasksStack stack, String where) {
        var working = stack.column("select id from tasks.task where state = 'working'");
        inFlightAtAKill.addAll(working);
        System.out.printf(
                "killed %s: %s handed in, %s done, %s in flight%n",
                where,
                handed.size(),
                stack.count("select count(*) from tasks.task where state = 'done'"),
                working.size());
    }

    private static void awaitRest(TasksStack stack) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() ->
                        stack.count("select count(*) from tasks.task where state in ('accepted', 'working')") == 0);
    }

    /** What was answered before another one was asked has the lower place in their lane. */
    private void assertAcceptedInOrder(TasksStack stack) {
        var places = places(stack);
        handed.values().stream().collect(Collectors.groupingBy(Handed::lane)).forEach((lane, tasks) -> {
            tasks.sort(Comparator.comparing(task -> places.get(task.id())));
            long latestAsked = Long.MIN_VALUE;
            for (var task : tasks) {
                assertThat(task.answered())
                        .as("%s overtook what was answered before it was asked", task)
                        .isGreaterThan(latestAsked);
                latestAsked = Math.max(latestAsked, task.asked());
            }
            assertThat(tasks.stream().map(task -> places.get(task.id())))
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, PER_LANE).boxed().toList());
        });
    }

    private static Map<String, Integer> places(TasksStack stack) {
        return stack.column("select id || ' ' || sequence from tasks.task").stream()
                .map(row -> row.split(" "))
                .collect(Collectors.toMap(row -> row[0], row -> Integer.parseInt(row[1])));
    }

    private void assertEvery202IsDoneOrParked(TasksStack stack) {
        var states = stack.column("select id || ' ' || state from tasks.task").stream()
                .map(row -> row.split(" "))
                .collect(Collectors.toMap(row -> row[0], row -> row[1]));
        assertThat(states).as("tasks that nobody was told of").hasSize(handed.size());
        for (var task : handed.values()) {
            var behindPoison =
                    POISONED.contains(task.lane()) && places(stack, task) >= poisonsPlace(stack, task.lane());
            assertThat(states.get(task.id())).as("%s", task).isEqualTo(behindPoison ? "parked" : "done");
        }
    }

    private final Map<String, Integer> known = new ConcurrentHashMap<>();

    private int places(TasksStack stack, Handed task) {
        if (known.isEmpty()) known.putAll(places(stack));
        return known.get(task.id());
    }

    private int poisonsPlace(TasksStack stack, String lane) {
        return places(stack, handed.get("poison-" + lane + "-" + POISON_AT));
    }

    /** In each lane, effects follow the places without a gap. */
    private static void assertDoneInOrderOnce(TasksStack stack) {
        stack.target().effects().stream()
                .collect(Collectors.groupingBy(TaskTarget.Effect::lane))
                .forEach((lane, effects) -> assertThat(effects.stream().map(TaskTarget.Effect::sequence))
                        .as(lane)
                        .containsExactlyElementsOf(IntStream.rangeClosed(1, effects.size())
                                .mapToObj(Long::valueOf)
                                .toList()));
    }

    /** Of tasks in 60 lanes, ten each, while some other lanes never come through. */
    private static Duration p99(TasksStack stack, String prefix, Set<String> poisoned) throws Exception {
        stack.target().answers(task -> poisoned.contains(task.path("lane").asText()) ? 503 : 204);
        var senders = Executors.newFixedThreadPool(SENDERS);
        var next = new AtomicInteger();
        var calls = Collections.nCopies(SENDERS, (Callable<Void>) () -> {
            for (int i = next.getAndIncrement(); i < 600; i = next.getAndIncrement()) {
                stack.accepted(prefix + "-" + i % 60, "t" + i);
                pause(40);
            }
            return null;
        });
        for (var call : new ArrayList<>(senders.invokeAll(calls))) call.get();
        senders.shutdown();
        var others = "lane like '" + prefix + "-%' and lane not in ('"
                + String.join("', '", poisoned.isEmpty() ? Set.of("-") : poisoned) + "')";
        await().atMost(PATIENCE)
                .until(() -> stack.count("select count(*) from tasks.task where state <> 'done' and " + others) == 0);
        return Duration.ofMillis(stack.count(
                "select round(1000 * percentile_cont(0.99) within group (order by extract(epoch from ended_at - accepted_at))) from tasks.task where "
                        + others));
    }

    /** No waiting for something: it is a pace, or a moment at random on purpose. */
    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
