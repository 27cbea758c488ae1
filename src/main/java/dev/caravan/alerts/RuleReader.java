package dev.caravan.alerts;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads one rule of a file of rules: a name and below it what it {@code watch}es and the members of that watch. What is wrong is told by file,
 * line, what, and what would be right.
 */
public final class RuleReader {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final String NO_TASK = "none";

    private final String file;
    private final String text;
    private final String name;
    private final JsonNode members;
    private final Set<String> read = new HashSet<>(Set.of("watch"));

    private RuleReader(String file, String text, String name, JsonNode members) {
        this.file = file;
        this.text = text;
        this.name = name;
        this.members = members;
    }

    /**
     * The rules of a file, in its order.
     *
     * @param file as it is told of
     * @param text YAML; may be empty
     * @param rule makes one of what it reads, all of its members
     * @throws BadSettings when something is wrong
     */
    public static <R> List<R> rules(String file, String text, Function<RuleReader, R> rule) {
        JsonNode table;
        try {
            table = YAML.readTree(text);
        } catch (IOException e) {
            throw new BadSettings(
                    file + ":1: not YAML: " + e.getMessage().lines().findFirst().orElse("")
                            + ": write a rule's name, and below it what it watches");
        }
        if (!table.isMissingNode() && !table.isNull() && !table.isObject())
            throw new BadSettings(file + ":1: no rules: write a rule's name, and below it what it watches");
        var rules = new ArrayList<R>();
        table.properties().forEach(one -> {
            var reader = new RuleReader(file, text, one.getKey(), one.getValue());
            if (!reader.name.matches("[a-z][a-z0-9-]{0,49}"))
                throw reader.wrong(
                        "", "\"" + reader.name + "\" cannot name a rule", "use lower-case letters, digits and hyphens");
            var made = rule.apply(reader);
            reader.refuseOthers();
            rules.add(made);
        });
        return rules;
    }

    private void refuseOthers() {
        members.fieldNames().forEachRemaining(member -> {
            if (!read.contains(member))
                throw wrong(
                        member,
                        "a rule that watches " + members.path("watch").asText() + " has no \"" + member + "\"",
                        "known are " + read.stream().sorted().collect(Collectors.joining(", ")));
        });
    }

    public String name() {
        return name;
    }

    /** Whether the rule says something about a member that may be left out. */
    public boolean has(String member) {
        read.add(member);
        return members.hasNonNull(member);
    }

    /** What {@code task} says: the priority of the tasks that the rule's alerts become, or {@code none}, which is empty. */
    public Optional<String> task() {
        return Optional.of(word("task", "low", "medium", "high", NO_TASK)).filter(word -> !word.equals(NO_TASK));
    }

    /** One of the words. */
    public String word(String member, String... words) {
        var stated = member(member).asText();
        if (!List.of(words).contains(stated))
            throw wrong(member, member + " is \"" + stated + "\"", "write one of " + String.join(", ", words));
        return stated;
    }

    /** A text that is not blank. */
    public String text(String member) {
        var stated = member(member);
        if (!stated.isTextual() || stated.textValue().isBlank())
            throw wrong(member, member + " is " + stated, "write a text");
        return stated.textValue();
    }

    /** Texts, at least one, none of them blank. */
    public List<String> texts(String member) {
        var stated = member(member);
        if (!stated.isArray()
                || stated.isEmpty()
                || !stated.valueStream()
                        .allMatch(one -> one.isTextual() && !one.textValue().isBlank()))
            throw wrong(member, member + " is " + stated, "write a list of texts, such as [a, b]");
        return stated.valueStream().map(JsonNode::textValue).toList();
    }

    /** A whole number from least to most. */
    public int integer(String member, int least, int most) {
        return integer(member, member(member), least, most);
    }

    private int integer(String member, JsonNode stated, int least, int most) {
        if (!stated.isInt() || stated.intValue() < least || stated.intValue() > most)
            throw wrong(member, member + " is " + stated, "write a whole number from " + least + " to " + most);
        return stated.intValue();
    }

    /** Whole numbers from least to most, at least one of them. */
    public List<Integer> integers(String member, int least, int most, String advice) {
        var stated = member(member);
        if (!stated.isArray() || stated.isEmpty()) throw wrong(member, member + " is " + stated, advice);
        return stated.valueStream()
                .map(one -> integer(member, one, least, most))
                .toList();
    }

    /** A number from least to most. */
    public double number(String member, double least, double most) {
        var stated = member(member);
        if (!stated.isNumber() || stated.doubleValue() < least || stated.doubleValue() > most)
            throw wrong(member, member + " is " + stated, "write a number from " + (long) least + " to " + (long) most);
        return stated.doubleValue();
    }

    private JsonNode member(String member) {
        read.add(member);
        if (!members.hasNonNull(member))
            throw wrong("", "rule " + name + " has no " + member, "write it below its name");
        return members.get(member);
    }

    /** @param member whose line is told; empty for that of the rule's name */
    public BadSettings wrong(String member, String what, String advice) {
        var lines = Arrays.asList(text.split("\n", -1));
        int line = 0;
        while (line < lines.size() - 1 && !begins(lines.get(line), name)) line++;
        int found = line;
        for (int i = line + 1;
                !member.isEmpty() && i < lines.size() && !lines.get(i).matches("[^\\s#].*");
                i++) if (begins(lines.get(i).strip(), member)) found = i;
        return new BadSettings(file + ":" + (found + 1) + ": " + what + ": " + advice);
    }

    private static boolean begins(String line, String key) {
        return line.replace("\"", "").startsWith(key + ":");
    }
}
