package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.products.pimcore.PimcoreErrors.Remedy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Sends mutations several to a request, as aliases, and says for each what became of it. One field or value that the schema refuses makes
 * Pimcore reject the whole request; it is then taken out and the others are sent again.
 */
final class Mutations {
    /**
     * One mutation of one object.
     *
     * @param field     such as {@code updateProduct}
     * @param inputType GraphQL type of the input, or null when the mutation has none
     * @param id        of the object to update, or null to create one
     * @param path      where to create it, or null
     * @param key       its name there, or null
     * @param variant   whether the object to create is a variant
     * @param published whether the object to create is published; ignored by updates
     * @param input     field values, or null
     */
    record Operation(
            String field,
            String inputType,
            String id,
            String path,
            String key,
            boolean variant,
            boolean published,
            ObjectNode input) {
        static Operation create(
                String className, String path, String key, boolean variant, boolean published, ObjectNode input) {
            return new Operation(
                    "create" + className, "Update" + className + "Input", null, path, key, variant, published, input);
        }

        static Operation update(String className, String id, ObjectNode input) {
            return new Operation(
                    "update" + className, "Update" + className + "Input", id, null, null, false, false, input);
        }

        static Operation createFolder(String path, String key) {
            return new Operation("createObjectFolder", null, null, path, key, false, false, null);
        }
    }

    sealed interface Result {
        /** Done; id and path are null for a folder. */
        record Done(String id, String fullpath) implements Result {}

        /** Pimcore says it did not do it. With {@link Remedy#RETRY} it may have done it all the same. */
        record Refused(Remedy remedy, String message) implements Result {}

        /** There was no answer: it may have been done. */
        record Unsure(TargetUnavailable cause) implements Result {}

        /** Not sent, because an earlier request of the same call failed as a whole. */
        record NotSent(RuntimeException cause) implements Result {}
    }

    private final DataHub hub;
    private final int perRequest;

    Mutations(DataHub hub, int perRequest) {
        this.hub = hub;
        this.perRequest = perRequest;
    }

    /**
     * @param operations each object at most once: after a failed alias a later one for the same object fails too
     * @return in the same order
     */
    List<Result> send(List<Operation> operations) {
        var results = new Result[operations.size()];
        Deque<List<Integer>> batches = new ArrayDeque<>();
        for (int from = 0; from < operations.size(); from += perRequest) {
            batches.add(IntStream.range(from, Math.min(from + perRequest, operations.size()))
                    .boxed()
                    .toList());
        }
        RuntimeException stopped = null;
        while (!batches.isEmpty()) {
            var batch = batches.poll();
            if (stopped != null) {
                for (int i : batch) results[i] = new Result.NotSent(stopped);
                continue;
            }
            try {
                send(batch, operations, results, batches);
            } catch (TargetUnavailable e) {
                for (int i : batch) results[i] = new Result.Unsure(e);
                stopped = e;
            } catch (BadSettings e) {
                for (int i : batch) results[i] = new Result.NotSent(e);
                stopped = e;
            }
        }
        return Arrays.asList(results);
    }

    private void send(List<Integer> batch, List<Operation> operations, Result[] results, Deque<List<Integer>> batches) {
        var chosen = batch.stream().map(operations::get).toList();
        var answer = hub.ask(query(chosen), variables(chosen));
        if (answer.data() != null) {
            for (int n = 0; n < chosen.size(); n++) results[batch.get(n)] = result(answer, "m" + n);
            return;
        }
        rejected(batch, answer, results, batches);
    }

    private static void rejected(
            List<Integer> batch, DataHub.Answer answer, Result[] results, Deque<List<Integer>> batches) {
        var poison = new TreeSet<Integer>();
        for (var error : answer.errors()) {
            var variable = PimcoreErrors.variable(error.message());
            if (variable.isPresent() && variable.getAsInt() < batch.size() && poison.add(variable.getAsInt())) {
                results[batch.get(variable.getAsInt())] = refused(error.message());
            }
        }
        var rest = new ArrayList<Integer>();
        for (int n = 0; n < batch.size(); n++) if (!poison.contains(n)) rest.add(batch.get(n));
        var first = answer.errors().get(0).message();
        if (!poison.isEmpty()) {
            if (!rest.isEmpty()) batches.push(rest);
        } else if (rest.size() == 1 || PimcoreErrors.remedy(first) == Remedy.SETTINGS) {
            for (int i : rest) results[i] = refused(first);
        } else {
            batches.push(rest.subList(rest.size() / 2, rest.size()));
            batches.push(rest.subList(0, rest.size() / 2));
        }
    }

    private static Result result(DataHub.Answer answer, String alias) {
        var data = answer.data().path(alias);
        if (!data.isObject()) return refused(answer.error(alias));
        if (!data.path("success").asBoolean())
            return refused(data.path("message").asText());
        var output = data.path("output");
        return new Result.Done(
                output.path("id").asText(null), output.path("fullpath").asText(null));
    }

    private static Result.Refused refused(String message) {
        return new Result.Refused(PimcoreErrors.remedy(message), message);
    }

    private static String query(List<Operation> operations) {
        var declared = new ArrayList<String>();
        var fields = new StringBuilder();
        for (int n = 0; n < operations.size(); n++) {
            var operation = operations.get(n);
            var arguments = new ArrayList<String>();
            if (operation.id != null) {
                declare(declared, arguments, "id", n, "Int");
            } else {
                declare(declared, arguments, "path", n, "String");
                declare(declared, arguments, "key", n, "String!");
            }
            if (operation.input != null) {
                declare(declared, arguments, "input", n, operation.inputType);
                if (operation.id == null) arguments.add("published:" + operation.published);
                if (operation.variant) arguments.add("type:\"variant\"");
            }
            fields.append(" m%s: %s(%s){ success message%s }"
                    .formatted(
                            n,
                            operation.field,
                            String.join(", ", arguments),
                            operation.input == null ? "" : " output{ id fullpath }"));
        }
        return "mutation(" + String.join(", ", declared) + "){" + fields + " }";
    }

    private static void declare(List<String> declared, List<String> arguments, String name, int n, String type) {
        declared.add("$" + name + n + ":" + type);
        arguments.add(name + ":$" + name + n);
    }

    private static ObjectNode variables(List<Operation> operations) {
        var variables = Json.object();
        for (int n = 0; n < operations.size(); n++) {
            var operation = operations.get(n);
            if (operation.id != null) {
                variables.put("id" + n, Integer.parseInt(operation.id));
            } else {
                variables.put("path" + n, operation.path).put("key" + n, operation.key);
            }
            if (operation.input != null) variables.set("input" + n, operation.input);
        }
        return variables;
    }
}
