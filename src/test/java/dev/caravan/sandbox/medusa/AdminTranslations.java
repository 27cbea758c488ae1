package dev.caravan.sandbox.medusa;

import static dev.caravan.sandbox.medusa.Routes.objects;
import static dev.caravan.sandbox.medusa.Routes.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Translations of products and categories, there only when the module is switched on. The stand-in's Store API does not show them. */
final class AdminTranslations {
    private final Shop shop;

    AdminTranslations(Shop shop) {
        this.shop = shop;
    }

    void register(Routes routes) {
        routes.get(
                "/admin/translations",
                request -> page(
                        request,
                        "translations",
                        shop.translations.all().stream()
                                .filter(row -> List.of("reference", "reference_id", "locale_code").stream()
                                        .allMatch(column -> !request.asksFor(column)
                                                || request.all(column).contains(Shop.text(row, column))))
                                .toList(),
                        20,
                        ObjectNode::deepCopy));
        routes.post("/admin/translations/batch", this::batch);
    }

    private JsonNode batch(Request request) {
        var answer = JsonNodeFactory.instance.objectNode();
        for (var body : objects(request.object().path("create"))) {
            var row = shop.row("trans");
            row.setAll(body);
            shop.translations.save(row);
            answer.withArray("created").add(row);
        }
        for (var body : objects(request.object().path("update"))) {
            var row = shop.translations.get(Shop.text(body, "id"));
            if (row == null)
                throw MedusaError.notFound("Translation with id: " + Shop.text(body, "id") + " was not found");
            var changed = row.deepCopy();
            changed.setAll(body);
            shop.translations.save(changed);
            answer.withArray("updated").add(changed);
        }
        return answer;
    }
}
