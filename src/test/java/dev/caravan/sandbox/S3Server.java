package dev.caravan.sandbox;

import dev.caravan.sandbox.awssdk.ObjectChange;
import dev.caravan.sandbox.awssdk.VersionedStore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/** S3Proxy in front of objects that keep their versions. */
final class S3Server implements AutoCloseable {
    private final VersionedStore store;
    private final S3Proxy proxy;

    S3Server(int port, Path directory, Clock clock, S3Faults faults, Consumer<ObjectChange> changes) {
        store = new VersionedStore(directory, clock, changes);
        proxy = S3Proxy.builder()
                .blobStore(faults.before(store))
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.NONE, null, null)
                .ignoreUnknownHeaders(true)
                .stopTimeout(500)
                .build();
        try {
            proxy.start();
        } catch (Exception e) {
            store.close();
            throw new IllegalStateException("S3 does not start on port " + port, e);
        }
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    @Override
    public void close() {
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException("S3 does not stop", e);
        } finally {
            store.close();
        }
    }
}
