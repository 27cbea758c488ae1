package dev.caravan.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The routes as a picture: what each begins with, which others it calls, and whom it talks to. Read from the files, so it is what runs. */
public final class Flows {
    private static final YAMLMapper YAML = new YAMLMapper();

    /** What an endpoint is about: the first of these parameters that it has. */
    private static final List<String> SUBJECTS =
            List.of("queueNameOrArn", "bucketNameOrArn", "eventbusNameOrArn", "timerName");

    /**
     * A route.
     *
     * @param from    what it begins with; for a route others call, {@code direct} and its name
     * @param calls   ids or names of the routes it calls, in order
     * @param targets other endpoints and Kamelets it sends to, in order
     * @param beans   {@code bean.method} of its steps, in order
     */
    private record Flow(
            String id, String group, Endpoint from, Set<String> calls, Set<String> targets, Set<String> beans) {}

    /** @param subject queue, bucket, timer or route, with placeholders; may be empty */
    private record Endpoint(String scheme, String subject) {
        static Endpoint of(JsonNode step) {
            var uri = step.isTextual() ? step.asText() : step.path("uri").asText();
            var head = uri.replaceFirst("\\?.*", "");
            int colon = head.indexOf(':');
            var scheme = colon < 0 ? head : head.substring(0, colon);
            var parameters = step.path("parameters");
            var subject = colon >= 0
                    ? head.substring(colon + 1)
                    : SUBJECTS.stream()
                            .filter(parameters::has)
                            .map(name -> parameters.get(name).asText())
                            .findFirst()
                            .orElse(parameters.path("name").asText());
            return new Endpoint(scheme, subject);
        }

        boolean isRoute() {
            return scheme.equals("direct");
        }

        boolean isQueue() {
            return scheme.equals("sqs-batch");
        }

        @Override
        public String toString() {
            var name = subject.replace("{{", "").replace("}}", "");
            return (isQueue() ? "SQS" : scheme) + (name.isEmpty() ? "" : " " + name);
        }
    }

    private final List<Flow> flows = new ArrayList<>();

    private Flows() {}

    /** @throws BadSettings when a route file is not YAML; {@code check} says more */
    public static Flows of(RouteFiles files) {
        var flows = new Flows();
        for (var path : files.endingWith(".camel.yaml")) {
            try {
                for (var item : YAML.readTree(files.bytes(path))) {
                    if (item.has("route")) flows.flows.add(flow(item.get("route")));
                }
            } catch (IOException e) {
                throw new BadSettings(path + ": not YAML: ./caravan check says where");
            }
        }
        return flows;
    }

    private static Flow flow(JsonNode route) {
        var calls = new LinkedHashSet<String>();
        var targets = new LinkedHashSet<String>();
        var beans = new LinkedHashSet<String>();
        steps(route.path("from").path("steps"), calls, targets, beans);
        return new Flow(
                route.path("id").asText(),
                route.path("group").asText(),
                Endpoint.of(route.path("from")),
                calls,
                targets,
                beans);
    }

    /** What the routes read from SQS, as their files have it: names or ARNs, with placeholders. */
    public Set<String> queues() {
        return flows.stream()
                .map(Flow::from)
                .filter(Endpoint::isQueue)
                .map(Endpoint::subject)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static void steps(JsonNode part, Set<String> calls, Set<String> targets, Set<String> beans) {
        part.properties().forEach(step -> {
            var value = step.getValue();
            switch (step.getKey()) {
                case "to", "toD", "wireTap", "enrich", "pollEnrich" -> {
                    var to = Endpoint.of(value);
                    if (to.isRoute()) calls.add(to.subject());
                    else targets.add(to.toString());
                }
                case "kamelet" ->
                    targets.add(
                            value.isTextual()
                                    ? value.asText()
                                    : value.path("name").asText());
                case "bean", "method" -> {
                    if (value.has("ref"))
                        beans.add(value.get("ref").asText() + "."
                                + value.path("method").asText());
                }
                default -> {}
            }
        });
        for (var inner : part) steps(inner, calls, targets, beans);
    }

    /** For people at a terminal: by group, each route with what it begins with, and below it what it calls. */
    public String text() {
        var text = new StringBuilder();
        byGroup().forEach((group, routes) -> {
            text.append(text.isEmpty() ? "" : "\n").append(group).append('\n');
            for (var flow : routes) {
                text.append(
                        "  %-28s %s\n".formatted(flow.id(), flow.from().isRoute() ? "called" : "from " + flow.from()));
                if (!flow.beans().isEmpty()) text.append("      %s\n".formatted(String.join(", ", flow.beans())));
                flow.calls().forEach(call -> text.append("      -> %s\n".formatted(call)));
                flow.targets().forEach(target -> text.append("      => %s\n".formatted(target)));
            }
        });
        return text.toString();
    }

    /** For Markdown: a flowchart, the routes in boxes by group; dotted is what the application calls by itself. */
    public String mermaid() {
        var chart = new StringBuilder("flowchart LR\n");
        byGroup().forEach((group, routes) -> {
            chart.append("  subgraph %s\n".formatted(group));
            routes.forEach(flow -> chart.append("    %s\n".formatted(flow.id())));
            chart.append("  end\n");
        });
        var called = new LinkedHashSet<String>();
        flows.forEach(flow -> called.addAll(flow.calls()));
        for (var flow : flows) {
            if (!flow.from().isRoute())
                chart.append("  %s%s --> %s\n".formatted(id(flow.from().toString()), shape(flow.from()), flow.id()));
            else if (!called.contains(flow.from().subject()))
                chart.append("  application([\"the application\"]) -.-> %s\n".formatted(flow.id()));
            for (var call : flow.calls()) chart.append("  %s --> %s\n".formatted(flow.id(), route(call)));
            for (var target : flow.targets())
                chart.append("  %s --> %s[\"%s\"]\n".formatted(flow.id(), id(target), target));
        }
        return chart.toString();
    }

    private static String shape(Endpoint from) {
        return from.scheme().equals("timer") ? "((\"" + from + "\"))" : "[/\"" + from + "\"/]";
    }

    /** The route behind a direct: name. */
    private String route(String name) {
        return first(flow -> flow.from().isRoute() && flow.from().subject().equals(name), name);
    }

    private String first(Predicate<Flow> wanted, String otherwise) {
        return flows.stream().filter(wanted).map(Flow::id).findFirst().orElse(otherwise);
    }

    private static String id(String name) {
        return name.replaceAll("[^A-Za-z0-9]+", "_");
    }

    private Map<String, Collection<Flow>> byGroup() {
        var groups = new TreeMap<String, Collection<Flow>>();
        flows.forEach(flow ->
                groups.computeIfAbsent(flow.group(), name -> new ArrayList<>()).add(flow));
        return groups;
    }
}
