package dev.caravan.sandbox;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.SdkResponses;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * What S3 can be told to do wrong when objects are read. The AWS SDK repeats a failed GET by itself, so it takes more than one failure
 * until its caller sees it; a body that breaks off it does not repeat.
 */
public final class S3Faults {
    private final AtomicInteger spared = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile int refusalStatus;
    private volatile long cutAfterBytes;
    private volatile Duration delay = Duration.ZERO;

    S3Faults() {}

    /** The next GETs are answered with 503 {@code SlowDown}, 500 {@code InternalError} or another status. */
    public void failGets(int count, int status) {
        refusalStatus = status;
        refusals.set(count);
    }

    /** The connections of the next GETs break after so many bytes of the body. */
    public void cutGets(int count, long afterBytes) {
        cutAfterBytes = afterBytes;
        cuts.set(count);
    }

    /** The next GETs go well, whatever else it was told. */
    public void spareGets(int count) {
        spared.set(count);
    }

    /** Every GET is answered that much later, until told otherwise. */
    public void delayGets(Duration delay) {
        this.delay = delay;
    }

    /** Back to normal. */
    public void clear() {
        spared.set(0);
        refusals.set(0);
        cuts.set(0);
        delay = Duration.ZERO;
    }

    /** The store with these faults in front. */
    BlobStore before(BlobStore store) {
        return new ForwardingBlobStore(store) {
            @Override
            public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
                pause();
                if (take(spared)) return super.getBlob(request);
                if (take(refusals)) throw refusal(refusalStatus);
                var answer = super.getBlob(request);
                return take(cuts)
                        ? SdkResponses.getResponse(answer.response(), new Cut(answer, cutAfterBytes))
                        : answer;
            }
        };
    }

    private void pause() {
        try {
            Thread.sleep(delay.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException("sandbox is closing"));
        }
    }

    private static boolean take(AtomicInteger left) {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }

    private static S3Exception refusal(int status) {
        var code = status == 503 ? "SlowDown" : status == 500 ? "InternalError" : "SandboxFault";
        return (S3Exception) S3Exception.builder()
                .message(code)
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage("The sandbox was told to fail.")
                        .sdkHttpResponse(
                                SdkHttpResponse.builder().statusCode(status).build())
                        .build())
                .build();
    }

    private static final class Cut extends FilterInputStream {
        private long left;

        Cut(InputStream in, long left) {
            super(in);
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) throw new IOException("the sandbox was told to cut this body");
            var count = in.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(0, count);
            return count;
        }
    }
}
