package dev.caravan.reload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator.Feature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What has to be done so that the routes of one snapshot run instead of those of another.
 *
 * @param stop           ids of the routes that change or go, those that take messages from outside first
 * @param start          the routes that come or have changed, those that others call first
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
        stop.sort(Comparator.comparing(id -> isCalled(before.get(id))));
        var start = new ArrayList<JsonNode>();
        after.forEach((id, route) -> {
            if (changed.contains(id) || !before.containsKey(id)) start.add(route);
        });
        start.sort(Comparator.comparing(route -> !isCalled(route)));
        return new Plan(stop, start, newNet ? net : null, kamelets);
    }

    private static boolean isCalled(JsonNode route) {
        return route.at("/route/from/uri").asText().startsWith("direct");
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
