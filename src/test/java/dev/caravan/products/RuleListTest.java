package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Run with {@code -Dcaravan.docs.write=true} to write the page anew. */
class RuleListTest {
    private static final Path PAGE = Path.of("docs/rules.md");

    @Test
    void the_published_list_of_rules_is_up_to_date() throws IOException {
        var page = RuleList.markdown(RouteFiles.at("file:routes"));
        if (Boolean.getBoolean("caravan.docs.write")) Files.writeString(PAGE, page);

        assertThat(PAGE).as("docs/rules.md is stale: run mvn test -Dtest=RuleListTest -Dcaravan.docs.write=true").hasContent(page);
    }
}
