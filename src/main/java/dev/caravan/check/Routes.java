package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;

/** The routes, as far as they can be judged without starting them: ids, who calls whom, options, beans, settings. */
final class Routes {
    /** Routes that the application calls by itself, and where they are. */
    private static final Map<String, String> CALLED = Map.of(
            "pimcore-call",
            "_shared/pimcore.camel.yaml",
            "medusa-call",
            "_shared/medusa.camel.yaml",
            "tasks-handle-log",
            "tasks/2-work/handle-log.camel.yaml",
            "tasks-notify-call",
            "tasks/2-work/notify.camel.yaml",
            "events-put",
            "_shared/events.camel.yaml");

    /** What begins so is called for tasks of the kind that follows. */
    private static final String HANDLER = "tasks-handle-";

    private static final Set<String> SENDING = Set.of(
            "to", "toD", "wireTap", "enrich", "pollEnrich", "poll", "from", "interceptFrom", "interceptSendToEndpoint");
    private static final Set<String> BEANS = Set.of(
            "ref",
            "routePolicy",
            "idempotentRepository",
            "aggregationStrategy",
            "aggregationRepository",
            "executorService",
            "onPrepare");
    private static final Pattern IN_SIMPLE =
            Pattern.compile("\\$\\{bean:([A-Za-z0-9_-]+)(?:\\?method=([A-Za-z0-9_]+))?[^}]*}|#bean:([A-Za-z0-9_-]+)");

    private final List<YamlFile> files;
    private final Kamelets kamelets;
    private final Set<String> settings;
    private final boolean whole;
    private final List<Problem> problems = new ArrayList<>();
    private Endpoints endpoints;
    private final Map<String, Problem> ids = new TreeMap<>();
    private final Map<String, Problem> consumers = new TreeMap<>();
    private final Map<Problem, String> calls = new TreeMap<>();

    /**
     * @param settings what may stand between double braces
     * @param whole    whether these are all files there are, so that what is in none of them is nowhere
     */
    Routes(List<YamlFile> files, Kamelets kamelets, Set<String> settings, boolean whole) {
        this.files = files;
        this.kamelets = kamelets;
        this.settings = settings;
        this.whole = whole;
    }

    List<Problem> problems() {
        var configurations = new TreeSet<String>();
        for (var file : files) {
            file.walk((pointer, value) -> {
                if (pointer.endsWith("/routeConfiguration") && value.has("id"))
                    configurations.add(value.get("id").asText());
            });
        }
        try (var camel = new DefaultCamelContext()) {
            endpoints = new Endpoints(camel, settings);
            var expressions = new Expressions(camel, files);
            var secrets = new Secrets(kamelets);
            for (var file : files) {
                file.walk((pointer, value) -> look(file, pointer, value, configurations));
                placeholders(file);
                problems.addAll(expressions.problems(file));
                problems.addAll(secrets.problems(file));
            }
            for (var kamelet : kamelets.files()) {
                kamelet.walk((pointer, value) -> {
                    if (pointer.startsWith("/spec/template")) look(kamelet, pointer, value, configurations);
                });
                problems.addAll(expressions.problems(kamelet));
                problems.addAll(secrets.problems(kamelet));
            }
            problems.addAll(new Delivery(files, whole).problems());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (whole) called();
        return problems;
    }

    private void called() {
        calls.forEach((where, name) -> {
            if (!consumers.containsKey(name)) {
                problems.add(new Problem(
                        where.file(),
                        where.line(),
                        where.column(),
                        "no route begins with direct:" + name + ": " + Names.advice(name, consumers.keySet())));
            }
        });
        CALLED.forEach((name, place) -> {
            if (consumers.containsKey(name)) return;
            var folder = place.substring(0, place.lastIndexOf('/') + 1);
            files.stream()
                    .map(YamlFile::path)
                    .filter(path -> path.contains("/" + folder) || path.startsWith(folder))
                    .min(Comparator.comparing(path -> !path.endsWith(place)))
                    .ifPresent(path -> problems.add(new Problem(
                            path,
                            1,
                            "no route begins with direct:" + name + ", which the application calls: bring it back")));
        });
        var wanted = new TreeSet<>(calls.values());
        wanted.addAll(CALLED.keySet());
        var unanswered =
                wanted.stream().filter(name -> !consumers.containsKey(name)).toList();
        consumers.forEach((name, where) -> {
            if (!wanted.contains(name) && !name.startsWith(HANDLER))
                problems.add(new Problem(
                        where.file(),
                        where.line(),
                        where.column(),
                        "nobody calls direct:" + name + ": " + Names.advice(name, unanswered)));
        });
    }

    private void look(YamlFile file, String pointer, JsonNode value, Set<String> configurations) {
        var name = pointer.substring(pointer.lastIndexOf('/') + 1);
        if (name.equals("route") && value.isObject()) route(file, pointer, value, configurations);
        if ((name.equals("bean") || name.equals("method")) && value.isObject()) called(file, pointer, value);
        if (name.equals("kamelet")) {
            var used = value.isTextual() ? value.asText() : value.path("name").asText();
            problems.addAll(kamelets.use(file, pointer, used.replaceFirst("[/?].*", ""), value.path("parameters")));
        }
        if (name.equals("setHeader") && value.path("name").isTextual())
            endpoints
                    .header(value.get("name").asText())
                    .ifPresent(wrong -> problems.add(file.problem(pointer + "/name", wrong)));
        if (SENDING.contains(name)) endpoint(file, pointer, name, value);
        if (BEANS.contains(name) && value.isTextual() && !pointer.endsWith("/parameters/" + name)) {
            var holder = pointer.substring(0, pointer.lastIndexOf('/'));
            var method = name.equals("ref") && holder.matches(".*/(bean|method)")
                    ? file.content().at(holder + "/method").asText()
                    : null;
            bean(file, pointer, value.asText(), method);
        }
        if (value.isTextual()) {
            var match = IN_SIMPLE.matcher(value.asText());
            while (match.find())
                bean(file, pointer, match.group(1) == null ? match.group(3) : match.group(1), match.group(2));
        }
    }

    private void called(YamlFile file, String pointer, JsonNode step) {
        if (!step.has("ref") && !step.has("beanType"))
            problems.add(file.problem(pointer, "which bean is called? add \"ref\", the bean's name"));
    }

    private void route(YamlFile file, String pointer, JsonNode route, Set<String> configurations) {
        var id = route.path("id").asText();
        if (route.path("group").asText().isBlank())
            problems.add(file.problem(pointer, "route \"" + id + "\" has no group: name its flow"));
        if (id.isBlank()) problems.add(file.problem(pointer, "a route without an \"id\": give it one, <flow>-<step>"));
        else if (ids.containsKey(id)) {
            var first = ids.get(id);
            problems.add(file.problem(
                    pointer + "/id",
                    "route id \"" + id + "\" is taken by " + first.file() + ":" + first.line() + ": choose another"));
        } else ids.put(id, file.problem(pointer + "/id", ""));
        if (route.path("description").asText().isBlank())
            problems.add(file.problem(
                    pointer,
                    "route \"" + id + "\" has no description: say in a sentence what comes in and what goes out"));
        var configuration = route.path("routeConfigurationId").asText();
        for (var one : configuration.isBlank() ? new String[0] : configuration.split(",")) {
            if (!configurations.contains(one.strip())) {
                problems.add(file.problem(
                        pointer + "/routeConfigurationId",
                        "there is no routeConfiguration \"" + one.strip() + "\": "
                                + Names.advice(one, configurations)));
            }
        }
    }

    private void endpoint(YamlFile file, String pointer, String step, JsonNode value) {
        var use = Endpoints.Use.of(value);
        if (use == null) return;
        if (use.scheme().equals("kamelet")) {
            if (!use.path().matches("(source|sink).*"))
                problems.addAll(kamelets.use(file, pointer, use.path().replaceFirst("/.*", ""), use.parameters()));
            return;
        }
        if (use.scheme().equals("direct")) {
            var at = pointer + "/parameters/name";
            if (step.equals("from")) consumer(file, at, use.direct());
            else if (!use.direct().contains("$")) calls.put(file.problem(at, use.direct()), use.direct());
        }
        problems.addAll(endpoints.problems(file, pointer, step, value, use));
    }

    private void consumer(YamlFile file, String pointer, String name) {
        var other = consumers.putIfAbsent(name, file.problem(pointer, ""));
        if (other != null) {
            problems.add(file.problem(
                    pointer,
                    "direct:" + name + " has a route already, " + other.file() + ":" + other.line()
                            + ": a direct: name begins one route only"));
        }
    }

    private void bean(YamlFile file, String pointer, String name, String method) {
        if (name.contains("{{")) return;
        var wrong = Beans.wrong(name.replaceFirst("^#(bean:)?", ""), method);
        if (wrong == null) return;
        var called = pointer.endsWith("/ref") && Beans.has(name)
                ? pointer.substring(0, pointer.length() - "ref".length()) + "method"
                : pointer;
        problems.add(file.problem(called, wrong));
    }

    private void placeholders(YamlFile file) {
        for (var text : file.texts()) {
            for (var name : Placeholders.in(text.getValue())) {
                if (!settings.contains(name))
                    problems.add(file.problem(
                            text.getKey(), "{{" + name + "}} is no setting: " + Names.advice(name, settings)));
            }
        }
    }
}
