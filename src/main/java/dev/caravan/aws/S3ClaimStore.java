package dev.caravan.aws;

import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Details of large events in S3. */
public final class S3ClaimStore implements ClaimStore {
    private static final int ALREADY_THERE = 412;

    private final S3Client s3;

    public S3ClaimStore(S3Client s3) {
        this.s3 = s3;
    }

    @Override
    public void put(String bucket, String key, byte[] bytes) {
        try {
            s3.putObject(
                    request -> request.bucket(bucket)
                            .key(key)
                            .contentType("application/json")
                            .ifNoneMatch("*"),
                    RequestBody.fromBytes(bytes));
        } catch (SdkException e) {
            if (e instanceof S3Exception answered && answered.statusCode() == ALREADY_THERE) return;
            throw new TargetUnavailable("s3", "put s3://" + bucket + "/" + key + ": " + e.getMessage(), null, e);
        }
    }

    @Override
    public byte[] get(String bucket, String key) {
        try {
            return s3.getObjectAsBytes(request -> request.bucket(bucket).key(key))
                    .asByteArray();
        } catch (NoSuchKeyException e) {
            throw new BadMessage("s3://" + bucket + "/" + key + " is gone", e);
        } catch (SdkException e) {
            throw new TargetUnavailable("s3", "get s3://" + bucket + "/" + key + ": " + e.getMessage(), null, e);
        }
    }
}
