package dev.caravan.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.cli.Caravan;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Started with nothing but the packaged JAR beside it: asks it for help, and for that of each verb the help tells of. On stdout a line a
 * verb: the exit code, the verb, and how its help begins, with tabs between.
 */
public final class HelpProbe {
    private static final Pattern VERB = Pattern.compile("(?m)^  ([a-z][a-z-]*)\\b");

    private HelpProbe() {}

    public static void main(String... args) {
        explain("");
        System.exit(0);
    }

    private static void explain(String verb) {
        var arguments = Stream.of((verb + " --help").split(" "))
                .filter(argument -> !argument.isEmpty())
                .toArray(String[]::new);
        var stdout = System.out;
        var help = new ByteArrayOutputStream();
        System.setOut(new PrintStream(help, true, UTF_8));
        int code;
        try {
            code = Caravan.execute(arguments);
        } finally {
            System.setOut(stdout);
        }
        var text = help.toString(UTF_8);
        System.out.println(code + "\t" + verb + "\t" + text.lines().findFirst().orElse(""));
        var parts = text.split("(?m)^Commands:$");
        if (parts.length < 2) return;
        VERB.matcher(parts[1]).results().forEach(deeper -> explain((verb + " " + deeper.group(1)).trim()));
    }
}
