package dev.caravan;

import dev.caravan.failure.TargetUnavailable;
import java.util.function.Function;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Request;

/** Objects can be read; those put or copied are not kept. */
final class LookingS3 extends DelegatingS3Client {
    LookingS3(S3Client s3) {
        super(s3);
    }

    @Override
    @SuppressWarnings("unchecked")
    protected <T extends S3Request, R> R invokeOperation(T request, Function<T, R> operation) {
        if (request instanceof GetObjectRequest || request instanceof HeadObjectRequest)
            return operation.apply(request);
        // Asked by Camel when a route starts; the instance has seen the bucket.
        if (request instanceof HeadBucketRequest)
            return (R) HeadBucketResponse.builder().build();
        if (request instanceof PutObjectRequest)
            return (R) PutObjectResponse.builder().build();
        if (request instanceof CopyObjectRequest)
            return (R) CopyObjectResponse.builder().build();
        throw new TargetUnavailable(
                "rehearsal",
                "a rehearsal changes nothing in S3: " + request.getClass().getSimpleName());
    }

    /** The client is the instance's. */
    @Override
    public void close() {}
}
