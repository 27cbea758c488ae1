package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.EndpointUriFactory;

/** The routes, as far as they can be judged without starting them: ids, who calls whom, options, beans, settings. */
final class Routes {
    /** Routes that the application calls by itself. */
    private static final Map<String, String> CALLED =
            Map.of("pimcore-call", "products/3-pimcore", "medusa-call", "products/4-medusa", "events-put", "_shared");

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
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Problem> ids = new TreeMap<>();
    private final Map<String, Problem> consumers = new TreeMap<>();
    private final Map<Problem, String> calls = new TreeMap<>();

    /** @param settings what may stand between double braces */
    Routes(List<YamlFile> files, Kamelets kamelets, Set<String> settings) {
        this.files = files;
        this.kamelets = kamelets;
        this.settings = settings;
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
            for (var file : files) {
                file.walk((pointer, value) -> look(camel, file, pointer, value, configurations));
                placeholders(file);
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        calls.forEach((where, name) -> {
            if (!consumers.containsKey(name)) {
                problems.add(new Problem(
                        where.file(),
                        where.line(),
                        "no route begins with direct:" + name + ": " + Names.advice(name, consumers.keySet())));
            }
        });
        CALLED.forEach((name, folder) -> {
            var there = files.stream()
                    .filter(file -> file.path().contains("/" + folder + "/")
                            || file.path().startsWith(folder + "/"))
                    .findFirst();
            if (!consumers.containsKey(name) && there.isPresent()) {
                problems.add(new Problem(
                        there.get().path(),
                        1,
                        "no route begins with direct:" + name + ", which the application calls: bring it back"));
            }
        });
        return problems;
    }

    private void look(CamelContext camel, YamlFile file, String pointer, JsonNode value, Set<String> configurations) {
        var name = pointer.substring(pointer.lastIndexOf('/') + 1);
        if (name.equals("route") && value.isObject()) route(file, pointer, value, configurations);
        if (name.equals("kamelet")) {
            var used = value.isTextual() ? value.asText() : value.path("name").asText();
            problems.addAll(kamelets.use(file, pointer, used.replaceFirst("[/?].*", ""), value.path("parameters")));
        }
        if (SENDING.contains(name)) endpoint(camel, file, pointer, name, value);
        if (BEANS.contains(name) && value.isTextual() && !pointer.endsWith("/parameters/" + name)) {
            var method = name.equals("ref")
                    ? file.content()
                            .at(pointer.substring(0, pointer.lastIndexOf('/')) + "/method")
                            .asText()
                    : null;
            bean(file, pointer, value.asText(), method);
        }
        if (value.isTextual()) {
            var match = IN_SIMPLE.matcher(value.asText());
            while (match.find())
                bean(file, pointer, match.group(1) == null ? match.group(3) : match.group(1), match.group(2));
        }
    }

    private void route(YamlFile file, String pointer, JsonNode route, Set<String> configurations) {
        var id = route.path("id").asText();
        if (id.isBlank()) problems.add(file.problem(pointer, "a route without an id: give it one, <flow>-<step>"));
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

    private void endpoint(CamelContext camel, YamlFile file, String pointer, String step, JsonNode value) {
        var uri = value.isTextual() ? value.asText() : value.path("uri").asText();
        if (uri.isBlank() || uri.startsWith("{{")) return;
        var question = uri.indexOf('?');
        var head = question < 0 ? uri : uri.substring(0, question);
        int colon = head.indexOf(':');
        var scheme = colon < 0 ? head : head.substring(0, colon);
        var path = colon < 0 ? "" : head.substring(colon + 1).replaceFirst("^//", "");
        var parameters = Json.object();
        if (value.path("parameters").isObject())
            value.get("parameters").properties().forEach(member -> parameters.set(member.getKey(), member.getValue()));
        if (question >= 0) {
            for (var pair : uri.substring(question + 1).split("&")) {
                var parts = pair.split("=", 2);
                parameters.put(URLDecoder.decode(parts[0], StandardCharsets.UTF_8), parts.length > 1 ? parts[1] : "");
            }
        }
        if (scheme.equals("kamelet")) {
            if (!path.matches("(source|sink).*"))
                problems.addAll(kamelets.use(file, pointer, path.replaceFirst("/.*", ""), parameters));
            return;
        }
        if (scheme.equals("direct")) {
            var name = path.isBlank() ? parameters.path("name").asText() : path;
            if (step.equals("from")) consumer(file, pointer, name);
            else if (!name.contains("$")) calls.put(file.problem(pointer, name), name);
        }
        EndpointUriFactory factory = camel.getCamelContextExtension().getEndpointUriFactory(scheme);
        if (factory == null) {
            problems.add(file.problem(
                    pointer + (value.isTextual() ? "" : "/uri"),
                    "there is no component \"" + scheme
                            + "\": its library is not part of Caravan, or the name is misspelt"));
            return;
        }
        parameters.fieldNames().forEachRemaining(option -> {
            if (!factory.propertyNames().contains(option) && !factory.isLenientProperties()) {
                problems.add(file.problem(
                        pointer + "/parameters/" + YamlFile.escaped(option),
                        scheme + " has no option \"" + option + "\": "
                                + Names.advice(option, factory.propertyNames())));
            }
        });
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
