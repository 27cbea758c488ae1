package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.aws.Batch;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.Failures;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.orders.Deliveries.Source;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Body;
import org.jdbi.v3.core.Handle;

/**
 * Puts products into the catalogue that are published in Pimcore, as they are there now: the event only says where to look. One that is gone
 * meanwhile, or taken back, stays in the catalogue as it was: orders may still name it.
 */
public final class PublishedProducts {
    private static final String ROUTE = "orders-catalogue";

    private final Database database;
    private final Failures failures;
    private final Deliveries deliveries;
    private final PimcoreReader pimcore;

    PublishedProducts(Database database, Failures failures, Deliveries deliveries, PimcoreReader pimcore) {
        this.database = database;
        this.failures = failures;
        this.deliveries = deliveries;
        this.pimcore = pimcore;
    }

    /**
     * Learns a page of publications. Each message ends up done, sent back to wait, or parked.
     *
     * @throws TargetUnavailable when Pimcore is not to be had, after the messages were sent back
     */
    public void learn(@Body Batch batch) {
        var paths = new LinkedHashMap<BatchMessage, String>();
        var unreadable = new LinkedHashMap<BatchMessage, BadMessage>();
        for (var message : batch) {
            var fullpath = Json.read(message.body().getBytes(StandardCharsets.UTF_8))
                    .at("/detail/fullpath")
                    .asText("");
            if (fullpath.isEmpty()) unreadable.put(message, new BadMessage("not a publication: no fullpath"));
            else paths.put(message, fullpath);
        }
        failures.unreadable(batch.queue(), OrderFlow.NAME, ROUTE, unreadable);
        var outage = failures.together(
                batch.queue(),
                ROUTE,
                List.copyOf(paths.entrySet()),
                Map.Entry::getKey,
                part -> database.transaction(db -> learn(db, batch.queue(), part)));
        if (outage != null) throw outage;
    }

    private TargetUnavailable learn(Handle db, String queue, List<Map.Entry<BatchMessage, String>> page) {
        Map<String, ObjectNode> documents;
        try {
            documents = pimcore.read(page.stream().map(Map.Entry::getValue).toList());
        } catch (TargetUnavailable e) {
            for (var entry : page)
                failures.failed(
                        db,
                        queue,
                        entry.getKey(),
                        new Failures.Subject(OrderFlow.NAME, ROUTE, entry.getValue(), null),
                        e);
            return e;
        }
        var published = documents.values().stream()
                .filter(document -> document.path("published").asBoolean())
                .toList();
        if (!published.isEmpty())
            deliveries.take(
                    db,
                    Source.PIMCORE,
                    deliveries.read(Kind.CATALOGUE, Json.bytes(Json.array().addAll(published))));
        failures.succeeded(db, queue, page.stream().map(Map.Entry::getKey).toList());
        return null;
    }
}
