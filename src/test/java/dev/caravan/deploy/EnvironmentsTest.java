package dev.caravan.deploy;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the templates are deployed with. */
class EnvironmentsTest {
    private static final Path PAGE = Path.of("docs/operations/cloudformation.md");
    private static final Path PLATFORMS = Path.of("docs/operations/platforms.md");

    @Test
    void every_value_is_one_its_template_takes() {
        for (var environment : Environment.all())
            for (var template : Template.all())
                environment.complete().of(template).forEach((name, value) -> {
                    var what = environment.name() + ": " + template.name() + "." + name + " = " + value;
                    var parameter = template.tree().path("Parameters").path(name);
                    assertThat(parameter.isMissingNode()).as(what).isFalse();
                    if (parameter.has("AllowedPattern"))
                        assertThat(value)
                                .as(what)
                                .matches(parameter.get("AllowedPattern").asText());
                    if (parameter.has("AllowedValues"))
                        assertThat(parameter.get("AllowedValues").valueStream().map(JsonNode::asText))
                                .as(what)
                                .contains(value);
                    if (parameter.has("MinValue"))
                        assertThat(Integer.parseInt(value))
                                .as(what)
                                .isGreaterThanOrEqualTo(
                                        parameter.get("MinValue").asInt());
                    if (parameter.has("MaxValue"))
                        assertThat(Integer.parseInt(value))
                                .as(what)
                                .isLessThanOrEqualTo(parameter.get("MaxValue").asInt());
                });
    }

    @Test
    void only_an_owner_can_know_what_no_environment_sets_and_no_template_has_a_default_for() {
        for (var environment : Environment.all()) {
            var missing = new TreeSet<String>();
            for (var template : Template.all())
                template.tree().path("Parameters").properties().forEach(parameter -> {
                    if (!parameter.getValue().has("Default")
                            && !parameter.getKey().equals("Prefix")
                            && !environment
                                    .parameters()
                                    .getOrDefault(template.name(), java.util.Map.of())
                                    .containsKey(parameter.getKey())) missing.add(parameter.getKey());
                });

            assertThat(missing).as(environment.name()).isEqualTo(new TreeSet<>(Environment.OWNERS.keySet()));
        }
    }

    @Test
    void no_environment_differs_by_what_it_leaves_out() {
        assertThat(Environment.all().stream()
                        .map(environment -> keys(environment))
                        .distinct())
                .hasSize(1);
    }

    /** What the table promises of production, whatever is edited. */
    @Test
    void production_outlives_a_zone_and_a_mistake() {
        var production = Environment.named("prod").parameters();

        assertThat(production.get("network"))
                .containsEntry("WayOut", "nat-per-zone")
                .containsEntry("Endpoints", "yes");
        assertThat(production.get("database"))
                .containsEntry("MultiAz", "true")
                .containsEntry("DeletionProtection", "true");
        assertThat(Integer.parseInt(production.get("database").get("BackupDays")))
                .isGreaterThanOrEqualTo(14);
        assertThat(production.get("runtime")).containsEntry("Capacity", "FARGATE");
        assertThat(Integer.parseInt(production.get("runtime").get("LeastTasks")))
                .isGreaterThanOrEqualTo(2);
    }

    @Test
    void certificates_of_erasures_say_how_long_it_is_kept_as_the_other_templates_have_it() {
        var of = Map.of(
                "EventDays", "messaging",
                "LogDays", "observability",
                "AccessLogDays", "storage",
                "FormerVersionDays", "storage",
                "BackupDays", "database");
        for (var environment : Environment.all())
            of.forEach((name, template) -> assertThat(
                            environment.parameters().get("runtime").get(name))
                    .as(environment.name() + " " + name)
                    .isEqualTo(environment.parameters().get(template).get(name)));
    }

    @Test
    void the_table_of_what_differs_is_current() throws IOException {
        var rows = new ArrayList<>(List.of("| parameter | dev | staging | prod |", "|---|---|---|---|"));
        var first = Environment.all().get(0);
        first.parameters().forEach((template, parameters) -> parameters.keySet().forEach(name -> {
            var row = new StringBuilder("| `")
                    .append(template)
                    .append('.')
                    .append(name)
                    .append("` |");
            for (var environment : Environment.all())
                row.append(' ')
                        .append(environment.parameters().get(template).get(name))
                        .append(" |");
            rows.add(row.toString());
        }));

        isCurrent(PAGE, "differences", String.join("\n", rows) + "\n");
    }

    @Test
    void what_dev_costs_is_added_up_and_within_its_budget() throws IOException {
        var model = CostModel.read(Template.FOLDER, "dev");
        var rows = new ArrayList<>(List.of("| what | quantity | US dollars a month |", "|---|---|---|"));
        var sum = BigDecimal.ZERO;
        for (var line : model.month(new CostModel.Use(0, 0, 0), model.leastTasks(), false)) {
            sum = sum.add(line.dollars());
            rows.add("| %s | %s × %s | %s |"
                    .formatted(
                            line.what(),
                            line.quantity().setScale(1, RoundingMode.HALF_UP).toPlainString(),
                            line.per(),
                            line.dollars()));
        }
        rows.add("| **together** | | **%s** |".formatted(sum));
        rows.add("");
        rows.add("As of " + model.pricesAsOf() + ".");

        assertThat(LocalDate.parse(model.pricesAsOf())).isBeforeOrEqualTo(LocalDate.now(Clock.systemUTC()));
        assertThat(sum).isLessThan(model.budget());
        isCurrent(PAGE, "cost", String.join("\n", rows) + "\n");
    }

    @Test
    void what_medusa_and_pimcore_add_to_dev_is_added_up(@TempDir Path folder) throws IOException {
        try (var files = Files.walk(Template.FOLDER)) {
            for (var file : files.toList())
                Files.copy(file, folder.resolve(Template.FOLDER.relativize(file)), REPLACE_EXISTING);
        }
        Files.writeString(folder.resolve("environments/dev.yaml"), "platforms: {}\n", StandardOpenOption.APPEND);
        var without = dollars(Template.FOLDER);
        var with = dollars(folder);
        var rows = new ArrayList<>(List.of("| what | US dollars a month |", "|---|---|"));
        var sum = BigDecimal.ZERO;
        for (var what : with.keySet()) {
            var more = with.get(what).subtract(without.getOrDefault(what, BigDecimal.ZERO));
            if (more.signum() == 0) continue;
            sum = sum.add(more);
            rows.add("| %s | %s |".formatted(what, more));
        }
        rows.add("| **together** | **%s** |".formatted(sum));

        isCurrent(PLATFORMS, "cost", String.join("\n", rows) + "\n");
    }

    /** Of dev, by what it is for, in the order of the bill. */
    private static Map<String, BigDecimal> dollars(Path folder) {
        var dollars = new LinkedHashMap<String, BigDecimal>();
        var model = CostModel.read(folder, "dev");
        for (var line : model.month(new CostModel.Use(0, 0, 0), model.leastTasks(), false))
            dollars.merge(line.what(), line.dollars(), BigDecimal::add);
        return dollars;
    }

    private static TreeSet<String> keys(Environment environment) {
        var keys = new TreeSet<String>();
        environment.parameters().forEach((template, parameters) -> parameters
                .keySet()
                .forEach(name -> keys.add(template + "." + name)));
        return keys;
    }

    /** Between {@code <!-- MARK -->} and {@code <!-- /MARK -->}; written anew with {@code -Ddocs.write=true}. */
    private static void isCurrent(Path file, String mark, String content) throws IOException {
        var begin = "<!-- " + mark + " -->\n";
        var end = "<!-- /" + mark + " -->";
        var page = Files.readString(file).replace("\r\n", "\n");
        var from = page.indexOf(begin) + begin.length();
        var to = page.indexOf(end);
        if (Boolean.getBoolean("docs.write"))
            Files.writeString(file, page.substring(0, from) + content + page.substring(to));
        else
            assertThat(page.substring(from, to))
                    .as("./mvnw test -Dtest=EnvironmentsTest -Ddocs.write=true makes it anew")
                    .isEqualTo(content);
    }
}
