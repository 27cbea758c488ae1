package dev.caravan.tasks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Api;
import dev.caravan.api.RateLimits;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.deadletters.Failures.RetryRules;
import dev.caravan.deadletters.Replay;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasableTexts;
import dev.caravan.failure.BadSettings;
import dev.caravan.journey.Journey;
import dev.caravan.json.Json;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.records.Reason;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/** The tasks flow put together: its door, what its routes name, and how its lanes are released. */
public final class TasksModule implements Replay.Lanes {
    /** Other instances accept tasks, too, and do not ring here. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final Map<String, Object> beans;
    private final Tasks tasks;
    private final TaskRules rules;
    private final TasksApi api;

    /**
     * What the flow needs of the instance it runs in.
     *
     * @param wakeups    the queue
     * @param rehearsing whether nothing is to be done
     */
    public record Needs(
            Settings settings,
            RouteFiles routes,
            Database database,
            DeadLetters deadLetters,
            Journey journey,
            Outcomes outcomes,
            RetryRules retries,
            EventPublisher events,
            Wakeups.Queue wakeups,
            Handlers handlers,
            RandomGenerator random,
            Tracing tracing,
            boolean rehearsing,
            Clock clock) {}

    public TasksModule(Needs needs) {
        var settings = needs.settings();
        var clock = needs.clock();
        var bell = new Bell(LOOK);
        var webhooks = signer(settings, "tasks.notify-url", "tasks.notify-secret", clock);
        tasks = new Tasks(new Tasks.Needs(
                needs.database(),
                needs.deadLetters(),
                needs.journey(),
                needs.outcomes(),
                needs.retries(),
                needs.random(),
                queue(settings),
                settings.duration("tasks.visibility-seconds"),
                webhooks.isPresent(),
                bell::ring,
                needs.tracing(),
                clock));
        rules = TaskRules.of(needs.routes(), needs.handlers()::has);
        int perSecond = settings.integer("tasks.requests-per-second");
        int burst = settings.integer("tasks.requests-at-once");
        api = new TasksApi(
                tasks, rules, new RateLimits(perSecond, burst, clock), new RateLimits(perSecond, burst, clock));
        var rehearsal =
                needs.rehearsing() ? new TaskWorker.Rehearsal(needs.database(), needs.deadLetters(), rules) : null;
        beans = Map.of(
                "wakeups",
                new Wakeups(needs.database(), needs.wakeups(), bell, clock),
                "taskWorker",
                new TaskWorker(tasks, needs.handlers(), rehearsal, needs.tracing(), clock),
                "taskNotices",
                new Notices(
                        needs.database(),
                        needs.events(),
                        needs.handlers(),
                        needs.retries(),
                        needs.random(),
                        needs.tracing(),
                        clock),
                "signedCalls",
                new SignedCalls(signer(settings, "tasks.http-url", "tasks.http-secret", clock), webhooks));
    }

    /** The queue's name, as SQS knows it. */
    public static String queue(Settings settings) {
        return settings.text("tasks.queue") + ".fifo";
    }

    private static Optional<StandardWebhooks> signer(Settings settings, String url, String secret, Clock clock) {
        if (settings.text(url).isEmpty()) return Optional.empty();
        if (settings.text(secret).isEmpty())
            throw new BadSettings("set " + secret + ", which signs what is sent to " + url + ": whsec_ and Base64");
        return Optional.of(new StandardWebhooks(List.of(settings.text(secret).split("\\s+")), NOTHING, clock));
    }

    /** Nothing is received here. */
    private static final RememberedIds NOTHING = new RememberedIds() {
        @Override
        public boolean remember(String id, Duration atLeast) {
            return true;
        }

        @Override
        public void forget(String id) {
            // Nothing was remembered.
        }
    };

    /** What of tasks tells of people. */
    public static Erasable erasable() {
        return new ErasableTexts(
                "tasks",
                Map.of(
                        "tasks.task",
                        List.of("title", "description", "last_error"),
                        "tasks.notice",
                        List.of("hook_error")),
                Map.of("tasks.notice", List.of("detail"), "tasks.answer", List.of("answer")));
    }

    /** Beans by the names the routes use. */
    public Map<String, Object> beans() {
        return beans;
    }

    Tasks tasks() {
        return tasks;
    }

    /** Adds the flow's public endpoints. */
    public void addTo(Api publicPort) {
        api.addTo(publicPort);
    }

    /**
     * Accepts a task of Caravan's own, as part of a transaction: it is there if and only if that commits. Texts that are too long are cut off; whether
     * there is a handler of its kind is seen when it is done, perhaps by another instance.
     *
     * @param by who hands it in
     */
    public UUID handIn(
            Handle db, String by, String lane, String kind, String title, String description, String priority) {
        var content = new TaskContent(
                TaskContent.cut(title, TaskContent.LONGEST_TITLE),
                TaskContent.cut(description, TaskContent.LONGEST_DESCRIPTION),
                priority,
                null,
                kind);
        return tasks.accept(db, new NewTask(lane, content, Json.hash(content.json())), by);
    }

    /** What is wrong with the content of a task that an operator edited; empty when nothing is. */
    public List<Reason> check(JsonNode content) {
        return rules.check(content);
    }

    /** A task and its history, as {@code trace} shows them; empty for what is no task's id. */
    public Optional<JsonNode> journey(String id) {
        UUID uuid;
        try {
            uuid = UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return tasks.find(uuid).map(task -> {
            var json = Json.object();
            json.set("task", task.json());
            tasks.history(uuid).forEach(json.withArray("history")::add);
            return json;
        });
    }

    @Override
    public boolean has(Letter letter) {
        return tasks.has(letter);
    }

    @Override
    public int release(Handle db, Letter letter, String by) {
        return tasks.release(db, letter, by);
    }

    @Override
    public boolean discard(Handle db, Letter letter, String by, String why) {
        return tasks.discard(db, letter, by, why);
    }
}
