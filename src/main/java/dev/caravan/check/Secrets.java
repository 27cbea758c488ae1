package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Secrets that are written out where a setting should stand. */
final class Secrets {
    private static final Pattern NAME =
            Pattern.compile("(?i).*(password|passphrase|secret|token|credential|api-?key|access-?key|authorization).*");

    /** What keys of well-known systems look like, wherever they stand. */
    private static final Pattern VALUE = Pattern.compile(
            "AKIA[0-9A-Z]{16}|sk_(live_|test_)?\\w{8,}|(Bearer|Basic) [\\w+/=.-]{8,}|-----BEGIN |://[^/\\s:@{]+:[^/\\s:@{]+@");

    private static final Pattern SETTING = Pattern.compile(".*\\{\\{([^{}]*)}}.*");
    private static final Set<String> VALUES = Set.of("constant", "simple", "expression", "default");
    private static final String ADVICE =
            " is written out here, for everybody who can read this file: make it a setting, and write that in double braces";

    private final Kamelets kamelets;

    Secrets(Kamelets kamelets) {
        this.kamelets = kamelets;
    }

    List<Problem> problems(YamlFile file) {
        var problems = new ArrayList<Problem>();
        file.walk((pointer, value) -> {
            if (!value.isValueNode() || value.isNull() || value.isBoolean()) return;
            var text = value.asText();
            if (VALUE.matcher(text).find()) problems.add(file.problem(pointer, "a secret" + ADVICE));
            else if (!text.isBlank() && !text.contains("{{") && !text.startsWith("${") && isSecret(file, pointer))
                problems.add(file.problem(pointer, "a secret, " + about(file, pointer) + "," + ADVICE));
        });
        left(file, problems);
        var properties = file.content().at("/spec/definition/properties");
        properties.properties().forEach(property -> {
            var at = "/spec/definition/properties/" + YamlFile.escaped(property.getKey());
            if (NAME.matcher(property.getKey()).matches()
                    && !property.getValue().path("format").asText().equals("password"))
                problems.add(file.problem(
                        at,
                        "property \"" + property.getKey() + "\" is a secret by its name: add \"format: password\""));
        });
        return problems;
    }

    /** A header with a secret that nobody takes off again goes on to whoever is called next. */
    private void left(YamlFile file, List<Problem> problems) {
        var set = new TreeMap<String, String>();
        var removed = new TreeSet<String>();
        file.walk((pointer, value) -> {
            if (name(pointer).equals("removeHeader"))
                removed.add(value.path("name").asText(value.asText()));
            if (name(pointer).equals("setHeader")) {
                var secret = SETTING.matcher(
                        value.path("constant").asText(value.path("simple").asText()));
                if (secret.matches()
                        && (isSecretProperty(file, secret.group(1))
                                || NAME.matcher(secret.group(1)).matches()))
                    set.put(value.path("name").asText(), pointer + "/name");
            }
        });
        var others = new TreeSet<>(removed);
        others.removeAll(set.keySet());
        set.forEach((header, pointer) -> {
            if (!removed.contains(header))
                problems.add(file.problem(
                        pointer,
                        "the secret in header \"" + header
                                + "\" would go on to whoever is called next: remove it behind the call"
                                + (others.isEmpty() ? "" : ", or " + Names.advice(header, others))));
        });
    }

    private static boolean isSecretProperty(YamlFile file, String property) {
        return file.content()
                .at("/spec/definition/properties/" + YamlFile.escaped(property))
                .path("format")
                .asText()
                .equals("password");
    }

    private boolean isSecret(YamlFile file, String pointer) {
        if (pointer.startsWith("/metadata") || pointer.contains("/required/")) return false;
        var name = name(pointer);
        var holder = parent(file, pointer);
        if (pointer.contains("/definition/properties/"))
            return name.equals("default") && holder.path("format").asText().equals("password");
        if (name(up(pointer)).equals("parameters")) {
            var kamelet = parent(file, up(pointer)).path("name").asText();
            return NAME.matcher(name).matches() || kamelets.isSecret(kamelet, name);
        }
        return VALUES.contains(name)
                && NAME.matcher(holder.path("name").asText()).matches();
    }

    private static String about(YamlFile file, String pointer) {
        var named = parent(file, pointer).path("name").asText();
        return (VALUES.contains(name(pointer)) && !named.isEmpty() ? named : name(pointer)).toLowerCase(Locale.ROOT);
    }

    private static JsonNode parent(YamlFile file, String pointer) {
        return file.content().at(up(pointer));
    }

    private static String up(String pointer) {
        return pointer.substring(0, pointer.lastIndexOf('/'));
    }

    private static String name(String pointer) {
        return pointer.substring(pointer.lastIndexOf('/') + 1);
    }
}
