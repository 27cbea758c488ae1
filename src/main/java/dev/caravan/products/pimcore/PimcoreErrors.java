package dev.caravan.products.pimcore;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.outbound.Reply;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What to do about each thing Pimcore's Data Hub can complain of. It has no error codes: nearly everything arrives with HTTP status 200 and
 * differs in its English message only, so this table is the one place that knows the messages.
 */
public final class PimcoreErrors {
    /** What helps. */
    public enum Remedy {
        /** Nothing is known to be wrong with the request: look whether it was done all the same, else try again later. */
        RETRY,
        /** The object is not there (any more): look, and create it. */
        CREATE,
        /** Somebody created it in the meantime: look, and update it. */
        UPDATE,
        /** A category it refers to is gone: make sure of the categories again. */
        RELATE,
        /** The place it belongs below is missing: make the folder, or the product above it. */
        PARENT,
        /** Pimcore will never take this value: fix the data, or the mapping. */
        PARK,
        /** The endpoint's columns, languages or permissions do not fit what the mapping sends. */
        SETTINGS
    }

    private record Line(Pattern message, Remedy remedy) {}

    private static final List<Line> TABLE = List.of(
            line("^unable to update object\\. Unknown id or fullpath", Remedy.CREATE),
            line("^object with (id|fullpath):'.*' not found", Remedy.CREATE),
            line("^Duplicate full path \\[", Remedy.UPDATE),
            line("^unique constraint violation", Remedy.UPDATE),
            line("^Element with id .*or fullpath .* not found", Remedy.RELATE),
            line("^unable to resolve parent", Remedy.PARENT),
            line("^Validation failed: ", Remedy.PARK),
            line("Data too long for column|Incorrect string value|Out of range value", Remedy.PARK),
            line("Field \"?\\w+\"? is not defined by type", Remedy.SETTINGS),
            line("^Cannot query field ", Remedy.SETTINGS),
            line("^Unknown (argument|type|fragment|directive) ", Remedy.SETTINGS),
            line("^Fragment .* cannot be spread here", Remedy.SETTINGS),
            line("^Syntax Error", Remedy.SETTINGS),
            line("^permission denied|not allowed to ", Remedy.SETTINGS),
            line("^Variable \"\\$\\w+\" (got invalid value|of )", Remedy.PARK),
            line(" cannot represent ", Remedy.PARK),
            line("^unable to decode filter", Remedy.PARK));

    private static final Pattern UNKNOWN_FIELD = Pattern.compile("Field \"?(\\w+)\"? is not defined by type \"?(\\w+)");
    private static final Pattern VARIABLE = Pattern.compile("^Variable \"\\$[a-z]+(\\d+)\"");
    private static final int LONGEST = 500;

    private PimcoreErrors() {}

    /** What helps against a message; a message nobody has seen yet is tried again, and attempts are limited elsewhere. */
    public static Remedy remedy(String message) {
        return TABLE.stream()
                .filter(line -> line.message.matcher(message).find())
                .map(Line::remedy)
                .findFirst()
                .orElse(Remedy.RETRY);
    }

    /** The kind of failure that is left when the remedy did not help or there is none. */
    static Outcome.Kind kind(Remedy remedy) {
        return switch (remedy) {
            case RETRY, CREATE, RELATE -> Outcome.Kind.HEALS;
            case UPDATE, PARK -> Outcome.Kind.BAD_MESSAGE;
            case PARENT, SETTINGS -> Outcome.Kind.BAD_SETTINGS;
        };
    }

    /** The message for people: what Pimcore said, cut when long, with what would be right when that is known. */
    static String explained(String message) {
        var field = UNKNOWN_FIELD.matcher(message);
        if (field.find()) {
            return "Pimcore's endpoint has no field \"" + field.group(1) + "\" in " + field.group(2)
                    + ": add it to the Data Hub columns (a language: to valid_languages), or take it out of "
                    + PimcoreMapping.FILE;
        }
        if (remedy(message) == Remedy.PARENT) {
            return "Pimcore has no folder " + Desired.PRODUCTS + " or " + Desired.CATEGORIES
                    + " and did not make it: create it, or allow the endpoint to";
        }
        var line = message.lines().findFirst().orElse("").strip();
        return "Pimcore: " + (line.length() > LONGEST ? line.substring(0, LONGEST) + " …" : line);
    }

    /** The number at the end of the variable that a message complains of: {@code Variable "$input3" got …} gives 3. */
    static OptionalInt variable(String message) {
        var variable = VARIABLE.matcher(message);
        return variable.find() ? OptionalInt.of(Integer.parseInt(variable.group(1))) : OptionalInt.empty();
    }

    /**
     * What an answer means that is not GraphQL: an HTML page of Pimcore or of a server in front of it.
     *
     * @param reply an answer whose status is not 2xx, or whose body is not JSON
     * @return {@link TargetUnavailable} when waiting helps, else {@link BadSettings}
     */
    static RuntimeException failure(Reply reply, Clock clock) {
        int status = reply.status();
        return switch (status) {
            case 401, 403 ->
                new BadSettings("Pimcore refused the API key (HTTP " + status
                        + "): set PIMCORE_API_KEY to a key of the Data Hub endpoint");
            case 404 ->
                new BadSettings(
                        "Pimcore has no such endpoint (HTTP 404): set PIMCORE_URL to .../pimcore-graphql-webservices/NAME");
            case 413 ->
                new BadSettings(
                        "Pimcore's web server refused a request as too large (HTTP 413): send fewer objects per request");
            default -> {
                if (status == 408 || status == 429 || status >= 500 || reply.ok()) {
                    var message = reply.ok()
                            ? "Pimcore answered something that is not GraphQL"
                            : "Pimcore answered HTTP " + status;
                    yield new TargetUnavailable("pimcore", message, retryAfter(reply, clock), null);
                }
                yield new BadSettings(
                        "Pimcore answered HTTP " + status + ": PIMCORE_URL does not lead to a Data Hub endpoint");
            }
        };
    }

    private static Duration retryAfter(Reply reply, Clock clock) {
        var header = reply.header("Retry-After").map(String::strip).orElse("");
        if (header.matches("\\d{1,9}")) return Duration.ofSeconds(Long.parseLong(header));
        try {
            var wait = Duration.between(
                    clock.instant(),
                    ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Line line(String message, Remedy remedy) {
        return new Line(Pattern.compile(message), remedy);
    }
}
