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
import java.util.Locale;
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
        RETRY("looks whether it was done all the same; if not, tries again later"),
        /** The object is not there (any more): look, and create it. */
        CREATE("looks again, and creates it"),
        /** Somebody created it in the meantime: look, and update it. */
        UPDATE("looks again, and updates what is there; parks the product when another object has its external id"),
        /** A category it refers to is gone: make sure of the categories again. */
        RELATE("makes the categories again, then the product"),
        /** The place it belongs below is missing: make the folder, or the product above it. */
        PARENT("makes the folder, then the object; a setting error when that does not help"),
        /** Pimcore will never take this value: fix the data, or the mapping. */
        PARK("parks the product: fix the data or the mapping, then replay"),
        /** The endpoint's columns, languages or permissions do not fit what the mapping sends. */
        SETTINGS("parks the product as a setting error: fix the Data Hub configuration or the mapping, then replay");

        private final String does;

        Remedy(String does) {
            this.does = does;
        }
    }

    private record Line(String example, Pattern message, Remedy remedy) {}

    /** The first line that fits decides. */
    private static final List<Line> TABLE = List.of(
            line(
                    "unable to update object. Unknown id or fullpath",
                    "^unable to (update|delete) object\\. Unknown id or fullpath",
                    Remedy.CREATE),
            line(
                    "object with fullpath:'/products/a' not found",
                    "^object with (id|fullpath):'.*' not found",
                    Remedy.CREATE),
            line("Duplicate full path [ /products/a ] - cannot save object", "^Duplicate full path \\[", Remedy.UPDATE),
            line("unique constraint violation", "^unique constraint violation", Remedy.UPDATE),
            line(
                    "Element with id  or fullpath /categories/a not found",
                    "^Element with id .*or fullpath .* not found",
                    Remedy.RELATE),
            line("unable to resolve parent", "^unable to resolve parent", Remedy.PARENT),
            line("Validation failed: Empty mandatory field [ externalId ]", "^Validation failed: ", Remedy.PARK),
            line(
                    "Data too long for column 'brand' at row 1",
                    "Data too long for column|Incorrect string value|Out of range value",
                    Remedy.PARK),
            line(
                    "Field \"colour\" is not defined by type \"UpdateProductInput\".",
                    "Field \"?\\w+\"? is not defined by type",
                    Remedy.SETTINGS),
            line("Cannot query field \"colour\" on type \"object_Product\".", "^Cannot query field ", Remedy.SETTINGS),
            line(
                    "Unknown argument \"published\" on field \"updateProduct\" of type \"Mutations\".",
                    "^Unknown (argument|type|fragment|directive) ",
                    Remedy.SETTINGS),
            line(
                    "Fragment cannot be spread here as objects of type \"A\" can never be of type \"B\".",
                    "^Fragment .*cannot be spread here",
                    Remedy.SETTINGS),
            line("Syntax Error: Unexpected <EOF>", "^Syntax Error", Remedy.SETTINGS),
            line(
                    "permission denied. check your workspace settings",
                    "^permission denied|not allowed to ",
                    Remedy.SETTINGS),
            line(
                    "Variable \"$input0\" got invalid value \"12,5\" at \"input0.stock\"",
                    "^Variable \"\\$\\w+\" (got invalid value|of )",
                    Remedy.PARK),
            line("Int cannot represent non-integer value: \"12,5\"", " cannot represent ", Remedy.PARK),
            line("unable to decode filter", "^unable to decode filter", Remedy.PARK));

    /** What is no GraphQL, by its HTTP status; {@link #failure} says the same in Java. */
    private static final String PAGES = """
            | 401, 403 | parks as a setting error: `PIMCORE_API_KEY` |
            | 404, 3xx and other 4xx | parks as a setting error: `PIMCORE_URL` |
            | 413 | parks as a setting error: `PIMCORE_OBJECTS_PER_REQUEST` |
            | 408, 429, 5xx, or 200 with anything but GraphQL in it | tries again later, after `Retry-After` when there is one |
            """;

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

    /** The table for people: what Pimcore says, and what Caravan does about it. */
    public static String markdown() {
        var page = new StringBuilder("""
                # What Pimcore complains of, and what Caravan does

                Generated from `PimcoreErrors.java`; do not edit.

                Pimcore's Data Hub has no error codes. Nearly everything arrives with HTTP status 200 and differs in its message only; the first line
                that fits decides. One refused field or value fails a whole request, nothing of it is done: Caravan takes it out and sends the
                rest again. One refused object fails itself only. A message that is not listed is tried again, so often as
                `RETRY_ATTEMPTS` says, and then parked.

                | Pimcore says, for example | | Caravan |
                |---|---|---|
                """);
        for (var line : TABLE) {
            page.append("| `%s` | %s | %s |\n"
                    .formatted(line.example, line.remedy.name().toLowerCase(Locale.ROOT), line.remedy.does));
        }
        return page.append("| `Internal server error`, and all else | retry | %s |\n\n".formatted(Remedy.RETRY.does))
                .append("| HTTP status with a page for people | Caravan |\n|---|---|\n")
                .append(PAGES)
                .toString();
    }

    private static Line line(String example, String message, Remedy remedy) {
        return new Line(example, Pattern.compile(message), remedy);
    }
}
