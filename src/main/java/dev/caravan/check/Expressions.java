package dev.caravan.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.language.simple.types.SimpleIllegalSyntaxException;
import org.apache.camel.spi.Language;

/** Simple, Camel's expression language: whether it parses, and whether the properties that are set are read by anybody. */
final class Expressions {
    private static final Pattern BEAN = Pattern.compile("\\$\\{bean:[^{}]*}");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{[^{}]*}}");
    private static final Pattern READ = Pattern.compile("exchangeProperty[.:\\[]([A-Za-z0-9_-]+)");
    private static final Pattern CONDITION =
            Pattern.compile(".*/(when/\\d+|filter|validate|loop|handled)(/expression)?/simple(/expression)?");

    /** What {@code Failures} asks the exchange for by itself, and what replies and tests may name. */
    private static final Set<String> READ_IN_JAVA = Set.of("batch");

    /** Steps that are nothing without an expression. */
    private static final Pattern NEEDY = Pattern.compile(
            ".*/(filter|split|idempotentConsumer|setBody|setHeader|setProperty|setVariable|transform|validate|loop|recipientList|when/\\d+)");

    private final Language simple;
    private final Set<String> languages = DslSchema.get().languages();
    private final Set<String> read = new TreeSet<>(READ_IN_JAVA);

    Expressions(CamelContext camel, List<YamlFile> files) {
        simple = camel.resolveLanguage("simple");
        read.addAll(Beans.propertiesRead());
        for (var file : files) {
            for (var text : file.texts()) {
                var match = READ.matcher(text.getValue());
                while (match.find()) read.add(match.group(1));
            }
        }
    }

    List<Problem> problems(YamlFile file) {
        var problems = new ArrayList<Problem>();
        file.walk((pointer, value) -> {
            if (value.isTextual() && isSimple(pointer)) parse(file, pointer, value.asText(), problems);
            if (pointer.endsWith("/setProperty")) property(file, pointer, value, problems);
            if (value.isObject() && NEEDY.matcher(pointer).matches()) one(file, pointer, value, problems);
        });
        return problems;
    }

    private void one(YamlFile file, String pointer, JsonNode value, List<Problem> problems) {
        var given = new ArrayList<String>();
        value.fieldNames().forEachRemaining(name -> {
            if (languages.contains(name) || name.equals("expression")) given.add(name);
        });
        if (given.isEmpty())
            problems.add(file.problem(
                    pointer, "there is no expression: add \"simple\", \"constant\", \"method\" or another language"));
        if (given.size() > 1)
            problems.add(file.problem(
                    pointer + "/" + given.get(1),
                    "\"" + given.get(1) + "\" is a second expression beside \"" + given.get(0)
                            + "\": check the indentation, or keep one of them"));
    }

    private static boolean isSimple(String pointer) {
        return pointer.matches(".*/(simple|simple/expression|log/message|log)");
    }

    private void parse(YamlFile file, String pointer, String text, List<Problem> problems) {
        // Beans and settings are looked at elsewhere; what they give is not known here.
        var alone =
                PLACEHOLDER.matcher(BEAN.matcher(text).replaceAll("\\${body}")).replaceAll("1");
        try {
            if (CONDITION.matcher(pointer).matches()) simple.createPredicate(alone);
            else simple.createExpression(alone);
        } catch (SimpleIllegalSyntaxException e) {
            problems.add(file.problem(
                    pointer, "not Simple: " + e.getMessage().lines().findFirst().orElse("") + ": " + advice(alone)));
        }
    }

    private static String advice(String text) {
        if (text.matches(".*[^=!<>~]=[^=~].*")) return "equal is written ==, with a blank on both sides";
        return "close each ${ with }, and see Camel's Simple language for what can stand there";
    }

    private void property(YamlFile file, String pointer, JsonNode value, List<Problem> problems) {
        var name = value.path("name").asText();
        if (!name.isEmpty() && !name.contains("$") && !read.contains(name) && !name.startsWith("Camel"))
            problems.add(file.problem(
                    pointer + "/name", "nobody reads the property \"" + name + "\": " + Names.advice(name, read)));
    }
}
