package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The diagrams of {@code docs/architecture.md} are of the packages, routes and queues that are. */
class ArchitectureTest {
    private static final Path PAGE = Path.of("docs/architecture.md");
    private static final Path SOURCES = Path.of("src/main/java/dev/caravan");
    private static final String FLOWS = "flows";

    /** Packages by what they are for, in the order of the diagram. */
    private static final Map<String, List<String>> GROUPS = groups();

    private static final Pattern PARTICIPANT = Pattern.compile("participant \\w+ as ([a-z]+(?:-[a-z]+)+)\\n");
    private static final Pattern QUEUE = Pattern.compile("QueueName: !Sub \"\\$\\{Prefix}-(.+)\"");

    private static Map<String, List<String>> groups() {
        var groups = new LinkedHashMap<String, List<String>>();
        groups.put(FLOWS, List.of("products", "orders", "customers", "clickstream", "tasks", "deadletters"));
        groups.put(
                "ways in and out",
                List.of("api", "console", "cli", "hawtio", "webhooks", "uploads", "outbound", "aws"));
        groups.put(
                "books",
                List.of("ledger", "journey", "quarantine", "alerts", "reports", "archive", "lineage", "erasure"));
        groups.put("routes and mappings", List.of("routes", "records", "check", "cases", "reload", "rerun"));
        groups.put("ground", List.of("state", "observe", "tracing", "settings", "failure", "json", "deploy"));
        return groups;
    }

    @Test
    void its_packages_are_those_of_the_sources() throws IOException {
        try (var folders = Files.list(SOURCES)) {
            assertThat(GROUPS.values().stream().flatMap(List::stream))
                    .containsExactlyInAnyOrderElementsOf(folders.filter(Files::isDirectory)
                            .map(folder -> folder.getFileName().toString())
                            .toList());
        }

        DocsTest.isCurrent(PAGE, "packages", diagram());
    }

    @Test
    void routes_in_its_sequences_are_routes() {
        var routes = Yaml.routes().stream().map(route -> route.id()).toList();

        var named = PARTICIPANT
                .matcher(Repository.text(PAGE))
                .results()
                .map(found -> found.group(1))
                .toList();

        assertThat(named).hasSizeGreaterThan(5).isSubsetOf(routes);
    }

    @Test
    void its_queues_are_those_of_the_templates() {
        var queues = QUEUE.matcher(Repository.text(Path.of("cloudformation/messaging.yaml")))
                .results()
                .map(found -> "caravan-" + found.group(1))
                .filter(queue -> !queue.contains("-dead"))
                .toList();

        assertThat(Repository.text(PAGE)).contains("/\"SQS: " + String.join(", ", queues) + "\"/");
    }

    private static String diagram() {
        var text = new StringBuilder("```mermaid\nflowchart TB\n");
        GROUPS.forEach((group, packages) -> {
            text.append("  subgraph ")
                    .append(group.replace(' ', '-'))
                    .append("[\"")
                    .append(group)
                    .append("\"]\n");
            packages.forEach(name -> text.append("    ").append(name).append("\n"));
            text.append("  end\n");
        });
        for (var user : GROUPS.get(FLOWS)) {
            for (var used : GROUPS.get(FLOWS)) {
                if (!user.equals(used) && uses(user, used))
                    text.append("  ").append(user).append(" --> ").append(used).append("\n");
            }
        }
        return text.append("```\n").toString();
    }

    private static boolean uses(String user, String used) {
        return Repository.files(SOURCES.resolve(user), ".java").stream()
                .anyMatch(file -> Repository.text(file).contains("\nimport dev.caravan." + used + "."));
    }
}
