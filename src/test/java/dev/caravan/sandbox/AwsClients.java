package dev.caravan.sandbox;

import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Clients of the sandbox for tests, made when first asked for. The credentials mean nothing: the sandbox does not look at them. */
public final class AwsClients implements AutoCloseable {
    public static final String ACCESS_KEY = "sandbox";
    public static final String SECRET_KEY = "sandbox";

    private final URI s3Endpoint;
    private final URI sqsEndpoint;
    private final URI eventBridgeEndpoint;
    private S3Client s3;
    private SqsClient sqs;
    private EventBridgeClient eventBridge;

    public AwsClients(URI s3, URI sqs, URI eventBridge) {
        this.s3Endpoint = s3;
        this.sqsEndpoint = sqs;
        this.eventBridgeEndpoint = eventBridge;
    }

    public synchronized S3Client s3() {
        if (s3 == null) s3 = s3(s3Endpoint);
        return s3;
    }

    public synchronized SqsClient sqs() {
        if (sqs == null)
            sqs = at(sqsEndpoint, SqsClient.builder().httpClientBuilder(http())).build();
        return sqs;
    }

    public synchronized EventBridgeClient eventBridge() {
        if (eventBridge == null)
            eventBridge = at(eventBridgeEndpoint, EventBridgeClient.builder().httpClientBuilder(http()))
                    .build();
        return eventBridge;
    }

    @Override
    public synchronized void close() {
        if (s3 != null) s3.close();
        if (sqs != null) sqs.close();
        if (eventBridge != null) eventBridge.close();
    }

    static S3Client s3(URI endpoint) {
        return at(endpoint, S3Client.builder().forcePathStyle(true).httpClientBuilder(http()))
                .build();
    }

    /** A client that does not repeat what failed. */
    static SqsClient sqsOnce(URI endpoint) {
        return at(endpoint, SqsClient.builder().httpClientBuilder(http()))
                .overrideConfiguration(options -> options.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
    }

    private static ApacheHttpClient.Builder http() {
        return ApacheHttpClient.builder().maxConnections(64);
    }

    private static AwsCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY));
    }

    private static <B extends AwsClientBuilder<B, C>, C> B at(URI endpoint, B builder) {
        return builder.endpointOverride(endpoint)
                .region(Region.of(AwsSandbox.REGION))
                .credentialsProvider(credentials());
    }
}
