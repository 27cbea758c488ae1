package dev.caravan.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContractTest {
    @TempDir
    private Path folder;

    @Test
    void every_flow_is_in_it_and_every_reference_leads_somewhere() {
        var contract = Contract.of(RouteFiles.at("file:routes"));

        assertThat(contract.path("openapi").asText()).startsWith("3.1");
        assertThat(contract.path("paths").properties())
                .extracting(path -> path.getKey())
                .contains("/openapi.json", "/tasks", "/tasks/{id}", "/orders", "/api/alerts", "/api/customers/{id}");
        var references = contract.findValuesAsText("$ref");
        assertThat(references).hasSizeGreaterThan(20).allSatisfy(reference -> {
            assertThat(reference).startsWith("#/");
            assertThat(contract.at(reference.substring(1)).isObject())
                    .as(reference)
                    .isTrue();
        });
        assertThat(contract.findValuesAsText("operationId")).doesNotHaveDuplicates();
    }

    @Test
    void parts_that_contradict_each_other_are_refused_by_place() throws IOException {
        part("_shared", "{\"info\":{\"title\":\"Shop\"}}");
        part("orders/1-receive", "{\"info\":{\"title\":\"Orders\"}}");

        assertThatThrownBy(this::contract)
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining(
                        "orders/1-receive/openapi.json:1: another openapi.json says something else at /info/title");
    }

    @Test
    void a_part_that_is_no_document_is_refused() throws IOException {
        for (var content : List.of("[]", "{")) {
            part("orders/1-receive", content);

            assertThatThrownBy(this::contract)
                    .isInstanceOf(BadSettings.class)
                    .hasMessageContaining("orders/1-receive/openapi.json:1: it is no JSON");
        }
    }

    private JsonNode contract() {
        return Contract.of(RouteFiles.at("file:" + folder));
    }

    private void part(String where, String content) throws IOException {
        Files.createDirectories(folder.resolve(where));
        Files.writeString(folder.resolve(where).resolve("openapi.json"), content);
    }
}
