package dev.caravan.cli;

import dev.caravan.failure.BadSettings;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** S3, for verbs that work by themselves. */
final class S3Access {
    private S3Access() {}

    /**
     * By AWS's own variables. The SDK looks into the process's environment only; what a running demo's says it has to be told.
     *
     * @throws BadSettings when AWS is not set up
     */
    static S3Client s3(Map<String, String> environment) {
        var client = S3Client.builder();
        var endpoint = environment.getOrDefault("AWS_ENDPOINT_URL_S3", environment.get("AWS_ENDPOINT_URL"));
        if (endpoint != null) client.endpointOverride(URI.create(endpoint)).forcePathStyle(true);
        if (environment.containsKey("AWS_REGION")) client.region(Region.of(environment.get("AWS_REGION")));
        if (!System.getenv().containsKey("AWS_ACCESS_KEY_ID") && environment.containsKey("AWS_ACCESS_KEY_ID"))
            client.credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(
                    environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY"))));
        try {
            return client.build();
        } catch (SdkException e) {
            throw new BadSettings("AWS is not set up: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }
}
