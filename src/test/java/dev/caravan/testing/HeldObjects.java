package dev.caravan.testing;

import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** An S3 that has some objects, by key and version, and can do nothing but give them out. */
public final class HeldObjects implements S3Client {
    private final Map<String, byte[]> objects = new HashMap<>();

    public void put(String key, String version, byte[] bytes) {
        objects.put(key + ' ' + version, bytes);
    }

    @Override
    public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        var bytes = objects.get(request.key() + ' ' + request.versionId());
        if (bytes == null) throw notThere();
        try {
            return transformer.transform(
                    GetObjectResponse.builder()
                            .contentLength((long) bytes.length)
                            .build(),
                    AbortableInputStream.create(new ByteArrayInputStream(bytes)));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Only asked whether the archive has something, which it never has. */
    @Override
    public HeadObjectResponse headObject(HeadObjectRequest request) {
        throw notThere();
    }

    private static NoSuchKeyException notThere() {
        return NoSuchKeyException.builder()
                .message("The specified key does not exist. (Service: S3, Status Code: 404, Request ID: "
                        + System.nanoTime() + ")")
                .statusCode(404)
                .build();
    }

    @Override
    public String serviceName() {
        return "s3";
    }

    @Override
    public void close() {}
}
