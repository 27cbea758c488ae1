package dev.caravan.settings;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** {@code docs/settings.md}, made from the settings themselves. */
public final class SettingsPage {
    private SettingsPage() {}

    /** Every setting's key. */
    public static List<String> keys() {
        return Settings.ALL.stream().map(Setting::key).toList();
    }

    /** The keys in the shipped {@code application.properties} that are no settings. */
    public static TreeSet<String> unknown() {
        return new TreeSet<>(Settings.of(Map.of()).unknown());
    }

    /** The page: a row a setting, in the order of {@link Settings#ALL}. */
    public static String markdown() {
        var defaults = Settings.of(Map.of("CARAVAN_PREFIX", "caravan"));
        var page = new StringBuilder("""
                # Settings

                Generated from `Settings.java` and `application.properties`; do not edit.

                The environment wins over an `application.properties` in the working directory, which wins over the one in the JAR.
                A start names every wrong or missing setting in one message and ends with exit code 2. AWS is set by the AWS SDK's own
                variables: `AWS_REGION`, `AWS_ENDPOINT_URL`, and its credentials chain.

                | environment variable | key | default | what it is |
                |---|---|---|---|
                """);
        for (var setting : Settings.ALL) {
            var value = defaults.text(setting.key());
            page.append("| `%s` | `%s` | %s | %s |%n"
                    .formatted(
                            setting.variable(),
                            setting.key(),
                            shown(setting, value),
                            setting.description().replace("|", "\\|")));
        }
        return page.toString().replace("\r\n", "\n");
    }

    private static String shown(Setting setting, String value) {
        if (!value.isEmpty()) return "`" + value + "`";
        return setting.required() ? "**required**" : "";
    }
}
