package dev.caravan.customers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import dev.caravan.records.Shaping.Form;
import dev.caravan.records.Shaping.Found;
import dev.caravan.records.Values;

/** Brings a ticket to its one form: ids as text, moments in UTC, scores as decimal text, words in lower case. */
final class TicketForm implements Form {
    @Override
    public ObjectNode canonical(ObjectNode mapped, Found found) {
        var ticket = Json.object();
        Values.set(ticket, "id", Values.text(mapped.path("id")));
        Values.set(ticket, "user", Values.text(mapped.path("user")));
        Values.set(ticket, "createdAt", Values.instant(mapped.path("createdAt")));
        Values.set(ticket, "updatedAt", Values.instant(mapped.path("updatedAt")));
        Values.set(ticket, "category", Values.lowerCase(mapped.path("category")));
        Values.set(ticket, "priority", Values.lowerCase(mapped.path("priority")));
        status(ticket, mapped);
        Values.set(ticket, "subject", Values.text(mapped.path("subject")));
        Values.set(ticket, "description", Values.text(mapped.path("description")));
        Values.set(ticket, "sentiment", Values.decimal(mapped.path("sentiment")));
        Values.set(ticket, "agent", Values.text(mapped.path("agent")));
        Values.set(ticket, "resolutionHours", Values.decimal(mapped.path("resolutionHours")));
        Values.set(ticket, "satisfaction", Values.decimal(mapped.path("satisfaction")));
        return ticket;
    }

    /** {@code In Progress} and {@code in-progress} are one. */
    private static void status(ObjectNode ticket, ObjectNode mapped) {
        var status = Values.lowerCase(mapped.path("status"));
        Values.set(
                ticket,
                "status",
                status != null && status.isTextual()
                        ? TextNode.valueOf(status.textValue().replaceAll("[ -]+", "_"))
                        : status);
    }
}
