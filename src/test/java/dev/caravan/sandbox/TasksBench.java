package dev.caravan.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** Tasks from POST to done, beside the queue alone. */
final class TasksBench {
    private static final int THREADS = 8;
    private static final int TEN = 10;

    private TasksBench() {}

    /** Messages a second that the queue takes and gives, ten a call, in as many groups as there are lanes. */
    static double bare(Sandbox sandbox, int count, int lanes) throws Exception {
        var sqs = sandbox.aws().clients().sqs();
        var url = sandbox.aws().queueUrl(sandbox.aws().resources().tasks());
        var sent = new AtomicInteger();
        var received = new AtomicInteger();
        long began = System.nanoTime();
        inThreads(THREADS, thread -> {
            // Half of them send, half receive.
            if (thread % 2 == 0)
                for (int from = sent.getAndAdd(TEN); from < count; from = sent.getAndAdd(TEN))
                    send(sqs, url, from, lanes);
            else while (received.get() < count) received.addAndGet(receive(sqs, url));
        });
        return count / seconds(began);
    }

    private static void send(SqsClient sqs, String url, int from, int lanes) {
        var entries = IntStream.range(0, TEN)
                .mapToObj(i -> SendMessageBatchRequestEntry.builder()
                        .id(String.valueOf(i))
                        .messageGroupId("bare-" + (from + i) % lanes)
                        .messageDeduplicationId(UUID.randomUUID().toString())
                        .messageBody("{\"lane\":\"bare-" + (from + i) % lanes + "\"}")
                        .build())
                .toList();
        sqs.sendMessageBatch(request -> request.queueUrl(url).entries(entries));
    }

    private static int receive(SqsClient sqs, String url) {
        var messages = sqs.receiveMessage(request ->
                        request.queueUrl(url).maxNumberOfMessages(TEN).waitTimeSeconds(1))
                .messages();
        if (messages.isEmpty()) return 0;
        var entries = IntStream.range(0, messages.size())
                .mapToObj(i -> DeleteMessageBatchRequestEntry.builder()
                        .id(String.valueOf(i))
                        .receiptHandle(messages.get(i).receiptHandle())
                        .build())
                .toList();
        sqs.deleteMessageBatch(request -> request.queueUrl(url).entries(entries));
        return messages.size();
    }

    /**
     * Hands tasks in and waits until all are done.
     *
     * @param prefix    of their lanes
     * @param perSecond pace; 0 for as fast as it goes
     */
    static ObjectNode run(
            Sandbox sandbox, CaravanProcess caravan, String key, String prefix, int count, int lanes, int perSecond)
            throws Exception {
        var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var next = new AtomicInteger();
        long began = System.nanoTime();
        inThreads(THREADS, thread -> {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                if (perSecond > 0) {
                    long due = began + i * 1_000_000_000L / perSecond - System.nanoTime();
                    if (due > 0) Thread.sleep(due / 1_000_000, (int) (due % 1_000_000));
                }
                var task = Json.object()
                        .put("title", "task " + i)
                        .put("description", "")
                        .put("priority", "low")
                        .put("lane", prefix + "-" + i % lanes);
                var request = HttpRequest.newBuilder(caravan.url().resolve("/tasks"))
                        .header("X-API-Key", key)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(Json.bytes(task)))
                        .build();
                int status = http.send(request, BodyHandlers.discarding()).statusCode();
                if (status != 202) throw new IllegalStateException("HTTP " + status);
            }
        });
        double accepted = seconds(began);
        while (number(sandbox, "select count(*) from tasks.task where state <> 'done' and lane like '" + prefix + "-%'")
                > 0) CaravanProcess.pause(20);
        double done = seconds(began);
        var result = Json.object()
                .put("tasks", count)
                .put("acceptedPerSecond", rounded(count / accepted))
                .put("donePerSecond", rounded(count / done));
        var latency = result.putObject("millisecondsFrom202ToDone");
        for (var percentile : List.of(50, 99))
            latency.put(
                    "p" + percentile,
                    rounded(number(
                            sandbox,
                            "select 1000 * percentile_cont(" + percentile
                                    + " / 100.0) within group (order by extract(epoch from ended_at - accepted_at)) from tasks.task where lane like '"
                                    + prefix + "-%'")));
        return result;
    }

    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void inThreads(int count, Work work) throws Exception {
        var pool = Executors.newFixedThreadPool(count);
        try {
            var calls = new ArrayList<Callable<Void>>();
            for (int i = 0; i < count; i++) {
                int thread = i;
                calls.add(() -> {
                    work.run(thread);
                    return null;
                });
            }
            for (var call : pool.invokeAll(calls)) call.get();
        } finally {
            pool.shutdownNow();
        }
    }

    private static double number(Sandbox sandbox, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(sandbox.postgres().jdbcUrl())) {
            return Bench.number(connection, sql);
        }
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
