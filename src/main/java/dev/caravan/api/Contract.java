package dev.caravan.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api.Answer;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.util.Set;

/**
 * What the public port promises, as OpenAPI 3.1: the {@code openapi.json} beside the routes of each flow, and in {@code _shared} what they have in
 * common, put together into one document.
 */
public final class Contract {
    private static final String NAME = "openapi.json";
    private static final String SHARED = "_shared/" + NAME;

    private Contract() {}

    /**
     * The whole document.
     *
     * @throws BadSettings when a part of it is no JSON object, or two parts say different things at one place
     */
    public static ObjectNode of(RouteFiles files) {
        var whole = Json.object();
        if (files.has(SHARED)) add(whole, files, SHARED);
        for (var path : files.endingWith("/" + NAME)) if (!path.equals(SHARED)) add(whole, files, path);
        return whole;
    }

    /** Serves it, at {@code /openapi.json}, to anybody. */
    public static void addTo(Api api, RouteFiles files) {
        var document = of(files);
        api.onAny("GET", "/" + NAME, Set.of(), request -> {
            Media.mustWantJson(request);
            return Answer.ok(document);
        });
    }

    private static void add(ObjectNode whole, RouteFiles files, String path) {
        try {
            if (!(Json.read(files.bytes(path)) instanceof ObjectNode part))
                throw new BadSettings(path + ":1: it is no JSON object, and so no OpenAPI document");
            add(whole, part, path, "");
        } catch (BadMessage e) {
            throw new BadSettings(path + ":1: it is no JSON: " + e.getMessage());
        }
    }

    private static void add(ObjectNode whole, ObjectNode part, String path, String pointer) {
        for (var member : part.properties()) {
            var known = whole.get(member.getKey());
            if (known == null) whole.set(member.getKey(), member.getValue());
            else if (known instanceof ObjectNode inside && member.getValue() instanceof ObjectNode more)
                add(inside, more, path, pointer + "/" + member.getKey());
            else if (!known.equals(member.getValue()))
                throw new BadSettings(path + ":1: another " + NAME + " says something else at " + pointer + "/"
                        + member.getKey() + ": give one of them another name");
        }
    }
}
