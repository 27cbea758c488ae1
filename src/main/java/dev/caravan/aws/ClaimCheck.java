package dev.caravan.aws;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.observe.Tracing;

/**
 * The claim check: a detail too large for the bus waits in S3, and the event carries
 * {@code {"claim":{"bucket":…,"key":"claims/<sha256>.json","sha256":…,"size":…}}} instead.
 */
public final class ClaimCheck {
    private static final String CLAIM = "claim";

    private final ClaimStore store;
    private final String bucket;

    /** @param bucket where claims lie; an event that names another is refused, since anybody may write events */
    public ClaimCheck(ClaimStore store, String bucket) {
        this.store = store;
        this.bucket = bucket;
    }

    /** Puts the detail away and returns the claim to send instead. */
    public ObjectNode deposit(ObjectNode detail) {
        var bytes = Json.bytes(detail);
        var sha256 = Json.sha256(bytes);
        store.put(bucket, key(sha256), bytes);
        var claim = Json.object();
        claim.putObject(CLAIM)
                .put("bucket", bucket)
                .put("key", key(sha256))
                .put("sha256", sha256)
                .put("size", bytes.length);
        return claim;
    }

    /**
     * The detail itself: fetched when the event carries a claim, else as given.
     *
     * @throws BadMessage when the claim is not one of ours, or what lies there is not what was put there
     * @throws dev.caravan.failure.TargetUnavailable when S3 does not answer
     */
    public ObjectNode resolve(ObjectNode detail) {
        int beside = detail.has(Tracing.TRACEPARENT) ? 1 : 0;
        if (detail.size() - beside != 1 || !detail.path(CLAIM).isObject()) return detail;
        var claim = detail.path(CLAIM);
        var sha256 = claim.path("sha256").asText();
        if (!bucket.equals(claim.path("bucket").asText())
                || !sha256.matches("[0-9a-f]{64}")
                || !key(sha256).equals(claim.path("key").asText())) {
            throw new BadMessage("claim " + claim + " does not lead to claims/ in " + bucket);
        }
        var bytes = store.get(bucket, key(sha256));
        if (bytes.length != claim.path("size").asLong() || !Json.sha256(bytes).equals(sha256)) {
            throw new BadMessage(
                    "s3://" + bucket + "/" + key(sha256) + " is not what was put there: its hash or size differs");
        }
        return object(Json.read(bytes));
    }

    private static ObjectNode object(JsonNode node) {
        if (node instanceof ObjectNode object) return object;
        throw new BadMessage("a claimed detail is no object");
    }

    private static String key(String sha256) {
        return "claims/" + sha256 + ".json";
    }
}
