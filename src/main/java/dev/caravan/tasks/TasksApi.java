package dev.caravan.tasks;

import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Media;
import dev.caravan.api.Problem;
import dev.caravan.api.RateLimits;
import dev.caravan.api.Request;
import dev.caravan.json.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The door: {@code POST /tasks}, and looking up what became of a task. Who hands tasks in sees its own; viewers and operators see all. */
final class TasksApi {
    private static final Set<Role> LOOKING = Set.of(Role.PRODUCER, Role.VIEWER);
    private static final Set<String> STATES = Set.of("accepted", "working", "done", "parked", "discarded");
    private static final Set<String> FILTERS = Set.of("state", "lane", "after", "limit");
    private static final int MOST_BYTES = 65_536;
    private static final int DEFAULT_PAGE = 50;
    private static final int MOST_A_PAGE = 200;
    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7E]{1,255}");

    private final Tasks tasks;
    private final TaskRules rules;
    private final RateLimits handingIn;
    private final RateLimits looking;

    TasksApi(Tasks tasks, TaskRules rules, RateLimits handingIn, RateLimits looking) {
        this.tasks = tasks;
        this.rules = rules;
        this.handingIn = handingIn;
        this.looking = looking;
    }

    void addTo(Api api) {
        api.onAny("POST", "/tasks", Set.of(Role.PRODUCER), this::accept)
                .onAny("GET", "/tasks", LOOKING, this::list)
                .onAny("GET", "/tasks/{id}", LOOKING, this::one)
                .onAny("GET", "/tasks/{id}/history", LOOKING, this::history);
    }

    private Answer accept(Request request) {
        handingIn.count(request.caller().name());
        Media.mustWantJson(request);
        Media.mustBeJson(request);
        if (request.body().length > MOST_BYTES)
            throw new Problem(413, "Too large", "a task has at most " + MOST_BYTES + " bytes");
        var by = request.caller().name();
        var header = request.headers().get("idempotency-key");
        if (header != null && !IDEMPOTENCY_KEY.matcher(header).matches())
            throw new Problem(400, "Invalid header", "Idempotency-Key must be 1 to 255 visible ASCII characters");
        var task = rules.read(request.body());
        var answer = tasks.accept(task, by, header == null ? null : new Tasks.Key(by, header, task.hash()))
                .orElseThrow(() -> new Problem(
                        422,
                        "Idempotency-Key in use",
                        "this Idempotency-Key came with another body within the last 24 hours"));
        return new Answer(
                202,
                answer.json(),
                Map.of("Location", answer.json().path("status_url").asText()));
    }

    private Answer one(Request request) {
        return Answer.ok(found(request).json());
    }

    private Answer history(Request request) {
        var task = found(request);
        var json = Json.object().put("task_id", task.id().toString());
        tasks.history(task.id()).forEach(json.putArray("history")::add);
        return Answer.ok(json);
    }

    private Task found(Request request) {
        look(request);
        var id = Request.uuid("id", request.parameters().get("id"));
        var owner = owner(request);
        return tasks.find(id)
                .filter(task -> owner == null || task.handedInBy().equals(owner))
                .orElseThrow(() -> new Problem(404, "Not found", "there is no task " + id));
    }

    private Answer list(Request request) {
        look(request);
        var unknown = request.parameters().keySet().stream()
                .filter(name -> !FILTERS.contains(name))
                .sorted()
                .findFirst();
        if (unknown.isPresent())
            throw new Problem(400, "Invalid parameter", "there is no parameter \"" + unknown.get() + "\"");
        var state = request.parameter("state").orElse(null);
        if (state != null && !STATES.contains(state))
            throw new Problem(
                    400,
                    "Invalid parameter",
                    "state must be one of " + STATES.stream().sorted().toList());
        var after = Request.uuid("after", request.parameter("after").orElse(null));
        var owner = owner(request);
        if (after != null
                && tasks.find(after)
                        .filter(task -> owner == null || task.handedInBy().equals(owner))
                        .isEmpty())
            throw new Problem(400, "Invalid parameter", "after must be the id of a task, and there is none " + after);
        var lane = request.parameter("lane").orElse(null);
        int limit = limit(request);
        var page = tasks.list(owner, state, lane, after, limit);
        var json = Json.object();
        var list = json.putArray("tasks");
        page.forEach(task -> list.add(task.json()));
        if (page.size() == limit) json.put("next", next(state, lane, page, limit));
        return Answer.ok(json);
    }

    private static String next(String state, String lane, List<Task> page, int limit) {
        var query = new StringBuilder("/tasks?after=")
                .append(page.get(page.size() - 1).id());
        if (state != null) query.append("&state=").append(state);
        if (lane != null) query.append("&lane=").append(URLEncoder.encode(lane, StandardCharsets.UTF_8));
        return query.append("&limit=").append(limit).toString();
    }

    private static int limit(Request request) {
        var text = request.parameter("limit").orElse(String.valueOf(DEFAULT_PAGE));
        if (text.matches("\\d{1,3}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST_A_PAGE) return limit;
        }
        throw new Problem(400, "Invalid parameter", "limit must be a whole number from 1 to " + MOST_A_PAGE);
    }

    private void look(Request request) {
        looking.count(request.caller().name());
        Media.mustWantJson(request);
    }

    /** Null for who may see everybody's tasks. */
    private static String owner(Request request) {
        return request.caller().role() == Role.PRODUCER ? request.caller().name() : null;
    }
}
