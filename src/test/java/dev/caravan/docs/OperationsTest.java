package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages below {@code docs/operations/} name is there: alarms, tests, settings, profiles. */
class OperationsTest {
    private static final Path RUN_BOOK = Path.of("docs/operations/run-book.md");
    private static final Pattern HEADING = Pattern.compile("(?m)^## (.+)$");
    private static final Pattern CLOUDWATCH = Pattern.compile("AlarmName: !Sub \"\\$\\{Prefix}-([a-z-]+)\"");
    private static final Pattern PROMETHEUS = Pattern.compile("- alert: (\\w+)");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))(?:#(\\w+))?`");
    private static final Pattern VARIABLE = Pattern.compile("`([A-Z]+(?:_[A-Z0-9]+)+)(?:=[^`]*)?`");
    /** Read by the AWS SDK, by OpenTelemetry, by the launcher. */
    private static final Pattern OTHERS = Pattern.compile("AWS_|OTEL_|CARAVAN_LOG_FORMAT|CARAVAN_URL|CARAVAN_API_KEY$");

    private static final Pattern PARAMETER =
            Pattern.compile("`(database|messaging|network|observability|runtime|storage)\\.([A-Z]\\w+)`");

    static Stream<Path> pages() {
        return Stream.concat(
                Repository.files(Path.of("docs"), ".md").stream(),
                Stream.of(Path.of("README.md"), Path.of("ASSUMPTIONS.md")));
    }

    @Test
    void every_alarm_has_a_section_and_every_section_is_of_an_alarm() {
        var alarms = new ArrayList<String>();
        for (var template : Repository.files(Path.of("cloudformation"), ".yaml"))
            alarms.addAll(found(CLOUDWATCH, Repository.text(template)));
        alarms.addAll(found(PROMETHEUS, Repository.text(Path.of("docker/prometheus/alerts.yaml"))));

        var sections = found(HEADING, Repository.text(RUN_BOOK)).stream()
                .flatMap(heading -> Stream.of(heading.split(", ")))
                .toList();

        assertThat(sections).containsExactlyInAnyOrderElementsOf(alarms);
    }

    @Test
    void every_section_says_where_to_look_and_what_to_do() {
        for (var section : Repository.text(RUN_BOOK).split("(?m)^## ")) {
            if (section.startsWith("#")) continue;
            assertThat(section).contains("\n- Look: ", "\n- Do: ");
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void every_test_a_page_names_is_there(Path page) {
        for (var named : TEST.matcher(Repository.text(page)).results().toList()) {
            assertThat(Repository.files(Path.of("src/test/java"), "/" + named.group(1) + ".java"))
                    .as("%s, named by %s", named.group(), page)
                    .singleElement()
                    .satisfies(file -> {
                        if (named.group(2) != null)
                            assertThat(Repository.text(file)).contains("void " + named.group(2) + "(");
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void every_parameter_of_a_template_that_a_page_names_is_there(Path page) {
        for (var named : PARAMETER.matcher(Repository.text(page)).results().toList())
            assertThat(Repository.text(Path.of("cloudformation/" + named.group(1) + ".yaml")))
                    .as("%s, named by %s", named.group(), page)
                    .contains("\n  " + named.group(2) + ":\n");
    }

    @Test
    void every_setting_an_operations_page_names_is_there() {
        var settings = Repository.text(Path.of("docs/settings.md"));
        var unknown = new TreeSet<String>();
        for (var page : Repository.files(Path.of("docs/operations"), ".md")) {
            for (var variable : found(VARIABLE, Repository.text(page))) {
                if (!OTHERS.matcher(variable).lookingAt() && !settings.contains("`" + variable + "`"))
                    unknown.add(page + ": " + variable);
            }
        }

        assertThat(unknown).isEmpty();
    }

    @Test
    void every_profile_is_listed_with_what_it_runs() {
        var profiles = found(Pattern.compile("mvnw -q verify -P(\\w+)"), Repository.text(Path.of(".ci/run")));

        assertThat(profiles).isNotEmpty();
        assertThat(Repository.text(Path.of("docs/operations/testing.md")))
                .contains(profiles.stream()
                        .map(profile -> "\n| `" + profile + "` |")
                        .toList());
    }

    @Test
    void what_stands_in_place_of_functions_are_routes_and_no_flow_is_left_out() {
        var section = Repository.text(Path.of("ASSUMPTIONS.md"))
                .split("## In place of functions and state machines\n")[1]
                .split("\n## ")[0];
        var routes = Yaml.routes().stream().map(route -> route.id()).toList();

        var named = found(Pattern.compile("`([a-z]+(?:-[a-z]+)+)`"), section);

        assertThat(named).isSubsetOf(routes);
        assertThat(named.stream().map(route -> route.replaceFirst("-.*", "")))
                .contains("products", "orders", "customers", "clickstream", "tasks", "dead");
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(found -> found.group(1)).toList();
    }
}
