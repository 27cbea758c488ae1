package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.SqsBatchEndpoint;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.camel.CatalogCamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spi.EndpointUriFactory;

/** The endpoints that routes name: whether their component is there, and what is wrong with their options. */
final class Endpoints {
    /** Our own component, with the options of {@code aws2-sqs}. */
    private static final String OURS = "sqs-batch";

    /** The components Caravan carries and routes may want. */
    static final Set<String> COMPONENTS = Set.of(
            "aws2-eventbridge",
            "aws2-s3",
            "aws2-sqs",
            "bean",
            "class",
            "direct",
            "file",
            "http",
            "https",
            "kamelet",
            "log",
            "micrometer",
            "platform-http",
            OURS,
            "timer");

    /** Camel's HTTP component takes them on the endpoint, though its description gives them to the component. */
    private static final Set<String> HTTP_TIMEOUTS =
            Set.of("connectTimeout", "responseTimeout", "soTimeout", "connectionRequestTimeout");

    private static final List<String> NEEDED_TIMEOUTS = List.of("connectTimeout", "responseTimeout");
    private static final Set<String> DYNAMIC = Set.of("toD", "enrich", "pollEnrich", "poll");
    private static final Pattern SIMPLE = Pattern.compile("\\$\\{([^{}]*)}");
    private static final Pattern MISSING = Pattern.compile("Option (\\w+) is required.*", Pattern.DOTALL);
    private static final Pattern ANY_NUMBER = Pattern.compile("-?\\d+");
    private static final Pattern ANY_TIME = Pattern.compile("-?(\\d+(ms|[dhms])?)+");

    /** Read once: they are long, and do not change. */
    private static final Map<String, JsonNode> DESCRIPTIONS = new ConcurrentHashMap<>();

    private final CatalogCamelContext camel;
    private final Set<String> settings;
    private final List<Problem> problems = new ArrayList<>();
    private final Set<String> headers = new TreeSet<>();

    /** @param settings what may stand between double braces */
    Endpoints(CatalogCamelContext camel, Set<String> settings) {
        this.camel = camel;
        this.settings = settings;
    }

    /**
     * A use of an endpoint.
     *
     * @param scheme     the component's name; empty when a setting says it
     * @param path       what follows it in the URI, up to a question mark
     * @param parameters all options, wherever they stand
     */
    record Use(String scheme, String path, ObjectNode parameters) {
        /** Null where no endpoint is named. */
        static Use of(JsonNode value) {
            var uri = value.isTextual() ? value.asText() : value.path("uri").asText();
            if (uri.isBlank()) return null;
            var parameters = Json.object();
            if (value.path("parameters").isObject())
                value.get("parameters")
                        .properties()
                        .forEach(member -> parameters.set(member.getKey(), member.getValue()));
            int question = uri.indexOf('?');
            if (question >= 0) {
                for (var pair : uri.substring(question + 1).split("&")) {
                    var parts = pair.split("=", 2);
                    parameters.put(
                            URLDecoder.decode(parts[0], StandardCharsets.UTF_8), parts.length > 1 ? parts[1] : "");
                }
            }
            var head = question < 0 ? uri : uri.substring(0, question);
            if (head.startsWith("{{")) return new Use("", head, parameters);
            int colon = head.indexOf(':');
            return colon < 0
                    ? new Use(head, "", parameters)
                    : new Use(
                            head.substring(0, colon), head.substring(colon + 1).replaceFirst("^//", ""), parameters);
        }

        /** The name behind {@code direct:}, however it is written. */
        String direct() {
            return path.isBlank() ? parameters.path("name").asText() : path;
        }

        /** The queue that is read, placeholders as they stand; empty when none is. */
        String queue() {
            return scheme.equals(OURS) || scheme.equals("aws2-sqs")
                    ? path.isBlank() ? parameters.path("queueNameOrArn").asText() : path
                    : "";
        }

        boolean http() {
            return scheme.isEmpty() || scheme.equals("http") || scheme.equals("https");
        }
    }

    /** @param step how the endpoint is used: {@code from}, {@code to} … */
    List<Problem> problems(YamlFile file, String pointer, String step, JsonNode value, Use use) {
        problems.clear();
        var uri = pointer + (value.isTextual() ? "" : "/uri");
        if (!value.isTextual()
                && value.path("uri").asText().contains("?")
                && value.path("parameters").isObject())
            problems.add(
                    file.problem(
                            uri,
                            "options stand in the uri and below parameters:, and Camel takes them from one place only: move those in the uri below parameters:"));
        var factory =
                use.scheme().isEmpty() ? null : camel.getCamelContextExtension().getEndpointUriFactory(use.scheme());
        if (factory == null && !use.scheme().isEmpty()) {
            problems.add(file.problem(
                    uri, "there is no component \"" + use.scheme() + "\": " + Names.advice(use.scheme(), COMPONENTS)));
            return problems;
        }
        var description = use.http() ? description("http") : description(use.scheme());
        if (description.at("/component/producerOnly").asBoolean() && step.equals("from"))
            problems.add(file.problem(uri, use.scheme() + " can only be sent to, not read from: begin with another"));
        if (description.at("/component/consumerOnly").asBoolean() && !step.equals("from"))
            problems.add(file.problem(uri, use.scheme() + " can only be read from, not sent to: send to another"));
        if (factory != null && !use.http()) missing(file, pointer, use, factory);
        var known = new TreeSet<String>();
        if (use.http()) known.addAll(HTTP_TIMEOUTS);
        description.path("properties").fieldNames().forEachRemaining(known::add);
        if (factory != null) known.addAll(factory.propertyNames());
        use.parameters().properties().forEach(option -> {
            var at = pointer + "/parameters/" + YamlFile.escaped(option.getKey());
            if (!known.isEmpty() && !known.contains(option.getKey()))
                problems.add(file.problem(
                        at,
                        (use.scheme().isEmpty() ? "http" : use.scheme()) + " has no option \"" + option.getKey()
                                + "\": " + Names.advice(option.getKey(), known)));
            else if (!DYNAMIC.contains(step))
                value(file, at, option.getKey(), option.getValue().asText(), description);
        });
        if (use.http() && !step.equals("from")) call(file, pointer, uri, use);
        return problems;
    }

    private void missing(YamlFile file, String pointer, Use use, EndpointUriFactory factory) {
        var options = new HashMap<String, Object>();
        use.parameters()
                .properties()
                .forEach(
                        option -> options.put(option.getKey(), option.getValue().asText()));
        try {
            if (use.path().isBlank()) factory.buildUri(use.scheme(), options, false);
        } catch (IllegalArgumentException e) {
            var missing = MISSING.matcher(String.valueOf(e.getMessage()));
            if (missing.matches())
                problems.add(file.problem(
                        pointer + "/parameters",
                        use.scheme() + " needs \"" + missing.group(1) + "\": add it to the parameters"));
        } catch (URISyntaxException e) {
            problems.add(file.problem(pointer, "not a URI: " + e.getMessage() + ": write uri: and parameters:"));
        }
    }

    private void value(YamlFile file, String at, String option, String text, JsonNode description) {
        var simple = SIMPLE.matcher(text);
        if (simple.find()) {
            var name = simple.group(1).replaceFirst("^properties:", "");
            problems.add(file.problem(
                    at,
                    "\"" + option + "\" is read before there is a message, so ${" + simple.group(1)
                            + "} stays as it is: "
                            + (settings.contains(name)
                                    ? "a setting is written {{" + name + "}}"
                                    : "write a setting in double braces, or use toD:")));
            return;
        }
        if (text.contains("{{") || text.startsWith("#")) return;
        var about = description.at("/properties/" + YamlFile.escaped(option));
        var type = about.path("type").asText();
        var choices = new TreeSet<String>();
        about.path("enum").forEach(choice -> choices.add(choice.asText()));
        if (!choices.isEmpty() && !choices.contains(text))
            problems.add(
                    file.problem(at, "\"" + option + "\" cannot be \"" + text + "\": " + Names.advice(text, choices)));
        else if (type.equals("boolean") && !text.matches("true|false"))
            problems.add(file.problem(at, "\"" + option + "\" is \"" + text + "\": write true or false"));
        else if (type.equals("integer")
                && !(about.path("javaType").asText().equals("long") ? ANY_TIME : ANY_NUMBER)
                        .matcher(text)
                        .matches())
            problems.add(file.problem(at, "\"" + option + "\" is \"" + text + "\": write a whole number"));
        else if (type.equals("duration") && !ANY_TIME.matcher(text).matches())
            problems.add(file.problem(
                    at, "\"" + option + "\" is \"" + text + "\": write a time in milliseconds, or such as 10s"));
    }

    /** Who does not answer must not hold a route for ever. */
    private void call(YamlFile file, String pointer, String uri, Use use) {
        if (!use.scheme().isEmpty() && !use.path().startsWith("{{"))
            problems.add(
                    file.problem(uri, "the host is written out: make it a setting, and write it in double braces"));
        for (var timeout : NEEDED_TIMEOUTS) {
            var given = use.parameters().path(timeout).asText();
            var number = given.replaceAll("\\{\\{[^{}]*}}", "");
            var at = pointer + "/parameters" + (given.isEmpty() ? "" : "/" + timeout);
            if (!number.matches("\\d*"))
                problems.add(file.problem(at, "\"" + timeout + "\" is \"" + given + "\": write a whole number"));
            else if (given.isEmpty() || given.equals("0"))
                problems.add(file.problem(
                        at, "a call without \"" + timeout + "\" can wait for ever: add it, in milliseconds"));
        }
    }

    /** What is wrong with a header's name; empty when nothing is. A header for Camel that no component reads is lost in silence. */
    Optional<String> header(String name) {
        var known = headers();
        if (known.contains(name)) return Optional.empty();
        if (!name.startsWith("Camel") && known.stream().noneMatch(one -> Names.distance(name, one) <= 2))
            return Optional.empty();
        return Optional.of("no component knows header \"" + name + "\": " + Names.advice(name, known));
    }

    /** Of all components and of Camel itself. */
    private Set<String> headers() {
        if (headers.isEmpty()) {
            for (var component : COMPONENTS)
                description(component).path("headers").fieldNames().forEachRemaining(headers::add);
            for (var constant : Exchange.class.getFields()) {
                try {
                    if (constant.get(null) instanceof String header && header.startsWith("Camel")) headers.add(header);
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return headers;
    }

    /** What Camel tells of a component; of our own, what it tells of the one whose options it has. */
    private JsonNode description(String scheme) {
        return DESCRIPTIONS.computeIfAbsent(scheme, name -> {
            try {
                var json = camel.getComponentParameterJsonSchema(name.equals(OURS) ? "aws2-sqs" : name);
                var description = json == null ? Json.object() : (ObjectNode) Json.read(json);
                if (name.equals(OURS)) describeOurs(description);
                return description;
            } catch (IOException e) {
                throw new UncheckedIOException("no description of " + name, e);
            }
        });
    }

    /** Options of our own component that the other one does not have. */
    private static void describeOurs(ObjectNode description) {
        description.putObject("component");
        var options = description.withObject("/properties");
        for (var method : SqsBatchEndpoint.class.getDeclaredMethods()) {
            if (!method.getName().startsWith("set") || method.getParameterCount() != 1) continue;
            var option = Character.toLowerCase(method.getName().charAt(3))
                    + method.getName().substring(4);
            var type = method.getParameterTypes()[0];
            if (type == int.class || type == long.class)
                options.withObjectProperty(option).put("type", "integer");
        }
    }
}
