package dev.caravan.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Breaks a file in every way these operators know, knowing nothing of what the file is for. */
final class Operators {
    private static final Pattern KEY = Pattern.compile("(\\s*(?:- )*)([A-Za-z][\\w-]*):(?:\\s(.*))?");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([\\w.-]+)}}");
    private static final Pattern SECRET = Pattern.compile("\"\\{\\{[\\w.-]*(?i:key|authorization|secret)}}\"");

    private static final Pattern DEFINED = Pattern.compile("^(def|let) ([\\w-]+)");
    private static final Pattern KEYWORD = Pattern.compile(
            "\"(type|required|pattern|enum|items|minItems|minLength|additionalProperties|x-rule|x-message)\":");

    /** Their values name something: a bean, a method, a component, a route, a property. */
    private static final Set<String> NAMING =
            Set.of("ref", "method", "uri", "name", "routePolicy", "idempotentRepository");

    /** Nothing works, or nothing is safe, without them. */
    private static final Set<String> NEEDED = Set.of(
            "id",
            "group",
            "description",
            "uri",
            "ref",
            "method",
            "name",
            "simple",
            "streamCache",
            "stopOnException",
            "queueNameOrArn",
            "bucketNameOrArn",
            "eventbusNameOrArn",
            "timerName",
            "url",
            "apiKey",
            "authorization",
            "noErrorHandler",
            "responseTimeout",
            "connectTimeout",
            "title",
            "type",
            "template");

    private final Path root;
    private final String file;
    private final List<String> lines;

    private Operators(Path root, Path file) throws IOException {
        this.root = root;
        this.file = root.relativize(file).toString().replace('\\', '/');
        this.lines = Files.readAllLines(file);
    }

    /** All edits of all routes, Kamelets, mappings, schemas and suppliers' settings below a folder. */
    static List<BrokenEdit> of(Path root) {
        try (var routes = Files.walk(root.resolve("routes"));
                var kamelets = Files.walk(root.resolve("kamelets"))) {
            var edits = new ArrayList<BrokenEdit>();
            for (var file : Stream.concat(routes, kamelets)
                    .filter(path ->
                            Files.isRegularFile(path) && !path.toString().contains("cases"))
                    .sorted()
                    .toList()) {
                var operators = new Operators(root, file);
                if (file.toString().matches(".*\\.(camel|kamelet)\\.yaml")) operators.edits(edits);
                if (file.toString().endsWith(".jslt")) operators.mapping(edits);
                if (file.toString().endsWith(".schema.json")) operators.schema(edits);
                if (file.endsWith("supplier.yaml")) operators.supplier(edits);
            }
            return edits;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what is shipped below " + root, e);
        }
    }

    private void edits(List<BrokenEdit> edits) {
        var seen = new HashSet<String>();
        for (int i = 0; i < lines.size(); i++) {
            var match = KEY.matcher(lines.get(i));
            if (!match.matches()) continue;
            var key = match.group(2);
            var value = match.group(3) == null ? "" : match.group(3).replaceFirst("\\s+#.*", "");
            if (seen.add("key " + key)) edits.add(misspelt(i, key, match));
            if (NAMING.contains(key) && value.matches("[A-Za-z][\\w-]+") && seen.add(key + " " + value))
                edits.add(misspeltValue(i, value));
            var placeholder = PLACEHOLDER.matcher(value);
            while (placeholder.find())
                if (seen.add(placeholder.group())) edits.add(misspeltValue(i, placeholder.group(1)));
            if (SECRET.matcher(value).matches())
                edits.add(edit("write out", "a secret as a literal", with(i, value, "k-2f9c81d07a"), i, i, "secret"));
            if (value.matches("true|false") || value.matches("\\d+") && seen.add("retype " + key))
                edits.add(edit("retype", value + " becomes a word", with(i, value, "soon"), i, i, key));
            if (value.isEmpty() && key.equals("steps")) edits.add(withoutBlock("retype", i, " none", i, key));
            if (NEEDED.contains(key) && !match.group(1).contains("-") && seen.add("drop " + key + indent(i)))
                edits.add(withoutBlock("drop", i, null, parent(i), key));
            if (key.equals("bean") && i + 1 < lines.size() && seen.add("reorder")) edits.add(swapped(i));
            if (key.equals("description") && lines.get(parent(i)).strip().equals("- route:") && consumes(i))
                edits.add(inserted(i, "errorHandler:\n" + " ".repeat(indent(i) + 2) + "noErrorHandler: {}", "net"));
        }
    }

    /** Names that the mapping defines itself, misspelt where they are used; and a bracket that is missing. */
    private void mapping(List<BrokenEdit> edits) {
        var seen = new HashSet<String>();
        for (int i = 0; i < lines.size(); i++) {
            var defined = DEFINED.matcher(lines.get(i));
            if (!defined.find()) continue;
            var name = defined.group(2);
            var use = Pattern.compile(
                    defined.group(1).equals("def") ? "(?<![\\w-])" + name + "\\(" : "\\$" + name + "(?![\\w-])");
            for (int j = i + 1; j < lines.size(); j++) {
                if (lines.get(j).strip().startsWith("//")
                        || !use.matcher(lines.get(j)).find()
                        || !seen.add(name)) continue;
                edits.add(edit("misspell", name, with(j, name, typo(name)), j, j, name));
            }
        }
        for (int i = lines.size() - 1; i > lines.size() - 3; i--) {
            if (!lines.get(i).equals("}")) continue;
            edits.add(edit("drop", "the last bracket", lines.subList(0, i), i - 1, i, "JSLT"));
        }
    }

    private void schema(List<BrokenEdit> edits) {
        var seen = new HashSet<String>();
        for (int i = 0; i < lines.size(); i++) {
            var keyword = KEYWORD.matcher(lines.get(i));
            if (!keyword.find() || !seen.add(keyword.group(1))) continue;
            var name = keyword.group(1);
            edits.add(edit("misspell", name, with(i, "\"" + name + "\":", "\"" + typo(name) + "\":"), i, i, name));
        }
        for (int i = 1; i < lines.size() && seen.add("comma"); i++) {
            if (lines.get(i).endsWith(","))
                edits.add(edit("drop", "a comma", changed(i, lines.get(i).replaceFirst(",$", "")), i, i + 1, "commas"));
        }
    }

    private void supplier(List<BrokenEdit> edits) {
        for (int i = 0; i < lines.size(); i++) {
            var match = KEY.matcher(lines.get(i));
            if (match.matches() && indent(i) == 0) edits.add(misspelt(i, match.group(2), match));
        }
    }

    private BrokenEdit misspelt(int i, String key, Matcher match) {
        var line = match.group(1) + typo(key) + lines.get(i).substring(match.end(2));
        return edit("misspell", key, changed(i, line), i, i, key);
    }

    private BrokenEdit misspeltValue(int i, String value) {
        return edit("rename", value, with(i, value, typo(value)), i, i, value);
    }

    private BrokenEdit swapped(int i) {
        var swapped = new ArrayList<>(lines);
        swapped.set(i, lines.get(i + 1));
        swapped.set(i + 1, lines.get(i));
        return edit("reorder", "a line and the next", swapped, i - 1, i + 1, "indentation");
    }

    private BrokenEdit inserted(int i, String text, String word) {
        var longer = new ArrayList<>(lines);
        longer.add(i + 1, " ".repeat(indent(i)) + text);
        return edit("insert", text.lines().findFirst().orElse(""), longer, i + 1, i + 1, word);
    }

    /** Without a key and all that lies below it; or with something else in its place. */
    private BrokenEdit withoutBlock(String operator, int i, String instead, int place, String word) {
        var shorter = new ArrayList<>(lines.subList(0, i));
        if (instead != null) shorter.add(lines.get(i) + instead);
        int end = i + 1;
        while (end < lines.size() && (indent(end) > indent(i) || lines.get(end).isBlank())) end++;
        shorter.addAll(lines.subList(end, lines.size()));
        return edit(operator, word, shorter, place, place, word);
    }

    private BrokenEdit edit(String operator, String name, List<String> edited, int from, int to, String word) {
        return new BrokenEdit(operator, name, file, String.join("\n", edited) + "\n", from + 1, to + 1, word);
    }

    private List<String> with(int i, String text, String instead) {
        return changed(i, lines.get(i).replace(text, instead));
    }

    private List<String> changed(int i, String line) {
        var changed = new ArrayList<>(lines);
        changed.set(i, line);
        return changed;
    }

    /** Whether the route at this description begins with something other than another route's call. */
    private boolean consumes(int i) {
        for (int j = i; j < lines.size(); j++)
            if (lines.get(j).strip().startsWith("uri:")) return !lines.get(j).endsWith("direct");
        return false;
    }

    /** The line of what holds this one. */
    private int parent(int i) {
        int at = i;
        while (at > 0 && (indent(at) >= indent(i) || lines.get(at).strip().startsWith("#"))) at--;
        return at;
    }

    private int indent(int i) {
        return lines.get(i).length() - lines.get(i).stripLeading().length();
    }

    /** As fingers make it: two neighbours change places; where they are the same, or the word is short, one is struck twice. */
    private static String typo(String word) {
        int at = word.length() / 2;
        return word.length() < 4 || word.charAt(at) == word.charAt(at - 1)
                ? word + word.charAt(word.length() - 1)
                : word.substring(0, at - 1) + word.charAt(at) + word.charAt(at - 1) + word.substring(at + 1);
    }

    @Override
    public String toString() {
        return root + ": " + file;
    }
}
