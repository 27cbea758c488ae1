package dev.caravan.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Problem;
import dev.caravan.console.Reply.Done;
import dev.caravan.console.Reply.Page;
import dev.caravan.json.Json;
import dev.caravan.products.Approvals.Waiting;
import java.util.List;

/** Products that wait for a person to publish them, and one of them as it would be sold. */
final class PublishingPage {
    private static final int SHOWN = 200;

    private final Console.Needs needs;

    PublishingPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page("/publishing", this::list)
                .page("/publication", this::preview)
                .action("/publishing/approve", this::approve)
                .action("/publishing/reject", this::reject);
    }

    /**
     * @param manual whether products wait at all
     * @param waiting those that have waited longest first
     */
    record Model(boolean manual, List<Waiting> waiting) {}

    /** @param product for the shop; missing when Pimcore does not have it where Caravan put it */
    record Preview(String handle, JsonNode product) {}

    private Page list(Visit visit) {
        var manual = needs.settings().text("products.publish").equals("manual");
        return new Page("publishing", new Model(manual, needs.approvals().list(SHOWN)));
    }

    private Page preview(Visit visit) {
        var handle = visit.text("handle");
        JsonNode product = needs.approvals().preview(handle).orElse(null);
        return new Page(
                "publication",
                new Preview(handle, product == null ? Json.object().path("none") : product));
    }

    private Done approve(Visit visit) {
        var handle = visit.text("handle");
        if (!needs.approvals().approve(handle, visit.who())) throw decided(handle);
        return new Done("/publishing", handle + " is published");
    }

    private Done reject(Visit visit) {
        var handle = visit.text("handle");
        var why = visit.parameter("why")
                .orElseThrow(() -> new Problem(400, "A reason is missing", "say why, for those who ask later"));
        if (!needs.approvals().reject(handle, visit.who(), why)) throw decided(handle);
        return new Done("/publishing", handle + " is rejected");
    }

    private static Problem decided(String handle) {
        return new Problem(409, "Not so any more", handle + " does not wait to be published any more");
    }
}
