package dev.caravan.settings;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One setting: its key, what may stand there, and what it is for.
 *
 * @param key         as in {@code application.properties}, unit in the key; the environment variable is the same in capitals with {@code _}
 * @param required    whether {@code run} needs it and no default can be given
 * @param description one sentence for {@code docs/settings.md}
 * @param problem     what is wrong with a value, as the end of a sentence ("must be …"); empty when it is fine
 */
record Setting(String key, boolean required, String description, Function<String, Optional<String>> problem) {

    static Setting text(String key, String description) {
        return new Setting(key, false, description, value -> Optional.empty());
    }

    static Setting integer(String key, long min, long max, String description) {
        return new Setting(key, false, description, value -> {
            try {
                long number = Long.parseLong(value.strip());
                return number >= min && number <= max
                        ? Optional.empty()
                        : Optional.of("must be between " + min + " and " + max);
            } catch (NumberFormatException e) {
                return Optional.of("must be a whole number");
            }
        });
    }

    static Setting bool(String key, String description) {
        return oneOf(key, description, "true", "false");
    }

    static Setting oneOf(String key, String description, String... choices) {
        var allowed = List.of(choices);
        return new Setting(
                key,
                false,
                description,
                value -> allowed.contains(value)
                        ? Optional.empty()
                        : Optional.of("must be one of " + String.join(", ", allowed)));
    }

    static Setting url(String key, String description) {
        return new Setting(key, true, description, value -> {
            try {
                var url = URI.create(value.strip());
                if (!"http".equals(url.getScheme()) && !"https".equals(url.getScheme()))
                    return Optional.of("must start with http:// or https://");
                return url.getHost() == null ? Optional.of("must be a URL with a host") : Optional.empty();
            } catch (IllegalArgumentException e) {
                return Optional.of("must be a URL");
            }
        });
    }

    /** As {@link #url}, for one that may be empty. */
    static Setting optionalUrl(String key, String description) {
        var url = url(key, description);
        return new Setting(
                key,
                false,
                description,
                value -> value.isEmpty() ? Optional.empty() : url.problem().apply(value));
    }

    static Setting matching(String key, String regex, String should, String description) {
        return new Setting(
                key, false, description, value -> value.matches(regex) ? Optional.empty() : Optional.of(should));
    }

    Setting needed() {
        return new Setting(key, true, description, problem);
    }

    /** The environment variable that overrides it: {@code products.batch-size} is {@code PRODUCTS_BATCH_SIZE}. */
    String variable() {
        return variable(key);
    }

    static String variable(String key) {
        return key.toUpperCase(java.util.Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
