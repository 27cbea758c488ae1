package dev.caravan.sandbox.pimcore;

/**
 * What happened in the stand-in since it started or was reset.
 *
 * @param requests        GraphQL requests, those failed on purpose included
 * @param failedOnPurpose requests answered by a fault or left without an answer
 * @param mutations       mutations tried, one for each alias
 * @param refused         mutations answered {@code success: false}
 * @param created         objects and folders created
 * @param updated         updates that succeeded
 * @param deleted         objects deleted, those below a deleted one included
 * @param objectsWritten  objects saved by create and update
 * @param webhooksSent    messages answered with 2xx
 * @param webhooksFailed  messages that were not, and are lost
 * @param webhooksDropped messages not sent because webhooks were off
 */
public record Counters(
        long requests,
        long failedOnPurpose,
        long mutations,
        long refused,
        long created,
        long updated,
        long deleted,
        long objectsWritten,
        long webhooksSent,
        long webhooksFailed,
        long webhooksDropped) {}
