package dev.caravan.stack;

import static dev.caravan.stack.Stack.patiently;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.products.ProductGenerator.Options;
import dev.caravan.sandbox.CaravanProcess;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands on pages, run line by line against the packaged JAR. In a transcript, ids, times and hashes may be others than on the page,
 * but the same one always stands for the same thing; a line {@code …} stands for any lines. {@code -Ddocs.write=true} writes what was seen
 * into the pages. A block of commands without their output has to do without complaint. What happens between the lines, and what a word
 * stands for, stands in HTML comments of the page.
 */
@Tag("operate")
class HowToIT {
    private static final Pattern DIRECTIVE = Pattern.compile("<!-- (.*) -->");
    private static final Pattern PUT = Pattern.compile("put (\\S+) as (\\S+)");
    private static final Pattern GENERATE = Pattern.compile("put (\\d) generated products?, seed (\\d+), as (\\S+)");
    /** The beginning and the end of what another test compares. */
    private static final Pattern MARK = Pattern.compile("/?[a-z]+");

    private static final Pattern LET = Pattern.compile("let (\\S+) be (.+)");
    private static final Pattern DO = Pattern.compile("do (.+)");
    private static final Pattern RESTART = Pattern.compile("restart with (.+)");
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
    private static final Pattern LOOKS =
            Pattern.compile("ledger|trace|list|groups|replays |replays$|check|alerts|shadow");

    /** What a demo prints differs in order, times and widths of columns. */
    private static final Pattern OF_A_DEMO =
            Pattern.compile(VOLATILE.pattern() + "|\\d+ +(?=prod_)|\\d+\\.\\d s\\b|\\s+");

    @TempDir
    private static Path folder;

    private static Stack stack;

    @BeforeAll
    static void start() throws IOException {
        copy(Path.of("routes"), folder.resolve("routes"));
        copy(Path.of("samples"), folder.resolve("samples"));
        copy(Path.of("cloudformation"), folder.resolve("cloudformation"));
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var caravan = folder.resolve("caravan");
        Files.writeString(
                caravan,
                "#!/bin/sh\ncase $1 in demo) exec '" + Path.of("caravan").toAbsolutePath() + "' \"$@\" ;; esac\nexec '"
                        + java + "' -XX:TieredStopAtLevel=1 -jar '" + CaravanProcess.jar() + "' \"$@\"\n");
        assertThat(caravan.toFile().setExecutable(true)).isTrue();
        stack = started();
    }

    private static Stack started() {
        return Stack.start("how-to-it", settings -> settings.with("CARAVAN_ROUTES", routes())
                .with("CARAVAN_ROUTES_RELOAD_SECONDS", "1")
                .with("RETRY_ATTEMPTS", "2")
                .with("CIRCUIT_FAILURES", "1000"));
    }

    @AfterAll
    static void stop() {
        if (stack != null) stack.close();
    }

    /** What a page has set going would fail in the next, where a target may be down. */
    @AfterEach
    void comes_to_rest() {
        stack.sandbox().pimcore().faults().clear();
        stack.quiet();
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
                "add-up-orders",
                "fix-and-replay",
                "add-a-supplier",
                "try-a-change-on-the-past",
                "../alerts",
                "../customers",
                "../hawtio",
                "../operations/cost",
                "../reports",
                "../../README",
                "../tour", // goes on with what the README has put into the inbox
                "../first-hour"
            })
    void what_the_page_shows_is_what_happens(String page) throws IOException {
        var path = Path.of("docs/how-to/" + page + ".md").normalize();
        var told = Files.readAllLines(path);
        var seen = new Run().of(told);

        if (Boolean.getBoolean("docs.write")) Files.write(path, seen);
        else assertThat(seen).isEqualTo(told);
    }

    /**
     * What came of a command.
     *
     * @param code 0 done, 1 found something
     */
    private record Ended(int code, List<String> out, List<String> complaints) {
        boolean well() {
            return code <= 1 && complaints.isEmpty();
        }

        /** As a terminal shows it. */
        List<String> lines() {
            return Stream.concat(out.stream(), complaints.stream()).toList();
        }
    }

    /** One page: its lines in, its lines out, with what was seen in the place of what does not fit. */
    private static final class Run {
        private final List<String> seen = new ArrayList<>();
        private final Map<String, String> meanings = new HashMap<>();
        private final Map<String, String> words = new HashMap<>();
        private Path where = folder;

        List<String> of(List<String> page) {
            boolean transcript = false;
            boolean commands = false;
            for (int at = 0; at < page.size(); ) {
                var line = page.get(at++);
                seen.add(line);
                var directive = DIRECTIVE.matcher(line);
                if (directive.matches()) happens(directive.group(1));
                else if (line.equals("```console")) transcript = true;
                else if (line.strip().equals("```sh"))
                    commands = !page.get(at).strip().startsWith("# needs ");
                else if (line.strip().equals("```")) transcript = commands = false;
                else if (commands) does(line.strip());
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
            var let = LET.matcher(what);
            var command = DO.matcher(what);
            var restart = RESTART.matcher(what);
            if (let.matches()) {
                words.put(let.group(1), let.group(2));
                meanings.remove(let.group(1));
            } else if (command.matches()) does(command.group(1));
            else if (restart.matches()) restarted(restart.group(1));
            else if (what.equals("begin anew")) beginAnew();
            else if (put.matches()) stack.delivered(put.group(2), read(folder.resolve(put.group(1))));
            else if (generate.matches()) stack.delivered(generate.group(3), generated(generate));
            else if (refuses.matches()) pimcore.reject(refuses.group(1), refuses.group(2));
            else if (takes.matches()) pimcore.accept(takes.group(1));
            else if (what.equals("pimcore is down")) pimcore.failFor(Duration.ofHours(1), 503);
            else if (what.equals("pimcore answers")) pimcore.clear();
            else if (!MARK.matcher(what).matches()) throw new AssertionError("what is meant by <!-- " + what + " -->?");
        }

        private static void beginAnew() {
            stack.close();
            stack = started();
        }

        private void restarted(String settings) {
            stack.restart(options -> {
                for (var setting : settings.replace("file:changed", "file:" + folder.resolve("changed"))
                        .split(" ")) {
                    var parts = setting.split("=", 2);
                    options = options.with(parts[0], parts[1]);
                }
                return options;
            });
        }

        /** A command whose output the page leaves out: it ends well, if need be after some patience, and complains of nothing. */
        private void does(String line) {
            var command = line.replaceFirst("\\s+# .*", "");
            // This is run by the first, and the second with settings by a later block.
            if (command.startsWith("./mvnw ") || command.equals("./caravan demo")) return;
            // The first try may take as long as it takes.
            var ended = new AtomicReference<>(run(command));
            if (ended.get().well()) return;
            try {
                patiently().pollInterval(Duration.ofMillis(500)).until(() -> {
                    ended.set(run(command));
                    return ended.get().well();
                });
            } catch (ConditionTimeoutException e) {
                throw new AssertionError(command + ": " + ended.get(), e);
            }
        }

        /** What the page says when that is what comes, or else what comes. */
        private List<String> answer(String command, List<String> told) {
            if (command.startsWith("cd ")) {
                where = command.equals("cd -") ? folder : where.resolve(command.substring(3));
                return told;
            }
            if (command.contains("caravan demo ")) {
                assertThat(ofDemo(run(command).out())).as(command).containsAll(ofDemo(told));
                return told;
            }
            if (told.equals(List.of("…"))) {
                does(command);
                return told;
            }
            var answer = new AtomicReference<>(run(command).lines());
            boolean looks = LOOKS.matcher(command).find() && !Boolean.getBoolean("docs.write");
            try {
                if (looks)
                    patiently().pollInterval(Duration.ofMillis(500)).until(() -> {
                        if (fits(told, answer.get())) return true;
                        answer.set(run(command).lines());
                        return false;
                    });
            } catch (ConditionTimeoutException e) {
                // What it answered last is told below.
            }
            return fits(told, answer.get())
                    ? told
                    : answer.get().stream().map(this::asTold).toList();
        }

        /** With the page's ids for those of now. */
        private String asTold(String line) {
            for (var meaning : meanings.entrySet()) line = line.replace(meaning.getValue(), meaning.getKey());
            return line;
        }

        private static Set<String> ofDemo(List<String> lines) {
            return lines.stream()
                    .filter(line -> !line.isBlank())
                    .map(line -> OF_A_DEMO.matcher(line).replaceAll(" "))
                    .collect(Collectors.toSet());
        }

        private Ended run(String command) {
            for (var word : words.entrySet()) {
                if (command.contains(word.getKey()) && !meanings.containsKey(word.getKey()))
                    meanings.put(word.getKey(), only(word.getValue()));
            }
            for (var meaning : meanings.entrySet()) command = command.replace(meaning.getKey(), meaning.getValue());
            return ended(command.replace("CARAVAN_ROUTES=file:routes", "CARAVAN_ROUTES=" + routes())
                    .replace(
                            "http://127.0.0.1:9876",
                            stack.caravan().management().toString()));
        }

        /** What a word stands for: the first line a command answers, once it answers one. */
        private String only(String command) {
            var answer = new AtomicReference<List<String>>(List.of());
            patiently().pollInterval(Duration.ofMillis(500)).until(() -> {
                answer.set(ended(command).out());
                return !answer.get().isEmpty();
            });
            return answer.get().get(0);
        }

        private Ended ended(String command) {
            var builder = new ProcessBuilder("bash", "-c", command).directory(where.toFile());
            if (!command.contains("caravan demo")) builder.environment().putAll(ofTheStack());
            builder.environment().put("EDITOR", "true");
            // A demo that stays up is interrupted once it says how to.
            if (command.endsWith("caravan demo")) builder.redirectErrorStream(true);
            try {
                var process = Limited.start(builder);
                process.getOutputStream().close();
                if (command.endsWith("caravan demo")) return interrupted(process);
                var complaints = CompletableFuture.supplyAsync(() -> lines(process.getErrorStream()));
                var out = lines(process.getInputStream());
                return new Ended(process.waitFor(), out, complaints.join());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        private static Map<String, String> ofTheStack() {
            var environment = new HashMap<>(stack.sandbox().environment());
            environment.put("CARAVAN_URL", stack.caravan().url().toString());
            environment.put("CARAVAN_API_KEY", stack.caravan().options().apiKey());
            environment.put("CARAVAN_ROUTES", routes());
            return environment;
        }

        private static Ended interrupted(Process process) throws IOException, InterruptedException {
            var said = new ArrayList<String>();
            try (var out = process.inputReader(UTF_8)) {
                for (var line = out.readLine(); line != null; line = out.readLine()) {
                    said.add(line);
                    if (line.contains("Ctrl-C")) {
                        process.destroy();
                        process.waitFor();
                        return new Ended(0, said, List.of());
                    }
                }
            }
            return new Ended(process.waitFor(), List.of(), said);
        }

        private static List<String> lines(InputStream in) {
            try (in) {
                return new String(in.readAllBytes(), UTF_8)
                        .lines()
                        .map(line -> line.stripTrailing().replace(folder + "/", ""))
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
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
