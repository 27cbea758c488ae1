package dev.caravan.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.caravan.api.Contract;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;

/** Whether answers are what the public port's contract promises. */
public final class Promised {
    private static final JsonNode CONTRACT = Contract.of(RouteFiles.at("file:routes"));

    private Promised() {}

    /** @param schema its name in the contract's components */
    public static void fits(String schema, JsonNode value) {
        var whole = Json.object().put("$ref", "#/components/schemas/" + schema);
        whole.set("components", CONTRACT.path("components"));
        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(whole)
                        .validate(value))
                .as(schema + " " + value)
                .isEmpty();
    }
}
