package dev.caravan.docs;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each block of commands on a page is run by a test, or says in its first line what it needs that tests do not have, such as
 * {@code # needs AWS}.
 */
class ShownCommandsTest {
    private static final String NEEDS = "# needs (AWS|Docker|a browser)( and (AWS|Docker|a browser))?";

    /** Which test runs all blocks of a page but those that need something. */
    private static final Map<String, String> RUN_BY = Map.ofEntries(
            entry("README.md", "HowToIT"),
            entry("docs/alerts.md", "HowToIT"),
            entry("docs/customers.md", "HowToIT"),
            entry("docs/first-hour.md", "HowToIT"),
            entry("docs/hawtio.md", "HowToIT"),
            entry("docs/operations/cost.md", "HowToIT"),
            entry("docs/reports.md", "HowToIT"),
            entry("docs/tour.md", "HowToIT"),
            entry("docs/how-to/add-a-supplier.md", "HowToIT"),
            entry("docs/how-to/add-up-orders.md", "HowToIT"),
            entry("docs/how-to/edit-a-bad-message.md", "HowToIT"),
            entry("docs/how-to/find-a-product.md", "HowToIT"),
            entry("docs/how-to/fix-a-renamed-column.md", "HowToIT"),
            entry("docs/how-to/fix-and-replay.md", "HowToIT"),
            entry("docs/how-to/hand-in-a-task.md", "TasksHowToIT"),
            entry("docs/how-to/replay-after-an-outage.md", "HowToIT"),
            entry("docs/how-to/try-a-change-on-the-past.md", "HowToIT"));

    @TempDir
    private Path folder;

    private static Stream<ShownBlock> blocks() {
        return Stream.concat(
                        Repository.files(Path.of("docs"), ".md").stream(),
                        Stream.of(
                                        "README.md",
                                        "ASSUMPTIONS.md",
                                        "CHANGELOG.md",
                                        "medusa/README.md",
                                        "pimcore/README.md")
                                .map(Path::of))
                .flatMap(page -> ShownBlock.of(page).stream());
    }

    @Test
    void each_block_of_commands_is_run_or_says_what_it_needs() {
        assertThat(blocks().filter(ShownBlock::isCommands)
                        .filter(block -> !isRun(block) && !saysWhatItNeeds(block))
                        .map(block -> block.page() + ":" + block.line()))
                .as("blocks that no test runs, and whose first line is not such as \"# needs AWS\"")
                .isEmpty();
    }

    @Test
    void who_is_said_to_run_a_page_names_it() {
        RUN_BY.forEach((page, test) -> {
            var name = Path.of(page).getFileName().toString().replace(".md", "");
            assertThat(Repository.files(Path.of("src/test/java"), "/" + test + ".java"))
                    .singleElement()
                    .satisfies(file -> assertThat(Repository.text(file))
                            .as("%s, said to run %s", test, page)
                            .containsPattern("[\"/]" + name + "(\\.md)?\""));
            assertThat(ShownBlock.of(Path.of(page))).as(page).anyMatch(ShownBlock::isCommands);
        });
    }

    @Test
    void a_block_nobody_runs_is_found_and_one_that_needs_something_is_not() throws IOException {
        var page = folder.resolve("page.md");
        Files.writeString(
                page, "# Page\n\n```sh\nls\n```\n\n- so:\n\n  ```console\n  # needs AWS\n  $ aws s3 ls\n  ```\n");

        var found = ShownBlock.of(page);

        assertThat(found).extracting(ShownBlock::line).containsExactly(3, 9);
        assertThat(found).allMatch(ShownBlock::isCommands);
        assertThat(found).extracting(ShownCommandsTest::saysWhatItNeeds).containsExactly(false, true);
        assertThat(found).noneMatch(ShownCommandsTest::isRun);
    }

    @Test
    void a_block_that_is_not_closed_is_found() throws IOException {
        var page = folder.resolve("page.md");
        Files.writeString(page, "```mermaid\nflowchart LR\n\nText.\n\n```sh\nls\n```\n");

        assertThatThrownBy(() -> ShownBlock.of(page)).hasMessageEndingWith("page.md:1: a block that is not closed");
    }

    private static boolean isRun(ShownBlock block) {
        return RUN_BY.containsKey(block.page().toString().replace('\\', '/'));
    }

    private static boolean saysWhatItNeeds(ShownBlock block) {
        return !block.lines().isEmpty() && block.lines().get(0).matches(NEEDS);
    }
}
