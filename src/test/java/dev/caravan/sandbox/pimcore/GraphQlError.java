package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import graphql.language.SourceLocation;
import java.util.List;

/**
 * An error as Data Hub writes it.
 *
 * @param location where in the query, null when nowhere
 * @param path     to the field that failed, null when the request was not carried out at all
 */
record GraphQlError(String message, SourceLocation location, List<Object> path) {
    ObjectNode json() {
        var json = Json.object().put("message", message);
        if (location != null)
            json.putArray("locations")
                    .addObject()
                    .put("line", location.getLine())
                    .put("column", location.getColumn());
        if (path != null) json.set("path", Json.mapper().valueToTree(path));
        return json;
    }
}
