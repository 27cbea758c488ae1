package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.Flows;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The documents say what is so. What is made from the code is written anew by
 * {@code ./mvnw test -Dtest=DocsTest -Ddocs.write=true}.
 */
class DocsTest {
    private static final Path README = Path.of("README.md");
    private static final String FRESH = "./mvnw test -Dtest=DocsTest -Ddocs.write=true makes it anew";

    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
    private static final Pattern FENCE = Pattern.compile("(?s)\\n```.*?\\n```");
    private static final Pattern COMMAND = Pattern.compile("\\./(caravan|mvnw)(?![\\w.])([^`|#>&;\\n]*)");
    private static final Pattern WORD = Pattern.compile("'[^']*'|\"[^\"]*\"|\\S+");
    private static final Set<String> GOALS = Set.of("verify", "test", "package");
    private static final Set<String> MAVEN_SWITCHES = Set.of("-q", "-B", "-o", "-DskipTests", "-Pcrash", "-Pmedusa");
    private static final Set<String> MAVEN_PROPERTIES = Set.of(
            "test",
            "it.test",
            "docs.write",
            "real.data",
            "test.timezone",
            "test.language",
            "test.country",
            "jacoco.minimum",
            "image.base",
            "spotless.apply.skip");

    static Stream<Map.Entry<Path, String>> pages() {
        return Pages.all().entrySet().stream();
    }

    static Stream<Path> documents() {
        return Repository.files(".md").stream();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void a_generated_page_says_what_is_so(Map.Entry<Path, String> page) throws IOException {
        if (Boolean.getBoolean("docs.write")) Files.writeString(page.getKey(), page.getValue());

        assertThat(page.getKey()).as("%s is stale: %s", page.getKey(), FRESH).hasContent(page.getValue());
    }

    @Test
    void the_readme_lists_every_verb() throws IOException {
        isCurrent(README, "verbs", Commands.table());
    }

    @Test
    void the_architecture_draws_the_routes_that_are() throws IOException {
        isCurrent(
                Path.of("docs/architecture.md"),
                "routes",
                "```mermaid\n" + Flows.of(RouteFiles.at("file:routes")).mermaid() + "```\n");
    }

    @Test
    void the_archive_lists_the_columns_that_are_written() throws IOException {
        isCurrent(Path.of("docs/archive.md"), "datasets", ArchiveTables.columns());
        isCurrent(Path.of("docs/archive.md"), "athena", ArchiveTables.athena());
    }

    /** Between its two marks a page says what is so. */
    static void isCurrent(Path page, String mark, String content) throws IOException {
        var parts = Repository.text(page).split("(?<=<!-- " + mark + " -->\n)|(?=<!-- /" + mark + " -->)");
        assertThat(parts.length)
                .as("%s between <!-- %s --> and <!-- /%s -->", page, mark, mark)
                .isGreaterThan(1);

        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(page, parts[0] + content + parts[parts.length - 1]);
            return;
        }

        assertThat(parts.length == 3 ? parts[1] : "")
                .as("%s is stale: %s", page, FRESH)
                .isEqualTo(content);
    }

    @Test
    void rules_that_stand_in_no_schema_are_listed_and_those_listed_are_in_use() {
        var literal = Pattern.compile("\"((?:unsellable|unknown)-[a-z-]+|sku-taken)\"");
        var used = new TreeSet<String>();
        for (var file : Repository.files(Path.of("src/main/java"), ".java")) {
            if (!file.endsWith("RuleList.java"))
                literal.matcher(Repository.text(file)).results().forEach(found -> used.add(found.group(1)));
        }

        var page = Pages.all().get(Path.of("docs/rules.md"));
        var listed = page.substring(page.indexOf("## "))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("`")[1]);

        assertThat(listed).containsExactlyInAnyOrderElementsOf(used);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void every_link_leads_somewhere(Path document) {
        var text = FENCE.matcher(Repository.text(document)).replaceAll("");

        for (var found : LINK.matcher(text).results().toList()) {
            var target = found.group(1);
            if (target.matches("(https?|mailto):.*")) continue;
            var file = target.startsWith("#")
                    ? document
                    : folder(document).resolve(target.replaceFirst("#.*", "")).normalize();
            assertThat(Files.exists(file)).as("%s, from %s", target, document).isTrue();
            if (target.contains("#"))
                assertThat(anchors(file)).as("%s, from %s", target, document).contains(target.replaceFirst(".*#", ""));
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void every_command_can_be_given(Path document) {
        var problems = new ArrayList<String>();

        for (var found : COMMAND.matcher(Repository.text(document)).results().toList()) {
            var words = WORD.matcher(found.group(2))
                    .results()
                    .map(word -> word.group().replaceFirst("[.,:)]+$", ""))
                    .filter(word -> !word.isEmpty())
                    .toList();
            if (found.group(1).equals("mvnw"))
                words.stream().filter(word -> !isMaven(word)).forEach(word -> problems.add("./mvnw " + word));
            else Commands.problem(words).ifPresent(problems::add);
        }

        assertThat(problems).as("commands in %s", document).isEmpty();
    }

    @Test
    void the_readme_shows_commands_with_their_output() {
        assertThat(Repository.text(README))
                .contains(
                        "./caravan demo", "./mvnw verify", "$ ./caravan ", "CARAVAN_ROUTES=file:routes", "caravan.cmd");
    }

    @Test
    void every_setting_in_the_shipped_properties_is_known_and_listed() {
        assertThat(dev.caravan.settings.SettingsPage.unknown()).isEmpty();
    }

    @Test
    void nothing_speaks_of_the_machine_it_was_written_on() {
        var machine = Pattern.compile(
                "(?i)(?<![\\w.:/-])/(?:home|root|users|work)/\\w|\\.\\./shared/|https?://[^/\\s\"]*(?:nexus|artifactory|verdaccio|devpi|goproxy)");
        var found = new TreeSet<String>();

        for (var file : Repository.files("")) {
            Repository.textOf(file).ifPresent(text -> text.lines()
                    .filter(line -> machine.matcher(line).find())
                    .forEach(line -> found.add(file + ": " + line.strip())));
        }

        assertThat(found).isEmpty();
    }

    @Test
    void the_build_fetches_from_maven_central_only() {
        var hosts = Pattern.compile("https?://([^/\\s<\"]+)");
        var files = List.of(Path.of("pom.xml"), Path.of(".mvn/wrapper/maven-wrapper.properties"));

        assertThat(files).allSatisfy(file -> assertThat(
                        hosts.matcher(Repository.text(file)).results().map(host -> host.group(1)))
                .isSubsetOf("maven.apache.org", "www.w3.org", "repo.maven.apache.org"));
    }

    private static boolean isMaven(String word) {
        if (word.startsWith("-D") && word.contains("="))
            return MAVEN_PROPERTIES.contains(word.substring(2, word.indexOf('=')));
        if (word.startsWith("-P"))
            return Repository.text(Path.of("pom.xml")).contains("<id>" + word.substring(2) + "</id>");
        return GOALS.contains(word) || MAVEN_SWITCHES.contains(word);
    }

    private static Path folder(Path document) {
        return document.getParent() == null ? Path.of("") : document.getParent();
    }

    /** Headings as GitHub names them. */
    private static List<String> anchors(Path document) {
        return Repository.text(document)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }
}
