package dev.caravan.api;

import java.util.HashMap;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What callers send and want to get: JSON in UTF-8, as it is. */
public final class Media {
    private static final Pattern JSON = sent("json");
    private static final Pattern JSON_OR_LINES = sent("(json|x-ndjson|ndjson)");
    private static final Set<String> RANGES = Set.of("*/*", "application/*", "application/json");

    private Media() {}

    /** @throws Problem 415 when the body is not told to be JSON */
    public static void mustBeJson(Request request) {
        mustBe(JSON, "send JSON in UTF-8, with \"Content-Type: application/json\"", request);
    }

    /**
     * @param what a line is
     * @throws Problem 415 when the body is told to be neither JSON nor NDJSON
     */
    public static void mustBeJsonOrLines(Request request, String what) {
        mustBe(
                JSON_OR_LINES,
                "send JSON in UTF-8, with \"Content-Type: application/json\", or application/x-ndjson for " + what
                        + " a line",
                request);
    }

    /** @throws Problem 406 when the caller does not want JSON; ranges with quality 0 are not wanted */
    public static void mustWantJson(Request request) {
        var accept = request.headers().getOrDefault("accept", "").strip();
        if (accept.isEmpty()) return;
        for (var range : accept.toLowerCase(Locale.ROOT).split(",")) {
            var parts = range.strip().split("\\s*;\\s*");
            if (!RANGES.contains(parts[0])) continue;
            var refused = false;
            for (int i = 1; i < parts.length; i++) refused |= parts[i].matches("q=0(\\.0{0,3})?");
            if (!refused) return;
        }
        throw new Problem(406, "Not acceptable", "there is application/json only");
    }

    /** As {@link #mustBeJsonOrLines}, of a body that may be packed: {@code Content-Encoding: gzip}. */
    public static void mustBeJsonOrLinesPerhapsPacked(Request request, String what) {
        if (!request.headers().getOrDefault("content-encoding", "").equalsIgnoreCase("gzip")) {
            mustBeJsonOrLines(request, what);
            return;
        }
        var headers = new HashMap<>(request.headers());
        headers.remove("content-encoding");
        mustBeJsonOrLines(new Request(request.parameters(), headers, request.body(), request.caller()), what);
    }

    private static void mustBe(Pattern type, String otherwise, Request request) {
        var headers = request.headers();
        if (!headers.getOrDefault("content-encoding", "identity").equalsIgnoreCase("identity"))
            throw new Problem(415, "Unsupported media type", "send the body as it is, without Content-Encoding");
        if (!type.matcher(headers.getOrDefault("content-type", "").strip()).matches())
            throw new Problem(415, "Unsupported media type", otherwise);
    }

    private static Pattern sent(String subtype) {
        return Pattern.compile(
                "application/" + subtype + "\\s*(;\\s*charset\\s*=\\s*\"?utf-8\"?\\s*)?", Pattern.CASE_INSENSITIVE);
    }
}
