package dev.caravan.stack;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.sandbox.CaravanProcess;
import dev.caravan.sandbox.CaravanProcess.Options;
import dev.caravan.sandbox.PostgresSandbox;
import dev.caravan.sandbox.Sandbox;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The sandbox, somebody who does tasks over HTTP, and runtimes that come and go: hands tasks in, and asks what became of them. */
final class TasksStack implements AutoCloseable {
    private final String producer = ApiKeys.generate();
    private final Sandbox sandbox = Sandbox.start();
    private final PostgresSandbox.Database database = sandbox.postgres().createDatabase();
    private final TaskTarget target = new TaskTarget();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private Options options;
    private CaravanProcess caravan;

    /** @param log a name for the runtimes' log below {@code target/} */
    TasksStack(String log) {
        options = Options.of(sandbox.environment())
                .withLog(Path.of("target", log + ".log"))
                .with("CARAVAN_LOG_FORMAT", "text")
                .with("DATABASE_URL", database.jdbcUrl())
                .with("RETRY_FIRST_DELAY_MILLISECONDS", "200")
                .with("RETRY_MAX_DELAY_SECONDS", "1")
                .with("TASKS_VISIBILITY_SECONDS", "3")
                .with("TASKS_HTTP_URL", target.url("/work").toString())
                .with("TASKS_HTTP_SECRET", TaskTarget.SECRET)
                .with("TASKS_NOTIFY_URL", target.url("/told").toString())
                .with("TASKS_NOTIFY_SECRET", TaskTarget.SECRET)
                .with("TASKS_REQUESTS_PER_SECOND", "100000")
                .with("TASKS_REQUESTS_AT_ONCE", "100000")
                .withKey("till", Role.PRODUCER, producer);
        sandbox.webhooksTo(new CaravanProcess(options).url());
    }

    TasksStack with(String setting, String value) {
        options = options.with(setting, value);
        return this;
    }

    CaravanProcess start() {
        return begin().awaitReady();
    }

    /** Starts one that is not waited for. */
    CaravanProcess begin() {
        caravan = new CaravanProcess(options).start();
        return caravan;
    }

    /** Starts one that ends at a crash point; it is not waited for, whoever needs it asks until it answers. */
    CaravanProcess startToCrashAt(String point) {
        caravan = new CaravanProcess(options.with("CARAVAN_CRASH_AT", point)).start();
        return caravan;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    TaskTarget target() {
        return target;
    }

    CaravanProcess caravan() {
        return caravan;
    }

    String producer() {
        return producer;
    }

    /** With an operator's key. */
    Cli operator() {
        return Cli.of(caravan, options.apiKey());
    }

    static byte[] task(String lane, String title) {
        return Json.bytes(Json.object()
                .put("title", title)
                .put("description", "")
                .put("priority", "low")
                .put("lane", lane)
                .put("kind", "http"));
    }

    /** Hands a task in; whatever the answer is. */
    HttpResponse<String> post(byte[] task, String idempotencyKey) throws IOException {
        var request =
                request("/tasks").header("Content-Type", "application/json").POST(BodyPublishers.ofByteArray(task));
        if (idempotencyKey != null) request.header("Idempotency-Key", idempotencyKey);
        return send(request.build());
    }

    /** Hands a task in that has to be accepted; its id. */
    String accepted(String lane, String title) {
        try {
            var answer = post(task(lane, title), null);
            if (answer.statusCode() != 202) throw new AssertionError(answer.statusCode() + " " + answer.body());
            return Json.read(answer.body()).path("task_id").asText();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonNode look(String path) {
        try {
            return Json.read(send(request(path).GET().build()).body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    String state(String id) {
        return look("/tasks/" + id).path("state").asText();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(new CaravanProcess(options).url().resolve(path))
                .timeout(Duration.ofSeconds(40))
                .header("X-API-Key", producer);
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A lane's message comes once more, as SQS may deliver it again. */
    void deliverAgain(String lane) {
        sandbox.aws().clients().sqs().sendMessage(request -> request.queueUrl(
                        sandbox.aws().queueUrl(sandbox.aws().resources().tasks()))
                .messageGroupId(lane)
                .messageDeduplicationId(UUID.randomUUID().toString())
                .messageBody("{}"));
    }

    /** Refuses connections to the runtime's database and ends those there are, or lets them in again. */
    void databaseAway(boolean away) {
        database.away(away);
    }

    long count(String sql) {
        return Long.parseLong(column(sql).get(0));
    }

    /** One column, as text, asked of the database itself. */
    List<String> column(String sql) {
        try (var connection = database.connect();
                var rows = connection.createStatement().executeQuery(sql)) {
            var column = new ArrayList<String>();
            while (rows.next()) column.add(rows.getString(1));
            return column;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (caravan != null) caravan.close();
        target.close();
        database.close();
        sandbox.close();
    }
}
