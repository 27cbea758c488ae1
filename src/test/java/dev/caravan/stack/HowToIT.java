package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.sandbox.CaravanProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The transcripts in {@code docs/how-to/}, run line by line against the packaged JAR. What happens between the lines stands in HTML
 * comments of the page. Ids, times and hashes may be others than on the page, but the same one always stands for the same thing; a line
 * {@code …} stands for any lines. {@code -Ddocs.write=true} writes what was seen into the pages.
 */
@Tag("operate")
class HowToIT {
    private static final Pattern DIRECTIVE = Pattern.compile("<!-- (.*) -->");
    private static final Pattern PUT = Pattern.compile("put (\\S+) as (\\S+)");
    private static final Pattern GENERATE = Pattern.compile("put (\\d) generated products?, seed (\\d+), as (\\S+)");
    private static final Pattern REFUSES = Pattern.compile("pimcore refuses (\\S+): (.+)");
    private static final Pattern TAKES = Pattern.compile("pimcore takes (\\S+)");

    /** What is another one each time. */
    private static final Pattern VOLATILE = Pattern.compile(
            "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}" // UUIDs
                    + "|\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z"
                    + "|prod_[0-9A-Z]{26}"
                    + "|\\b(?=[0-9]*[a-f])[0-9a-f]{12,64}\\b" // hashes and versions
                    + "|(?<=Pimcore |object |pimcoreId: )\\d+");

    /** A report's version counts all that came before it, for other pages, too. */
    private static final Pattern VERSION = Pattern.compile("(?<=, version )\\d+(?=, as of )");

    /** What only looks may look again, until it sees what the page says. */
    private static final Pattern LOOKS = Pattern.compile("ledger|trace|list|groups|replays |replays$|check");

    @TempDir
    private static Path folder;

    private static Stack stack;

    @BeforeAll
    static void start() throws IOException {
        copy(Path.of("routes"), folder.resolve("routes"));
        copy(Path.of("samples"), folder.resolve("samples"));
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var caravan = folder.resolve("caravan");
        Files.writeString(
                caravan,
                "#!/bin/sh\nexec '" + java + "' -XX:TieredStopAtLevel=1 -jar '" + CaravanProcess.jar() + "' \"$@\"\n");
        assertThat(caravan.toFile().setExecutable(true)).isTrue();
        stack = Stack.start("how-to-it", settings -> settings.with("CARAVAN_ROUTES", routes())
                .with("CARAVAN_ROUTES_RELOAD_SECONDS", "1")
                .with("RETRY_ATTEMPTS", "2")
                .with("CIRCUIT_FAILURES", "1000"));
    }

    @AfterAll
    static void stop() {
        if (stack != null) stack.close();
    }

    @AfterEach
    void nothing_is_left() {
        stack.sandbox().pimcore().faults().clear();
    }

    private static String routes() {
        return "file:" + folder.resolve("routes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "find-a-product",
                "edit-a-bad-message",
                "replay-after-an-outage",
                "fix-a-renamed-column",
                "add-up-orders"
            })
    void what_the_page_shows_is_what_happens(String page) throws IOException {
        var path = Path.of("docs/how-to/" + page + ".md");
        var told = Files.readAllLines(path);
        var seen = new Run().of(told);

        if (Boolean.getBoolean("docs.write")) Files.write(path, seen);
        else assertThat(seen).isEqualTo(told);
    }

    /** One page: its lines in, its lines out, with what was seen in the place of what does not fit. */
    private static final class Run {
        private final List<String> seen = new ArrayList<>();
        private final Map<String, String> meanings = new HashMap<>();
        private Path where = folder;

        List<String> of(List<String> page) {
            boolean transcript = false;
            for (int at = 0; at < page.size(); ) {
                var line = page.get(at++);
                seen.add(line);
                var directive = DIRECTIVE.matcher(line);
                if (directive.matches()) happens(directive.group(1));
                else if (line.equals("```console")) transcript = true;
                else if (line.equals("```")) transcript = false;
                else if (transcript && line.startsWith("$ ")) {
                    int end = at;
                    while (!page.get(end).startsWith("$ ") && !page.get(end).equals("```")) end++;
                    seen.addAll(answer(line.substring(2), page.subList(at, end)));
                    at = end;
                }
            }
            return seen;
        }

        private void happens(String what) {
            var put = PUT.matcher(what);
            var refuses = REFUSES.matcher(what);
            var takes = TAKES.matcher(what);
            var pimcore = stack.sandbox().pimcore().faults();
            var generate = GENERATE.matcher(what);
            if (put.matches()) stack.delivered(put.group(2), read(folder.resolve(put.group(1))));
            else if (generate.matches()) stack.delivered(generate.group(3), generated(generate));
            else if (refuses.matches()) pimcore.reject(refuses.group(1), refuses.group(2));
            else if (takes.matches()) pimcore.accept(takes.group(1));
            else if (what.equals("pimcore is down")) pimcore.failFor(Duration.ofHours(1), 503);
            else if (what.equals("pimcore answers")) pimcore.clear();
            else throw new AssertionError("what is meant by <!-- " + what + " -->?");
        }

        /** What the page says when that is what comes, or else what comes. */
        private List<String> answer(String command, List<String> told) {
            if (command.startsWith("cd ")) {
                where = command.equals("cd -") ? folder : where.resolve(command.substring(3));
                return told;
            }
            var answer = new ArrayList<String>();
            boolean looks = LOOKS.matcher(command).find() && !Boolean.getBoolean("docs.write");
            try {
                patiently().pollInterval(Duration.ofMillis(500)).until(() -> {
                    answer.clear();
                    answer.addAll(run(command));
                    return fits(told, answer) || !looks;
                });
            } catch (ConditionTimeoutException e) {
                return answer.stream().map(this::asTold).toList();
            }
            return fits(told, answer) ? told : answer.stream().map(this::asTold).toList();
        }

        /** With the page's ids for those of now. */
        private String asTold(String line) {
            for (var meaning : meanings.entrySet()) line = line.replace(meaning.getValue(), meaning.getKey());
            return line;
        }

        private List<String> run(String command) throws IOException, InterruptedException {
            for (var meaning : meanings.entrySet()) command = command.replace(meaning.getKey(), meaning.getValue());
            var builder = new ProcessBuilder("bash", "-c", command)
                    .directory(where.toFile())
                    .redirectErrorStream(true);
            builder.environment().putAll(stack.sandbox().environment());
            builder.environment().put("CARAVAN_URL", stack.caravan().url().toString());
            builder.environment()
                    .put("CARAVAN_API_KEY", stack.caravan().options().apiKey());
            builder.environment().put("CARAVAN_ROUTES", routes());
            var process = builder.start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor();
            return output.lines().map(String::stripTrailing).toList();
        }

        /** Whether lines are as told; what stands for what is kept then. */
        private boolean fits(List<String> told, List<String> lines) {
            var meant = new HashMap<>(meanings);
            if (!fits(told, lines, meant)) return false;
            meanings.putAll(meant);
            return true;
        }

        private static boolean fits(List<String> told, List<String> lines, Map<String, String> meant) {
            if (told.isEmpty()) return lines.isEmpty();
            if (told.get(0).equals("…")) {
                for (int skipped = 0; skipped <= lines.size(); skipped++) {
                    var tried = new HashMap<>(meant);
                    if (!fits(told.subList(1, told.size()), lines.subList(skipped, lines.size()), tried)) continue;
                    meant.putAll(tried);
                    return true;
                }
                return false;
            }
            return !lines.isEmpty()
                    && fits(told.get(0), lines.get(0), meant)
                    && fits(told.subList(1, told.size()), lines.subList(1, lines.size()), meant);
        }

        private static boolean fits(String asTold, String asSeen, Map<String, String> meant) {
            var told = VERSION.matcher(asTold).replaceAll("N");
            var line = VERSION.matcher(asSeen).replaceAll("N");
            boolean begins = told.endsWith("…");
            var kept = begins ? told.substring(0, told.length() - 1) : told;
            var pattern = new StringBuilder();
            int from = 0;
            var ids = VOLATILE.matcher(kept).results().toList();
            for (var id : ids) {
                pattern.append(Pattern.quote(kept.substring(from, id.start()))).append("(" + VOLATILE.pattern() + ")");
                from = id.end();
            }
            pattern.append(Pattern.quote(kept.substring(from))).append(begins ? ".*" : "");
            var matcher = Pattern.compile(pattern.toString()).matcher(line);
            if (!matcher.matches()) return false;
            var others =
                    VOLATILE.matcher(line).results().map(MatchResult::group).toList();
            for (int at = 0; at < ids.size(); at++) {
                var before = meant.putIfAbsent(ids.get(at).group(), others.get(at));
                if (before != null && !before.equals(others.get(at))) return false;
            }
            return true;
        }

        private static byte[] generated(Matcher asked) {
            return Stack.generated(
                    Options.of("shein", Integer.parseInt(asked.group(1)), Integer.parseInt(asked.group(2))));
        }

        private static byte[] read(Path file) {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(at)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path at, BasicFileAttributes attributes) throws IOException {
                Files.copy(at, to.resolve(from.relativize(at)));
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
