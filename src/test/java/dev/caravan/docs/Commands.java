package dev.caravan.docs;

import dev.caravan.cli.Caravan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The verbs of {@code ./caravan}: those of the JAR, and those the launcher adds. */
final class Commands {
    /** In packages that only tests have: the JAR carries no emulator. */
    private static final Map<String, String> SANDBOX =
            Map.of("demo", "dev.caravan.sandbox.Demo", "bench", "dev.caravan.sandbox.Bench");

    private Commands() {}

    /** By name. */
    static Map<String, CommandSpec> verbs() {
        var verbs = new TreeMap<String, CommandSpec>();
        new CommandLine(Caravan.class)
                .getSubcommands()
                .forEach((name, command) -> verbs.put(name, command.getCommandSpec()));
        SANDBOX.forEach((name, main) ->
                type(main).ifPresent(found -> verbs.put(name, new CommandLine(found).getCommandSpec())));
        return verbs;
    }

    /** The table for the README: each verb with what it takes and does. */
    static String table() {
        var table = new StringBuilder("| verb | does |\n|---|---|\n");
        verbs().forEach((name, verb) ->
                table.append("| `%s` | %s |\n".formatted((name + " " + arguments(verb)).strip(), description(verb))));
        return table.toString();
    }

    /**
     * What is wrong with a command line after {@code ./caravan}; empty when it can be run.
     *
     * @param all without the quotes' content split, redirections left out
     */
    static Optional<String> problem(List<String> all) {
        if (all.isEmpty()
                || all.get(0).equals("--help")
                || all.get(0).equals("--version")
                || all.get(0).equals("cds")) return Optional.empty();
        var verb = verbs().get(all.get(0));
        if (verb == null) return Optional.of("no verb " + all.get(0));
        var rest = new ArrayList<>(all.subList(1, all.size()));
        if (!verb.subcommands().isEmpty() && !rest.isEmpty() && !rest.get(0).startsWith("-")) {
            var sub = verb.subcommands().get(rest.remove(0));
            if (sub == null) return Optional.of("no such verb of " + all.get(0) + " in " + all);
            verb = sub.getCommandSpec();
        }
        int places = verb.positionalParameters().stream()
                .mapToInt(parameter -> parameter.arity().max())
                .max()
                .orElse(0);
        int values = 0;
        for (var word : rest) {
            if (word.startsWith("-")) {
                var option = verb.findOption(word.split("=")[0]);
                if (option == null) return Optional.of("no option " + word + " in " + all);
                values = word.contains("=") ? 0 : option.arity().max();
            } else if (values > 0) values--;
            else if (--places < 0) return Optional.of("no place for " + word + " in " + all);
        }
        return Optional.empty();
    }

    private static String arguments(CommandSpec verb) {
        if (!verb.subcommands().isEmpty())
            return String.join("\\|", verb.subcommands().keySet());
        var words = new ArrayList<String>();
        for (var option : verb.options()) {
            if (option.usageHelp() || option.versionHelp() || option.hidden()) continue;
            var shown = option.longestName()
                    + (option.arity().max() == 0
                            ? ""
                            : " " + option.paramLabel().replaceAll("[<>]", "").toUpperCase(java.util.Locale.ROOT));
            words.add(option.required() ? shown : "[" + shown + "]");
        }
        for (var parameter : verb.positionalParameters()) {
            var shown = parameter.paramLabel().replaceAll("[<>]", "")
                    + (parameter.arity().max() > 1 ? "…" : "");
            words.add(parameter.arity().min() > 0 ? shown : "[" + shown + "]");
        }
        return String.join(" ", words);
    }

    private static String description(CommandSpec verb) {
        return String.join(" ", verb.usageMessage().description()).replace("|", "\\|");
    }

    private static Optional<Class<?>> type(String name) {
        try {
            return Optional.of(Class.forName(name));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }
}
