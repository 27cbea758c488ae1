package dev.caravan.sandbox.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Which path is answered by what. The first route that fits wins, so literal paths are registered before those with {@code :id}. */
final class Routes {
    private final List<Route> routes = new ArrayList<>();

    /** @param label method and pattern, for the counters */
    record Route(String label, String method, String[] pattern, Function<Request, Answer> handler) {}

    record Match(String label, Request request, Function<Request, Answer> handler) {
        Answer answer() {
            return handler.apply(request);
        }
    }

    void get(String pattern, Function<Request, JsonNode> handler) {
        add("GET", pattern, json(handler));
    }

    void post(String pattern, Function<Request, JsonNode> handler) {
        add("POST", pattern, json(handler));
    }

    void delete(String pattern, Function<Request, JsonNode> handler) {
        add("DELETE", pattern, json(handler));
    }

    void add(String method, String pattern, Function<Request, Answer> handler) {
        routes.add(new Route(method + " " + pattern, method, pattern.split("/"), handler));
    }

    /** @return null when no route fits */
    Match find(Request request) {
        var path = request.path().split("/");
        for (var route : routes) {
            var ids = route.method().equals(request.method()) ? fit(route.pattern(), path) : null;
            if (ids != null) return new Match(route.label(), request.at(ids), route.handler());
        }
        return null;
    }

    /** A page of hits as {@code limit} and {@code offset} ask for, with the count of all. */
    static <T> ObjectNode page(
            Request request, String name, List<T> hits, int usualLimit, Function<T, ObjectNode> view) {
        var limit = request.number("limit", usualLimit);
        var offset = request.number("offset", 0);
        var page = JsonNodeFactory.instance.objectNode();
        var rows = page.putArray(name);
        hits.stream().skip(offset).limit(limit).map(view).forEach(rows::add);
        return page.put("count", hits.size()).put("offset", offset).put("limit", limit);
    }

    static ObjectNode wrapped(String name, ObjectNode entity) {
        return JsonNodeFactory.instance.objectNode().set(name, entity);
    }

    static ObjectNode deleted(String id, String object) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", object)
                .put("deleted", true);
    }

    static List<ObjectNode> objects(JsonNode array) {
        var objects = new ArrayList<ObjectNode>();
        array.forEach(item -> objects.add((ObjectNode) item));
        return objects;
    }

    static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(item -> texts.add(item.textValue()));
        return texts;
    }

    private static Function<Request, Answer> json(Function<Request, JsonNode> handler) {
        return request -> Answer.of(200, handler.apply(request));
    }

    private static Map<String, String> fit(String[] pattern, String[] path) {
        if (pattern.length != path.length) return null;
        var ids = new HashMap<String, String>();
        for (int i = 0; i < pattern.length; i++) {
            if (pattern[i].startsWith(":")) ids.put(pattern[i].substring(1), path[i]);
            else if (!pattern[i].equals(path[i])) return null;
        }
        return ids;
    }
}
