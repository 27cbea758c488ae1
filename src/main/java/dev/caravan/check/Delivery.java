package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What Camel accepts in silence and what would lose a message later: routes outside the error net, queues whose dead letters nobody takes,
 * steps that let go of a message before its work is safe.
 */
final class Delivery {
    private static final String NET_FILE = "routes/_shared/errors.camel.yaml";

    /** Whoever these begin with keeps its message, or there is none. */
    private static final Set<String> KEEPS =
            Set.of("direct", "timer", "kamelet", "platform-http", "sqs-batch", "aws2-sqs", "");

    private static final Set<String> IN_MEMORY = Set.of("seda", "vm", "disruptor", "stub");
    private static final List<String> ALL = List.of("java.lang.Throwable", "java.lang.Exception");
    private static final String OUTAGE = "dev.caravan.failure.TargetUnavailable";

    private final List<YamlFile> files;
    private final boolean whole;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Problem> queues = new LinkedHashMap<>();
    private final Set<String> routes = new TreeSet<>();
    private final Map<String, Boolean> nets = new TreeMap<>();

    /** @param whole whether these are all files there are */
    Delivery(List<YamlFile> files, boolean whole) {
        this.files = files;
        this.whole = whole;
    }

    List<Problem> problems() {
        for (var file : files) file.walk((pointer, value) -> collect(file, pointer, value));
        for (var file : files) file.walk((pointer, value) -> look(file, pointer, value));
        if (whole) together();
        return problems;
    }

    /** What can only be said of all files together. */
    private void together() {
        if (!nets.getOrDefault("", false))
            problems.add(
                    new Problem(
                            NET_FILE,
                            1,
                            "no error net: one routeConfiguration without an id has to take java.lang.Throwable to the bean failures"));
        queues.forEach((queue, where) -> {
            var fifo = queue.endsWith(".fifo") ? ".fifo" : "";
            var plain = queue.substring(0, queue.length() - fifo.length());
            var isDead = plain.endsWith("-dead");
            var other = (isDead ? plain.substring(0, plain.length() - "-dead".length()) : plain + "-dead") + fifo;
            if (queues.containsKey(other)) return;
            problems.add(
                    new Problem(
                            where.file(),
                            where.line(),
                            where.column(),
                            isDead
                                    ? "the dead letters of " + other
                                            + " are taken here, and no route reads that queue: "
                                            + Names.advice(other, queues.keySet())
                                    : "no route takes what SQS gives up from " + other
                                            + ", and after 14 days it is gone: add one to dead-letters/1-park/drain.camel.yaml"));
        });
    }

    private static String name(String pointer) {
        return pointer.substring(pointer.lastIndexOf('/') + 1);
    }

    private void collect(YamlFile file, String pointer, JsonNode value) {
        if (name(pointer).equals("route")) routes.add(value.path("id").asText());
        if (name(pointer).equals("routeConfiguration") && value.isObject())
            nets.merge(value.path("id").asText(), catchesAll(value), Boolean::logicalOr);
        if (pointer.endsWith("/from")) {
            var use = Endpoints.Use.of(value);
            if (use != null && !use.queue().isEmpty())
                queues.putIfAbsent(use.queue(), file.problem(pointer + "/parameters/queueNameOrArn", ""));
        }
    }

    private static boolean catchesAll(JsonNode configuration) {
        for (var one : configuration.path("onException")) {
            for (var exception : one.path("onException").path("exception"))
                if (ALL.contains(exception.asText()) && calls(one, "failures", "net")) return true;
        }
        return false;
    }

    /** Whether a step somewhere in it calls this method of this bean. */
    private static boolean calls(JsonNode steps, String bean, String method) {
        return steps.findValues("bean").stream()
                .anyMatch(step -> step.path("ref").asText().equals(bean)
                        && step.path("method").asText().equals(method));
    }

    private void look(YamlFile file, String pointer, JsonNode value) {
        switch (name(pointer)) {
            case "route" -> route(file, pointer, value);
            case "onException" -> onException(file, pointer, value);
            case "idempotentConsumer" -> idempotent(file, pointer, value);
            case "circuitBreaker" -> circuit(file, pointer, value);
            case "split", "multicast", "recipientList" -> {
                if (value.isObject() && !value.path("stopOnException").asBoolean())
                    problems.add(
                            file.problem(
                                    pointer,
                                    "a part that fails would not stop the others, and what comes behind them would count as done: add \"stopOnException: true\""));
            }
            case "aggregate" ->
                problems.add(
                        file.problem(
                                pointer,
                                "what is gathered here is in memory only when its queue has forgotten it: read a page at once with sqs-batch instead"));
            case "pollEnrich", "poll" -> {
                if (value.isObject() && !value.has("timeout"))
                    problems.add(file.problem(pointer, "this can wait for ever: add \"timeout\", in milliseconds"));
            }
            case "removeHeaders" -> {
                if (value.path("pattern").asText(value.asText()).equals("*") && !value.has("excludePattern"))
                    problems.add(
                            file.problem(
                                    pointer,
                                    "without its CamelAwsSqsReceiptHandle a message cannot be deleted: name the headers that have to go, or add excludePattern"));
            }
            default -> {}
        }
    }

    private void route(YamlFile file, String pointer, JsonNode route) {
        var from = Endpoints.Use.of(route.path("from"));
        if (from == null) return;
        var id = route.path("id").asText();
        var handler = pointer + "/errorHandler";
        var steps = route.path("from").path("steps");
        if (from.scheme().equals("direct")) {
            if (!route.path("errorHandler").has("noErrorHandler"))
                problems.add(
                        file.problem(
                                route.has("errorHandler") ? handler : pointer,
                                "route \"" + id
                                        + "\" would handle its failures itself, and its caller go on as if there were none: add \"errorHandler\", and \"noErrorHandler: {}\" below it"));
        } else if (route.has("errorHandler")) {
            problems.add(
                    file.problem(
                            handler,
                            "route \"" + id
                                    + "\" would be outside the error net, and what fails in it lost: take errorHandler out, or name a routeConfigurationId"));
        }
        for (var named : route.path("routeConfigurationId").asText().split(",")) {
            if (!named.isBlank() && !nets.getOrDefault(named.strip(), true))
                problems.add(
                        file.problem(
                                pointer + "/routeConfigurationId",
                                "routeConfiguration \"" + named.strip()
                                        + "\" replaces the error net and does not take every failure: end it with an onException for java.lang.Throwable that calls failures.net"));
        }
        if (IN_MEMORY.contains(from.scheme()))
            problems.add(file.problem(
                    pointer + "/from", from.scheme() + " forgets its messages when the process ends: use a queue"));
        else if (!KEEPS.contains(from.scheme()))
            problems.add(file.problem(
                    pointer + "/from",
                    "what fails of " + from.scheme()
                            + " waits nowhere and is parked nowhere: put it on a queue, and read that with sqs-batch"));
        if (!from.queue().isEmpty() && calls(steps, "failures", "drain")) drained(file, pointer + "/from/steps", steps);
        if (readsObjects(steps) && route.path("streamCache").asBoolean(true))
            problems.add(file.problem(
                    pointer, "a whole object would be read into memory: add \"streamCache: false\" to the route"));
    }

    private static boolean readsObjects(JsonNode steps) {
        return steps.findParents("uri").stream()
                .anyMatch(step -> step.path("uri").asText().startsWith("aws2-s3")
                        && step.at("/parameters/operation").asText().equals("getObject"));
    }

    /** Dead letters go back to the route they were meant for, so it has to be there. */
    private void drained(YamlFile file, String pointer, JsonNode steps) {
        for (int i = 0; i < steps.size(); i++) {
            var property = steps.get(i).path("setProperty");
            var route = property.path("constant").asText();
            if (property.path("name").asText().equals("route") && !routes.contains(route))
                problems.add(file.problem(
                        pointer + "/" + i + "/setProperty/constant",
                        "there is no route \"" + route + "\" for these dead letters: " + Names.advice(route, routes)));
        }
    }

    private void onException(YamlFile file, String pointer, JsonNode value) {
        if (pointer.matches("/\\d+/onException")) {
            problems.add(
                    file.problem(
                            pointer,
                            "an onException of its own takes this file's routes out of the error net: put it into a routeConfiguration in _shared"));
            return;
        }
        if (!value.isObject()) return;
        if (value.has("continued"))
            problems.add(file.problem(
                    pointer + "/continued",
                    "a failure would be passed over: take \"continued\" out, and call failures.net"));
        if (!calls(value.path("steps"), "failures", "net"))
            problems.add(file.problem(
                    pointer,
                    "what failed would be parked nowhere: end with a step that calls the bean failures, method net"));
        var exceptions = value.path("exception");
        for (int i = 0; i < exceptions.size(); i++) {
            var name = exceptions.get(i).asText();
            if (!isThrowable(name))
                problems.add(file.problem(
                        pointer + "/exception/" + i,
                        "there is no exception \"" + name + "\": "
                                + Names.advice(name, List.of("java.lang.Throwable", "java.lang.Exception", OUTAGE))));
            if (name.equals(OUTAGE) && !value.at("/handled/constant").asText().equals("false"))
                problems.add(
                        file.problem(
                                pointer + "/handled",
                                "an outage that counts as handled opens no circuit: write \"handled:\" with constant: \"false\""));
        }
    }

    private static boolean isThrowable(String name) {
        try {
            return Throwable.class.isAssignableFrom(Class.forName(name, false, Delivery.class.getClassLoader()));
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private void idempotent(YamlFile file, String pointer, JsonNode value) {
        var repository = value.path("idempotentRepository").asText();
        if (Beans.has(repository.replaceFirst("^#(bean:)?", "")) && !repository.matches("(#(bean:)?)?idempotent")
                || repository.isEmpty())
            problems.add(
                    file.problem(
                            pointer,
                            "only the repository \"idempotent\" knows work that was begun and not finished: set \"idempotentRepository\" to it"));
        var losing = Map.of("eager", "false", "completionEager", "true", "removeOnFailure", "false");
        losing.forEach((option, wrong) -> {
            if (value.path(option).asText().equals(wrong))
                problems.add(file.problem(
                        pointer + "/" + option,
                        "with " + option + ": " + wrong
                                + " a message that fails here can be taken for a repeat and dropped: take it out"));
        });
    }

    private void circuit(YamlFile file, String pointer, JsonNode value) {
        if (!value.isObject() || value.has("onFallback")) return;
        if (!value.path("resilience4jConfiguration")
                .path("throwExceptionWhenHalfOpenOrOpenState")
                .asBoolean())
            problems.add(
                    file.problem(
                            pointer,
                            "while it is open, messages would pass as if they had been sent: add resilience4jConfiguration: with throwExceptionWhenHalfOpenOrOpenState: true"));
    }
}
