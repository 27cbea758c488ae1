package dev.caravan.reload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator.Feature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What has to be done so that the routes of one snapshot run instead of those of another.
 *
 * @param stop           ids of the routes that change or go, each before those it calls
 * @param start          the routes that come or have changed, each behind those it calls
 * @param configurations the error net and its like, when they change; null when they stay
 * @param kamelets       names of the Kamelets that change
 */
record Plan(List<String> stop, List<JsonNode> start, List<JsonNode> configurations, Set<String> kamelets) {
    private static final YAMLMapper YAML = new YAMLMapper();

    /** @param runs whether this instance runs the routes of a file */
    static Plan between(Snapshot old, Snapshot edited, Predicate<String> runs) {
        var before = old.routes(runs);
        var after = edited.routes(runs);
        var net = edited.configurations(runs);
        var newNet = !net.equals(old.configurations(runs));
        var kamelets = edited.changedKamelets(old);
        var changed = new LinkedHashSet<String>();
        before.forEach((id, route) -> {
            // The net is woven into a route when the route is made.
            if (newNet || !route.equals(after.get(id)) || uses(route, kamelets)) changed.add(id);
        });
        var stop = new ArrayList<>(changed);
        stop.sort(Comparator.comparing(id -> depth(before.get(id), before.values(), 0)));
        var start = new ArrayList<JsonNode>();
        after.forEach((id, route) -> {
            if (changed.contains(id) || !before.containsKey(id)) start.add(route);
        });
        start.sort(Comparator.comparing((JsonNode route) -> depth(route, after.values(), 0))
                .reversed());
        return new Plan(stop, start, newNet ? net : null, kamelets);
    }

    /** How many routes a message may have gone through before it comes to this one; 0 for one that begins outside. */
    private static int depth(JsonNode route, Collection<JsonNode> all, int so) {
        var name = direct(route.at("/route/from"));
        if (name.isEmpty()) return 0;
        int deepest = 1;
        for (var other : all) {
            // Not for ever, should routes call each other in a circle.
            if (so < all.size() && calls(other.at("/route/from/steps"), name))
                deepest = Math.max(deepest, 1 + depth(other, all, so + 1));
        }
        return deepest;
    }

    private static boolean calls(JsonNode steps, String name) {
        if (name.equals(direct(steps.path("to")))) return true;
        for (var part : steps) if (calls(part, name)) return true;
        return false;
    }

    /** The name behind {@code direct:}; empty for any other endpoint. */
    private static String direct(JsonNode endpoint) {
        var uri =
                endpoint.isTextual() ? endpoint.asText() : endpoint.path("uri").asText();
        if (uri.equals("direct")) return endpoint.at("/parameters/name").asText();
        return uri.startsWith("direct:") ? uri.substring("direct:".length()).replaceFirst("\\?.*", "") : "";
    }

    private static boolean uses(JsonNode route, Set<String> kamelets) {
        for (var used : route.findValues("kamelet")) {
            var name = used.isTextual() ? used.asText() : used.path("name").asText();
            if (kamelets.contains(name.replaceFirst("[/?].*", ""))) return true;
        }
        return route.findValuesAsText("uri").stream()
                .anyMatch(uri -> uri.startsWith("kamelet:")
                        && kamelets.contains(uri.replaceFirst("kamelet:/*", "").replaceFirst("[/?].*", "")));
    }

    boolean isEmpty() {
        return stop.isEmpty() && start.isEmpty() && configurations == null;
    }

    /** Ids of the routes that start. */
    List<String> starting() {
        return start.stream().map(route -> route.at("/route/id").asText()).toList();
    }

    /** What starts, as a file of routes. */
    String yaml() {
        var items = Json.array();
        if (configurations != null) items.addAll(configurations);
        items.addAll(start);
        try {
            return YAML.writer().without(Feature.SPLIT_LINES).writeValueAsString(items);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
