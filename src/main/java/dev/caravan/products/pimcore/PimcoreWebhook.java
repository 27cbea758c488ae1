package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.util.Optional;
import java.util.Set;

/**
 * Understands what Pimcore's Datahub Webhooks send when an object changes: {@code {"general":{"eventName","timestamp","subjectType",
 * "versionOnly"},"subject":{"id","path","published","type",…}}}. Fields it does not know are no problem.
 */
public final class PimcoreWebhook {
    private static final String DELETED = "pimcore.dataobject.postDelete";
    private static final Set<String> EVENTS =
            Set.of("pimcore.dataobject.postAdd", "pimcore.dataobject.postUpdate", DELETED);

    private PimcoreWebhook() {}

    /**
     * @param body JSON in UTF-8
     * @return the change, or empty when it is none of a product: a draft, an automatic save, another class or kind of thing
     * @throws BadMessage when the body is not JSON, or a change of a product that does not say which
     */
    public static Optional<ProductChange> parse(byte[] body) {
        var message = Json.read(body);
        var general = message.path("general");
        var subject = message.path("subject");
        var event = general.path("eventName").asText();
        if (!EVENTS.contains(event) || !isProduct(general, subject) || isDraft(general)) return Optional.empty();
        var id = subject.path("id").asText("");
        var fullpath = fullpath(subject);
        if (id.isBlank() || !fullpath.startsWith("/"))
            throw new BadMessage("a webhook of Pimcore (" + event + ") without subject.id or subject.path");
        boolean deleted = event.equals(DELETED);
        boolean variant = isVariant(subject);
        return Optional.of(new ProductChange(
                variant ? PimcoreReader.parent(fullpath) : fullpath,
                id,
                variant,
                !deleted && subject.path("published").asBoolean(),
                deleted,
                PimcoreDates.read(general.path("timestamp")).orElse(null)));
    }

    private static boolean isProduct(JsonNode general, JsonNode subject) {
        return general.path("subjectType").asText().equals("object")
                && subject.path("type").asText().equals("Product");
    }

    private static boolean isDraft(JsonNode general) {
        return truthy(general.path("versionOnly"))
                || truthy(general.path("saveVersionOnly"))
                || truthy(general.path("autoSave"))
                || truthy(general.path("isAutoSave"));
    }

    private static boolean truthy(JsonNode flag) {
        return flag.asBoolean() || flag.asText().equals("1");
    }

    /** {@code path} with a slash at its end is the folder, as Pimcore's own getPath() has it; then the key completes it. */
    private static String fullpath(JsonNode subject) {
        var path = subject.path("fullpath").asText(subject.path("path").asText(""));
        return path.endsWith("/") ? path + subject.path("key").asText("") : path;
    }

    private static boolean isVariant(JsonNode subject) {
        if (subject.has("objectType"))
            return subject.path("objectType").asText().equals("variant");
        return subject.path("externalId")
                        .asText("")
                        .chars()
                        .filter(character -> character == ':')
                        .count()
                > 1;
    }
}
