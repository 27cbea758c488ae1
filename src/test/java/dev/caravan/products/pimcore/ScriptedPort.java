package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Answers with what a test prepared, in order, and remembers what was asked. */
final class ScriptedPort implements Port {
    final List<JsonNode> asked = new ArrayList<>();
    private final Deque<Supplier<Reply>> answers = new ArrayDeque<>();

    ScriptedPort answer(String json) {
        answers.add(() -> reply(200, "application/json", json));
        return this;
    }

    ScriptedPort answer(int status, Map<String, String> headers, String body) {
        answers.add(() -> new Reply(status, headers, body.getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    ScriptedPort fail(RuntimeException failure) {
        answers.add(() -> {
            throw failure;
        });
        return this;
    }

    @Override
    public Reply send(Call call) {
        asked.add(Json.read(call.body()));
        if (answers.isEmpty())
            throw new AssertionError("nobody expected " + new String(call.body(), StandardCharsets.UTF_8));
        return answers.poll().get();
    }

    static Reply reply(int status, String contentType, String body) {
        return new Reply(status, Map.of("Content-Type", contentType), body.getBytes(StandardCharsets.UTF_8));
    }
}
