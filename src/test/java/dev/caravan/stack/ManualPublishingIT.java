package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.patiently;
import static dev.caravan.stack.Stack.states;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** With {@code products.publish=manual} a person decides in Pimcore what is sold. */
@Tag("operate")
class ManualPublishingIT {
    @Test
    void a_product_waits_in_pimcore_until_a_person_publishes_it_there_or_approves_it() {
        try (var stack = Stack.start("manual-publishing-it", settings -> settings.with("PRODUCTS_PUBLISH", "manual"))) {
            var key = "products/shein/manual.json";

            var balance = stack.delivered(key, generated(Options.of("shein", 3, 51)));

            assertThat(states(balance)).isEqualTo(Map.of("held", 3L));
            var handles = stack.handles(balance);
            assertThat(stack.journey(handles.get(0)).path("held").asText())
                    .isEqualTo("waits to be published in Pimcore");
            stack.quiet();
            assertThat(stack.onSale("sar")).isEmpty();

            stack.sandbox().pimcore().publish(stack.inPimcore(handles.get(0)).fullpath());
            stack.variantsInPimcore(handles.get(0))
                    .forEach(variant -> stack.sandbox().pimcore().publish(variant.fullpath()));

            patiently()
                    .untilAsserted(() -> assertThat(states(stack.balances(key).get(0)))
                            .isEqualTo(Map.of("delivered", 1L, "held", 2L)));
            assertThat(stack.onSale("sar")).containsOnlyKeys(handles.get(0));
            assertThat(stack.onSale("sar").get(handles.get(0)).path("variants")).isNotEmpty();
            assertThat(stack.journey(handles.get(0)).path("held").isNull()).isTrue();

            var caravan = stack.caravan();
            assertThat(caravan.get("/api/approvals").findValuesAsText("handle"))
                    .containsExactlyInAnyOrder(handles.get(1), handles.get(2));
            assertThat(caravan.get("/api/approvals/" + handles.get(1)).path("variants"))
                    .isNotEmpty();
            caravan.post("/api/approvals/" + handles.get(1) + "/approve", Json.object());
            caravan.post(
                    "/api/approvals/" + handles.get(2) + "/reject",
                    Json.object().put("why", "not our style"));

            patiently()
                    .untilAsserted(() -> assertThat(states(stack.balances(key).get(0)))
                            .isEqualTo(Map.of("delivered", 2L, "discarded", 1L)));
            assertThat(stack.onSale("sar")).containsOnlyKeys(handles.get(0), handles.get(1));
            assertThat(caravan.get("/api/approvals")).isEmpty();
        }
    }
}
