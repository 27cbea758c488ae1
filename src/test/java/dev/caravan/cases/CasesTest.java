package dev.caravan.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class CasesTest {
    private final Cases shipped = new Cases(RouteFiles.at("file:routes"));

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> every_case_gives_what_it_expects() {
        return shipped.all().stream()
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> {
                    var expected = shipped.expected(one);

                    var outcome = shipped.run(one);

                    assertThat(outcome.value().toPrettyString())
                            .isEqualTo(expected.value().toPrettyString());
                    assertThat(outcome.rejected()).isEqualTo(expected.rejected());
                }));
    }

    @Test
    void no_expectation_has_lost_its_case() {
        assertThat(shipped.orphans()).isEmpty();
    }

    @Test
    void a_step_without_suppliers_runs_its_one_mapping_and_checks_with_its_one_schema() throws IOException {
        write("orders/2-enrich/order.jslt", "{\"total\": .price * .quantity}");
        write("orders/2-enrich/order.schema.json", """
                {"properties": {"total": {"minimum": 1, "x-rule": "total-too-small", "x-message": "total {value} is too small"}}}""");
        write("orders/2-enrich/cases/two-pieces.in.json", "{\"price\": 3, \"quantity\": 2}");
        write("orders/2-enrich/cases/nothing.in.json", "{\"price\": 3, \"quantity\": 0}");
        write("orders/2-enrich/cases/no-number.in.json", "{\"price\": [], \"quantity\": 1}");

        Cases.accept(folder);

        assertThat(folder.resolve("orders/2-enrich/cases/two-pieces.out.json")).hasContent("{\n  \"total\" : 6\n}");
        assertThat(folder.resolve("orders/2-enrich/cases/nothing.rejected.json"))
                .content()
                .contains("total-too-small", "\"/total\"", "total 0 is too small");
        assertThat(folder.resolve("orders/2-enrich/cases/no-number.rejected.json"))
                .content()
                .contains("mapping-failed");
    }

    @Test
    void accepting_writes_what_changed_and_only_that() throws IOException {
        write("tasks/1-accept/cases/a.in.json", "{\"a\": 1}");
        write("tasks/1-accept/cases/b.in.json", "{\"b\": 1}");
        assertThat(Cases.accept(folder))
                .containsExactly("tasks/1-accept/cases/a.out.json", "tasks/1-accept/cases/b.out.json");
        write("tasks/1-accept/task.schema.json", "{\"required\": [\"a\"]}");

        var changed = Cases.accept(folder);

        assertThat(changed).containsExactly("tasks/1-accept/cases/b.out.json", "tasks/1-accept/cases/b.rejected.json");
        assertThat(folder.resolve("tasks/1-accept/cases/b.out.json")).doesNotExist();
        assertThat(Cases.accept(folder)).isEmpty();
    }

    @Test
    void a_case_that_expects_nothing_says_how_to_accept_it() throws IOException {
        write("tasks/1-accept/cases/a.in.json", "{\"a\": 1}");
        var cases = new Cases(RouteFiles.at("file:" + folder));

        assertThatThrownBy(() -> cases.expected(cases.all().get(0)))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("tasks/1-accept/cases/a.in.json:1: neither")
                .hasMessageContaining("try --accept");
    }

    @Test
    void a_case_of_an_unknown_supplier_says_what_is_missing() throws IOException {
        write("products/2-normalise/product.schema.json", "{}");
        write("products/2-normalise/nobody/cases/a.in.json", "{}");
        var cases = new Cases(RouteFiles.at("file:" + folder));

        assertThatThrownBy(() -> cases.run(cases.all().get(0)))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("\"nobody\": it needs a product.jslt");
    }

    @Test
    void an_expectation_without_a_case_is_found() throws IOException {
        write("tasks/1-accept/cases/gone.out.json", "{}");

        assertThat(new Cases(RouteFiles.at("file:" + folder)).orphans())
                .containsExactly("tasks/1-accept/cases/gone.out.json");
    }

    private void write(String path, String content) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
