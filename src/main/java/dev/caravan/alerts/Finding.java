package dev.caravan.alerts;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Something out of the ordinary, as it is seen now.
 *
 * @param subject    what it is about, such as a channel or a product's id; one rule finds at most one thing about it at a time
 * @param title      one sentence for people, with the numbers that matter
 * @param evidence   what was seen, and what it was compared with; no names, addresses or values of records
 * @param clearsWhen what has to be so for the alert to clear, as in "clears when …"
 */
public record Finding(String subject, String title, ObjectNode evidence, String clearsWhen) {}
