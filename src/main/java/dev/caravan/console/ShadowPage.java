package dev.caravan.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.console.Reply.Page;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;

/** What changed routes make of the same records, beside those in force. */
final class ShadowPage {
    private final Supplier<ObjectNode> shadow;

    ShadowPage(Console.Needs needs) {
        this.shadow = needs.shadow();
    }

    void addTo(Console console) {
        console.page("/shadow", visit -> new Page("shadow", new Model(shadow.get())));
    }

    /** @param shadow as {@code GET /api/shadow} tells it; without {@code routes} when there is none */
    record Model(ObjectNode shadow) {
        boolean on() {
            return shadow.has("routes");
        }

        Instant since() {
            return Instant.parse(text("since"));
        }

        String text(String field) {
            return shadow.path(field).asText();
        }

        long number(String field) {
            return shadow.path(field).asLong();
        }

        long same() {
            return number("records") - number("different");
        }

        /** Why nothing is compared; null when it is. */
        String problem() {
            return shadow.path("problem").textValue();
        }

        /** How many records differ in what, decisions first. */
        List<Count> counts() {
            var counts = new ArrayList<Count>();
            for (var group : List.of("decisions", "fields"))
                shadow.path(group)
                        .properties()
                        .forEach(one -> counts.add(new Count(
                                one.getKey().isEmpty() ? "the record as a whole" : one.getKey(),
                                one.getValue().asLong())));
            return counts;
        }

        /** The newest first. */
        List<Example> examples() {
            var examples =
                    new ArrayList<>(StreamSupport.stream(shadow.path("examples").spliterator(), false)
                            .map(Example::new)
                            .toList());
            Collections.reverse(examples);
            return examples;
        }
    }

    record Count(String what, long records) {}

    /** A record that comes out differently. */
    record Example(JsonNode line) {
        /** The record's file and place in it. */
        String record() {
            return line.path("key").asText() + " record " + line.path("index").asLong();
        }

        String before() {
            return line.at("/before/decision").asText("nothing");
        }

        String after() {
            return line.at("/after/decision").asText("nothing");
        }

        JsonNode operations() {
            return line.path("diff");
        }
    }
}
