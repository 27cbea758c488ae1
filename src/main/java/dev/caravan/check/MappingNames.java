package dev.caravan.check;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The variables of a JSLT mapping. One that nobody has set is null to JSLT, in silence. */
final class MappingNames {
    /** Passed over: what stands in quotes or behind two slashes. */
    private static final Pattern NO_CODE = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|//[^\\n]*");

    private static final Pattern SET = Pattern.compile("\\blet\\s+([\\w-]+)|\\bdef\\s+[\\w-]+\\s*\\(([^)]*)\\)");
    private static final Pattern USED = Pattern.compile("\\$([A-Za-z_][\\w-]*)");

    private MappingNames() {}

    static List<Problem> problems(String path, String text) {
        // As long as it was, so that every place stays where it is.
        var code = NO_CODE.matcher(text)
                .replaceAll(found -> " ".repeat(found.group().length()));
        var names = new TreeSet<String>();
        var set = SET.matcher(code);
        while (set.find()) {
            if (set.group(1) != null) names.add(set.group(1));
            else for (var parameter : set.group(2).split(",")) names.add(parameter.strip());
        }
        var problems = new ArrayList<Problem>();
        var used = USED.matcher(code);
        while (used.find()) {
            if (names.contains(used.group(1))) continue;
            int line = (int) code.substring(0, used.start())
                            .chars()
                            .filter(c -> c == '\n')
                            .count()
                    + 1;
            problems.add(new Problem(
                    path,
                    line,
                    used.start() - code.lastIndexOf('\n', used.start()),
                    "nothing sets $" + used.group(1) + ", so it is null: " + Names.advice(used.group(1), names)));
        }
        return problems;
    }
}
