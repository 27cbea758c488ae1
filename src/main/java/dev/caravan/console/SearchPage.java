package dev.caravan.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.console.Reply.Page;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.DeadLetters.Letter;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.List;

/** Finds a product by whatever it is called, and tells what happened to it. */
final class SearchPage {
    private static final int SHOWN = 100;

    private final Console.Needs needs;

    SearchPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("/search", this::show).page("/value", this::value);
    }

    /**
     * @param wanted   empty when nothing was asked for
     * @param found    journeys, as the API gives them
     * @param letters  open dead letters of what was found
     * @param products some of all there are, when nothing was asked for
     */
    record Model(String wanted, JsonNode found, List<Letter> letters, JsonNode products) {}

    /**
     * Why values are what they are.
     *
     * @param id       as it was asked for
     * @param field    of the canonical product, or a pointer into it
     * @param products as the API explains them
     */
    record Value(String id, String field, JsonNode products) {
        boolean nothing() {
            return products.valueStream()
                    .allMatch(product -> product.path("values").isEmpty());
        }
    }

    private Page value(Visit visit) {
        var id = visit.parameter("id").orElse("");
        var field = visit.parameter("field").orElse("price");
        return new Page("value", new Value(id, field, needs.explain().apply(id, field)));
    }

    private Page show(Visit visit) {
        var wanted = visit.parameter("q").orElse("");
        if (wanted.isEmpty())
            return new Page(
                    "search",
                    new Model(wanted, Json.array(), List.of(), needs.products().list(SHOWN)));
        var found = needs.products().journeys(wanted);
        var letters = new ArrayList<Letter>();
        for (var product : found) letters.addAll(letters(thing(product)));
        return new Page("search", new Model(wanted, found, letters, Json.array()));
    }

    private List<Letter> letters(String lane) {
        var filter = new DeadLetters.Filter(null, null, null, lane, null, "open");
        return needs.database().transaction(db -> needs.deadLetters().list(db, filter, SHOWN));
    }

    /** What the journey calls a product: supplier and id. */
    static String thing(JsonNode product) {
        return product.path("supplier").asText() + "/" + product.path("id").asText();
    }

    /** What to call it: what it is held for, or where it is. */
    static String state(JsonNode product) {
        if (product.path("held").isTextual())
            return "held: " + product.path("held").asText();
        if (product.path("state").isTextual()) return product.path("state").asText();
        return product.path("inSync").asBoolean() ? "delivered" : "on its way";
    }
}
