package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.deploy.CostModel.Line;
import dev.caravan.deploy.CostModel.Use;
import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a month costs, added up by hand where that is short. */
class CostModelTest {
    private static final Use NOTHING = new Use(0, 0, 0);

    @TempDir
    Path folder;

    @Test
    void an_environment_to_which_nothing_comes_costs_what_its_templates_make() {
        var lines = bill("dev", NOTHING, false);

        assertThat(lines).allMatch(line -> line.part().equals("fixed"));
        // 730 hours of half a CPU and of 2 GB, at 0.3 of 0.03238 and 0.00356 dollars.
        assertThat(dollars(lines, "Fargate, ARM, processors, Spot")).isEqualByComparingTo("3.55");
        assertThat(dollars(lines, "Fargate, ARM, memory, Spot")).isEqualByComparingTo("1.56");
        assertThat(dollars(lines, "RDS db.t4g.micro")).isEqualByComparingTo("11.68");
        assertThat(dollars(lines, "KMS keys")).isEqualByComparingTo("5.00");
        assertThat(dollars(lines, "Secrets")).isEqualByComparingTo("0.80");
        assertThat(dollars(lines, "Public IPv4 addresses")).isEqualByComparingTo("3.65");
        assertThat(lines)
                .noneMatch(line -> line.what().contains("NAT") || line.what().contains("Endpoints"));
    }

    @Test
    void production_pays_for_two_of_what_must_not_fail() {
        var lines = bill("prod", NOTHING, true);

        // 2 × 730 × 0.168
        assertThat(dollars(lines, "RDS db.m7g.large")).isEqualByComparingTo("245.28");
        // 2 × 730 × 0.045
        assertThat(dollars(lines, "NAT gateways")).isEqualByComparingTo("65.70");
        // Eight interfaces in two zones: 16 × 730 × 0.01
        assertThat(dollars(lines, "Endpoints, one in each of two zones")).isEqualByComparingTo("116.80");
        // 2 tasks × 2 CPUs × 730 × 0.03238
        assertThat(dollars(lines, "Fargate, ARM, processors")).isEqualByComparingTo("94.55");
        assertThat(dollars(lines, "Firewall, rules")).isEqualByComparingTo("2.00");
    }

    @Test
    void a_million_events_cost_a_dollar_and_each_upload_is_one_too() throws IOException {
        edited("requests.yaml", """
                as-of: 2026-11-22
                products:
                  uploads: 1
                  delivered-by-rules: 4
                  stored-bytes: 1000000
                  event-bytes: 0
                  moved-bytes: 0
                  log-bytes: 0
                  requests: { eventbridge.PutEvents: 3, sqs.ReceiveMessage: 6, s3.CopyObject: 1, s3.GetObject: 5 }
                orders: { requests: {} }
                clicks: { requests: {} }
                idle: { receives-an-hour: 0, measurements-an-hour: 0 }
                """);

        var lines = CostModel.read(folder, "dev").month(new Use(0, 0, 1_000_000), BigDecimal.ONE, false).stream()
                .filter(line -> line.part().equals("products"))
                .toList();

        assertThat(quantity(lines, "EventBridge events")).isEqualByComparingTo("0.004");
        assertThat(quantity(lines, "SQS requests")).isEqualByComparingTo("0.01");
        // 1,000 uploads and 1,000 copies; 5,000 reads; both by the thousand.
        assertThat(quantity(lines, "S3 requests that write")).isEqualByComparingTo("2");
        assertThat(quantity(lines, "S3 requests that read")).isEqualByComparingTo("5");
        // A GB a month: a month in the inbox and one in the archive, two months, and what is left of a year.
        assertThat(quantity(lines, "S3 Standard")).isEqualByComparingTo("2");
        assertThat(quantity(lines, "S3 Standard-IA")).isEqualByComparingTo("2");
        assertThat(quantity(lines, "S3 Glacier")).isBetween(new BigDecimal("9.16"), new BigDecimal("9.17"));
    }

    @Test
    void twice_as_much_costs_twice_as_much_beyond_what_is_always_there() {
        var once = sum(bill("prod", new Use(1_000_000, 100_000_000, 500_000), false), "");
        var twice = sum(bill("prod", new Use(2_000_000, 200_000_000, 1_000_000), false), "");
        var never = sum(bill("prod", NOTHING, false), "");

        // Each line is rounded to the cent.
        assertThat(twice.subtract(never).doubleValue())
                .isCloseTo(2 * once.subtract(never).doubleValue(), org.assertj.core.data.Offset.offset(0.5));
        assertThat(once).isGreaterThan(never);
    }

    @Test
    void every_price_is_used_and_every_environment_stays_within_its_budget() throws IOException {
        var used = new TreeSet<String>();
        withPlatforms().month(NOTHING, BigDecimal.ONE, false).forEach(line -> used.add(line.what()));
        for (var environment : Environment.NAMES) {
            var model = CostModel.read(Template.FOLDER, environment);
            bill(environment, new Use(1_000_000, 1_000_000, 1_000_000), true).forEach(line -> used.add(line.what()));

            assertThat(sum(bill(environment, NOTHING, true), ""))
                    .as(environment)
                    .isLessThan(model.budget().add(new BigDecimal(30)));
            assertThat(sum(bill(environment, NOTHING, false), ""))
                    .as(environment)
                    .isLessThan(model.budget());
        }
        var prices = Plan.tree(Template.FOLDER.resolve("prices.yaml")).path("prices");
        prices.properties().forEach(price -> {
            assertThat(price.getValue().path("sure").asText())
                    .as(price.getKey())
                    .isIn("high", "medium", "guess");
            // What another environment may choose.
            if (!price.getKey().matches("fargate-.*-x86|fargate-spot-share|rds.db.t4g.medium"))
                assertThat(used)
                        .as(price.getKey())
                        .contains(price.getValue().path("what").asText());
        });
    }

    @Test
    void medusa_and_pimcore_cost_what_they_are_made_of_where_an_environment_has_them() throws IOException {
        var lines = withPlatforms().month(NOTHING, BigDecimal.ONE, false);

        var ours =
                lines.stream().filter(line -> line.part().equals("platforms")).toList();
        // Two tasks for 730 hours, each of half a CPU and of 2 GB, at 0.3 of 0.03238 and 0.00356 dollars.
        assertThat(dollars(ours, "Fargate, ARM, processors, Spot")).isEqualByComparingTo("7.09");
        assertThat(dollars(ours, "Fargate, ARM, memory, Spot")).isEqualByComparingTo("3.12");
        // 2 × 730 × 0.005 and 0.016; 2 × 20 × 0.115
        assertThat(dollars(ours, "Public IPv4 addresses")).isEqualByComparingTo("7.30");
        assertThat(dollars(ours, "RDS db.t4g.micro")).isEqualByComparingTo("23.36");
        assertThat(dollars(ours, "RDS storage, gp3")).isEqualByComparingTo("4.60");
        // One key more than dev's five; five secrets and two passwords more than its two.
        assertThat(dollars(lines, "KMS keys")).isEqualByComparingTo("6.00");
        assertThat(dollars(lines, "Secrets")).isEqualByComparingTo("3.60");
        assertThat(bill("dev", NOTHING, false)).noneMatch(line -> line.part().equals("platforms"));
    }

    @Test
    void a_database_without_a_price_is_named() throws IOException {
        edited("requests.yaml", Files.readString(Template.FOLDER.resolve("requests.yaml")));
        var file = folder.resolve("environments/dev.yaml");
        Files.writeString(file, Files.readString(file).replace("db.t4g.micro", "db.r9.huge"));

        var model = CostModel.read(folder, "dev");

        assertThatThrownBy(() -> model.month(NOTHING, BigDecimal.ONE, false))
                .isInstanceOf(BadSettings.class)
                .hasMessage("prices.yaml has no price rds.db.r9.huge: add it");
    }

    private CostModel withPlatforms() throws IOException {
        var file = "environments/dev.yaml";
        edited(file, Files.readString(Template.FOLDER.resolve(file)) + "platforms: {}\n");
        return CostModel.read(folder, "dev");
    }

    /** The templates in a folder of this test, with a file of its own. */
    private void edited(String name, String content) throws IOException {
        Files.createDirectories(folder.resolve("environments"));
        try (var files = Files.walk(Template.FOLDER)) {
            for (var file : files.filter(Files::isRegularFile).toList())
                Files.copy(file, folder.resolve(Template.FOLDER.relativize(file)));
        }
        Files.writeString(folder.resolve(name), content);
    }

    private static List<Line> bill(String environment, Use use, boolean publicPort) {
        var model = CostModel.read(Template.FOLDER, environment);
        return model.month(use, model.leastTasks(), publicPort);
    }

    private static BigDecimal sum(List<Line> lines, String part) {
        return lines.stream()
                .filter(line -> line.part().startsWith(part))
                .map(Line::dollars)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static BigDecimal dollars(List<Line> lines, String what) {
        return lines.stream()
                .filter(line -> line.what().equals(what))
                .map(Line::dollars)
                .findFirst()
                .orElseThrow();
    }

    /** Of the first line that begins so. */
    private static BigDecimal quantity(List<Line> lines, String what) {
        return lines.stream()
                .filter(line -> line.what().startsWith(what))
                .map(Line::quantity)
                .findFirst()
                .orElseThrow();
    }
}
