package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/debugging.md says is so: the tests it names are there, and its numbers are those of the sample. */
class DebuggingTest {
    private static final Path PAGE = Path.of("docs/debugging.md");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final ZoneOffset WEST = ZoneOffset.ofHours(-5);

    @Test
    void each_failure_names_tests_that_exist() {
        var rows = Repository.text(PAGE)
                .lines()
                .filter(line -> line.matches("\\| [0-9]+ \\|.*"))
                .toList();

        assertThat(rows).hasSize(12).allSatisfy(row -> assertThat(row).containsPattern(NAMED));
        for (var row : rows) {
            var named = NAMED.matcher(row);
            while (named.find()) {
                var name = named.group(1) + ".java";
                assertThat(Repository.files(Path.of("src/test/java"), "/" + name))
                        .as(name)
                        .singleElement()
                        .satisfies(file -> assertThat(Repository.text(file)).contains("void " + named.group(2) + "("));
            }
        }
    }

    @Test
    void its_numbers_are_those_of_the_sample() throws IOException {
        var orders = Files.readAllLines(Path.of("samples/orders.jsonl")).stream()
                .map(Json::read)
                .toList();
        var page = Repository.text(PAGE);
        var utc = days(orders, ZoneOffset.UTC);
        var west = days(orders, WEST);
        Predicate<JsonNode> moved = order -> !day(order, WEST).equals(day(order, ZoneOffset.UTC));

        assertThat(page)
                .contains(
                        orders.size() + " orders, of which " + confirmed(orders).size() + " are confirmed",
                        "exactly " + money(total(orders)),
                        money(total(orders.subList(0, 30))) + " instead of " + money(total(orders)),
                        money(total(orders).multiply(BigDecimal.valueOf(2))) + ", "
                                + money(total(orders).multiply(BigDecimal.valueOf(3))) + ", and so on",
                        money(total(orders).subtract(total(orders.subList(1, 2)))) + ", and nobody knows of the "
                                + money(total(orders.subList(1, 2))),
                        confirmed(orders).stream().filter(moved).count() + " confirmed orders over "
                                + money(total(orders.stream().filter(moved).toList())) + " are on another day",
                        "2025-08-11 has " + money(west.get(LocalDate.parse("2025-08-11"))) + " instead of "
                                + money(utc.get(LocalDate.parse("2025-08-11"))),
                        "2025-08-10 with " + money(west.get(LocalDate.parse("2025-08-10"))),
                        west.keySet().stream()
                                        .filter(day -> !west.get(day).equals(utc.get(day)))
                                        .count()
                                + " of " + west.size() + " days are wrong");
        assertThat(utc).doesNotContainKey(LocalDate.parse("2025-08-10"));
    }

    private static List<JsonNode> confirmed(List<JsonNode> orders) {
        return orders.stream()
                .filter(order -> order.get("status").textValue().equals("confirmed"))
                .toList();
    }

    private static BigDecimal total(List<JsonNode> orders) {
        var total = BigDecimal.ZERO;
        for (var order : confirmed(orders)) {
            for (var item : order.get("items"))
                total = total.add(item.get("unit_price")
                        .decimalValue()
                        .multiply(item.get("quantity").decimalValue()));
        }
        return total;
    }

    private static Map<LocalDate, BigDecimal> days(List<JsonNode> orders, ZoneOffset zone) {
        var days = new TreeMap<LocalDate, BigDecimal>();
        confirmed(orders).forEach(order -> days.merge(day(order, zone), total(List.of(order)), BigDecimal::add));
        return days;
    }

    private static LocalDate day(JsonNode order, ZoneOffset zone) {
        return OffsetDateTime.parse(order.get("timestamp").textValue())
                .withOffsetSameInstant(zone)
                .toLocalDate();
    }

    private static String money(BigDecimal amount) {
        return String.format(Locale.ROOT, "%,.2f", amount);
    }
}
