package dev.caravan.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.caravan.products.FieldMapping;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/data-model.md} shows the tables, schemas and mappings that are. What is made from them is written anew by
 * {@code ./mvnw test -Dtest=DataModelTest -Ddocs.write=true}.
 */
class DataModelTest {
    private static final Path PAGE = Path.of("docs/data-model.md");

    private static TestState state;

    @BeforeAll
    static void migrate() {
        state = new TestState();
    }

    @AfterAll
    static void close() {
        state.close();
    }

    @Test
    void its_schemas_are_those_of_the_routes() throws IOException {
        DocsTest.isCurrent(PAGE, "schemas", DataModel.schemas());
    }

    @Test
    void its_diagrams_are_those_of_the_migrated_database() throws IOException {
        DocsTest.isCurrent(PAGE, "tables", new DataModel(state).diagrams());
    }

    @Test
    void its_fields_go_where_the_mappings_take_them() throws IOException {
        DocsTest.isCurrent(PAGE, "fields", FieldMapping.table());
    }

    @Test
    void each_table_is_explained_by_its_migration_or_by_the_architecture() {
        var unsaid = new DataModel(state)
                .comments().entrySet().stream()
                        .filter(table -> table.getValue().isEmpty())
                        .map(table -> "`" + table.getKey() + "`")
                        .toList();

        assertThat(unsaid).isNotEmpty();
        assertThat(Repository.text(Path.of("docs/architecture.md"))).contains(unsaid);
    }

    @Test
    void its_queries_and_those_of_other_pages_can_be_asked() {
        var queries = Stream.of(PAGE, Path.of("docs/customers.md"))
                .flatMap(page -> ShownBlock.of(page).stream())
                .filter(block -> block.language().equals("sql"))
                .toList();

        assertThat(queries).hasSizeGreaterThan(5);
        for (var query : queries) {
            assertThatCode(() -> state.ask(db -> db.createQuery(
                                    String.join("\n", query.lines()).replace(";", ""))
                            .mapToMap()
                            .list()))
                    .as("%s:%s", query.page(), query.line())
                    .doesNotThrowAnyException();
        }
    }
}
