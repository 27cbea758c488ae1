package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.outbound.Reply;
import dev.caravan.products.pimcore.Mutations.Operation;
import dev.caravan.products.pimcore.Mutations.Result;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a Pimcore needs before Caravan can write to it and read from it. Its folders are made over HTTP; classes, columns and languages can
 * only be brought in by its own console, so they are looked for, by the very queries and inputs the flow uses, and named when missing.
 */
public final class PimcoreSetup {
    /** What to do where Pimcore is installed, in order; {@code pimcore/README.md} tells the rest. */
    public static final List<String> CONSOLE = List.of(
            "bin/console pimcore:definition:import:fieldcollection FILE -f    # for each file of pimcore/fieldcollections/",
            "bin/console pimcore:definition:import:class FILE -f              # pimcore/classes/class_Category_export.json, then class_Product_export.json",
            "cp pimcore/data-hub/products.yaml var/config/data_hub/           # with your API key in it",
            "cp pimcore/config/caravan.yaml config/packages/                  # languages",
            "bin/console cache:clear && bin/console datahub:configuration:rebuild-workspaces");

    /** The part that all others need. */
    public static final String ENDPOINT = "endpoint";

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
    private static final List<String> LANGUAGES = List.of("ar", "en");

    /** How a part was found. */
    public enum State {
        THERE,
        MADE,
        MISSING
    }

    /**
     * One thing that is needed.
     *
     * @param remedy what to do when it is missing; empty when it is not
     */
    public record Part(State state, String what, String remedy) {}

    private final DataHub hub;
    private final PimcoreMapping mapping;
    private final Mutations mutations;
    private final List<Part> parts = new ArrayList<>();

    /** @param pimcore its base URL is the Data Hub endpoint, and it adds the API key */
    PimcoreSetup(Port pimcore, PimcoreMapping mapping, Clock clock) {
        this.hub = new DataHub(pimcore, clock);
        this.mapping = mapping;
        this.mutations = new Mutations(hub, 1);
    }

    /** For the Pimcore that the settings name. */
    public static PimcoreSetup of(Settings settings, Clock clock) {
        var files = RouteFiles.at(settings.text("caravan.routes"));
        return new PimcoreSetup(
                port(
                        settings.uri("pimcore.url"),
                        settings.text("pimcore.api-key"),
                        settings.duration("pimcore.timeout-seconds")),
                PimcoreMapping.compile(files.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE),
                clock);
    }

    /**
     * Looks what is there of what only Pimcore's console can bring in, and changes nothing.
     *
     * @throws TargetUnavailable when Pimcore does not answer
     */
    public List<Part> look() {
        return go(false);
    }

    /**
     * Makes what can be made over HTTP; to be run as often as one likes.
     *
     * @throws TargetUnavailable when Pimcore does not answer
     */
    public List<Part> make() {
        return go(true);
    }

    private List<Part> go(boolean make) {
        parts.clear();
        try {
            hub.ask("{ __typename }", Json.object());
        } catch (BadSettings e) {
            missing(ENDPOINT, e.getMessage());
            return List.copyOf(parts);
        }
        there(ENDPOINT);
        var complete = reading() & writing();
        // To be without folders is no lack: the first product makes them.
        if (complete && make) for (var path : List.of(Desired.PRODUCTS, Desired.CATEGORIES)) folder(path);
        return List.copyOf(parts);
    }

    /** The queries of the flow, about nothing: the endpoint names each column it does not have. */
    private boolean reading() {
        var problems = new TreeSet<String>();
        var queries = new LinkedHashMap<String, ObjectNode>();
        queries.put(PimcoreReader.QUERY, Json.object().put("products", "'/products/-'"));
        queries.put(
                Lookup.LOOK_AGAIN,
                Json.object()
                        .put("products", "{\"externalId\":\"-\"}")
                        .put("variants", "{\"externalId\":\"-\"}")
                        .put("categories", "{\"externalId\":\"-\"}")
                        .put("productPaths", "'/products/-'")
                        .put("categoryPaths", "'/categories/-'"));
        queries.put(
                PimcoreSweep.CHANGED,
                Json.object().put("filter", "{\"externalId\":\"-\"}").put("first", 1));
        queries.forEach((query, variables) ->
                hub.ask(query, variables).errors().forEach(error -> problems.add(error.message())));
        if (problems.isEmpty()) there("classes and columns to read");
        else
            problems.forEach(problem ->
                    missing("columns to read: " + problem, "import the classes and the Data Hub configuration"));
        return problems.isEmpty();
    }

    /** The inputs that the mapping makes, against those the endpoint takes. */
    private boolean writing() {
        var before = parts.size();
        var taken = inputs();
        if (taken.isEmpty()) {
            missing(
                    "columns to write cannot be looked up: introspection is switched off",
                    "check them against pimcore/data-hub/products.yaml");
            return true;
        }
        var wanted = new TreeSet<>(Set.of("published", "contentHash", "sourceVersion", "syncState"));
        var sample = mapping.apply(sample());
        for (var item : List.of(sample.path("product"), sample.path("variants").path(0)))
            item.path("input").fieldNames().forEachRemaining(wanted::add);
        lacking("Product", wanted, taken.getOrDefault("product", Set.of()));
        var category = new TreeSet<String>();
        sample.path("categories").path(0).path("input").fieldNames().forEachRemaining(category::add);
        lacking("Category", category, taken.getOrDefault("category", Set.of()));
        var languages = new TreeSet<>(LANGUAGES);
        languages.removeAll(taken.getOrDefault("texts", Set.of()));
        if (!languages.isEmpty())
            missing(
                    "languages " + String.join(", ", languages),
                    "add them to valid_languages, as in pimcore/config/caravan.yaml");
        if (parts.size() > before) return false;
        there("columns to write, and languages");
        return true;
    }

    private void lacking(String className, Set<String> wanted, Set<String> taken) {
        var lacking = wanted.stream().filter(field -> !taken.contains(field)).collect(Collectors.joining(", "));
        if (!lacking.isEmpty())
            missing("columns to write of " + className + ": " + lacking, "add them to the Data Hub configuration");
    }

    private Map<String, Set<String>> inputs() {
        var inputs = new HashMap<String, Set<String>>();
        Map.of("product", "UpdateProductInput", "category", "UpdateCategoryInput", "texts", "LocalizedString")
                .forEach((name, type) -> {
                    var data = hub.ask("{ __type(name:\"" + type + "\"){ inputFields{ name } } }", Json.object())
                            .data();
                    if (data == null) return;
                    var fields = new TreeSet<String>();
                    data.path("__type")
                            .path("inputFields")
                            .forEach(field -> fields.add(field.path("name").asText()));
                    inputs.put(name, fields);
                });
        return inputs;
    }

    private void folder(String path) {
        var query = "query Folder($path:String){ getObjectFolder(fullpath:$path){ id } }";
        var answer = hub.ask(query, Json.object().put("path", path));
        var what = "folder " + path;
        if (answer.data() != null && answer.data().path("getObjectFolder").isObject()) {
            there(what);
        } else if (mutations
                        .send(List.of(Operation.createFolder("/", path.substring(1))))
                        .get(0)
                instanceof Result.Done) {
            parts.add(new Part(State.MADE, what, ""));
        } else {
            missing(what, "make it in Pimcore's admin, or let the endpoint create object folders");
        }
    }

    private void there(String what) {
        parts.add(new Part(State.THERE, what, ""));
    }

    private void missing(String what, String remedy) {
        parts.add(new Part(State.MISSING, what, remedy));
    }

    /** As little of a product as makes the mapping name all its fields. */
    private static ObjectNode sample() {
        var product = Json.object().put("supplier", "sample").put("id", "1").put("sku", "1");
        product.putObject("name").put("en", "Sample");
        product.putArray("categories")
                .addObject()
                .put("id", "1")
                .put("level", 1)
                .putObject("name")
                .put("en", "Sample");
        product.putArray("variants").addObject().put("sku", "1").put("stock", 1).putObject("options");
        return product;
    }

    private static Port port(URI endpoint, String key, Duration patience) {
        var http = HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build();
        return call -> send(http, endpoint, key, patience, call);
    }

    private static Reply send(HttpClient http, URI endpoint, String key, Duration patience, Call call) {
        var request = HttpRequest.newBuilder(endpoint)
                .timeout(patience)
                .header("X-API-Key", key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(call.body()))
                .build();
        try {
            var answer = http.send(request, BodyHandlers.ofByteArray());
            var headers = new HashMap<String, String>();
            answer.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
            return new Reply(answer.statusCode(), headers, answer.body());
        } catch (IOException e) {
            throw new TargetUnavailable(
                    "pimcore", "Pimcore does not answer at " + endpoint + ": check PIMCORE_URL", null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TargetUnavailable("pimcore", "Pimcore was not waited for", null, e);
        }
    }
}
