package dev.caravan.aws;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Claim Check (Enterprise Integration Patterns): a detail too large for the bus waits in S3 under its hash, and the event carries the claim. */
public final class ClaimCheck {
    private static final String CLAIM = "claim";

    private final S3Client s3;
    private final String bucket;

    /** @param bucket where claims lie, under {@code claims/} */
    public ClaimCheck(S3Client s3, String bucket) {
        this.s3 = s3;
        this.bucket = bucket;
    }

    /** Puts the detail into S3; the same detail always under the same key. */
    ObjectNode check(ObjectNode detail) {
        var bytes = Json.bytes(detail);
        var hash = Json.sha256(bytes);
        var key = "claims/" + hash + ".json";
        s3.putObject(request -> request.bucket(bucket).key(key).contentType("application/json"), RequestBody.fromBytes(bytes));
        var claim = Json.object();
        claim.putObject(CLAIM).put("bucket", bucket).put("key", key).put("sha256", hash).put("size", bytes.length);
        return claim;
    }

    /**
     * The detail itself: as it is, or fetched from S3 when it is a claim.
     *
     * @throws BadMessage when the claim leads nowhere, or to something else than was left there
     */
    public ObjectNode resolve(ObjectNode detail) {
        if (!(detail.get(CLAIM) instanceof ObjectNode claim)) return detail;
        var key = claim.path("key").asText();
        if (!claim.path("bucket").asText().equals(bucket)) throw new BadMessage("claim in bucket \"" + claim.path("bucket").asText() + "\", not in " + bucket);
        try {
            var bytes = s3.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asByteArray();
            if (!Json.sha256(bytes).equals(claim.path("sha256").asText())) throw new BadMessage("claim " + key + " is not what was left there");
            return (ObjectNode) Json.read(bytes);
        } catch (NoSuchKeyException e) {
            throw new BadMessage("claim " + key + " is not in " + bucket + " any more", e);
        }
    }
}
