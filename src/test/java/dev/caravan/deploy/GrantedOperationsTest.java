package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.aws.S3ClaimStore;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.sandbox.AwsSandbox;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;

class GrantedOperationsTest {
    @Test
    void what_the_role_does_not_allow_fails_in_a_test_as_it_would_in_aws() {
        try (var sandbox = AwsSandbox.start()) {
            var s3 = sandbox.clients().s3();
            var claims = new S3ClaimStore(s3);

            claims.put("caravan-archive", "claims/a.json", new byte[] {1});
            s3.putObject(
                    request -> request.bucket("caravan-archive").key("elsewhere/a.json"),
                    RequestBody.fromString("a test may"));

            assertThat(GrantedOperations.recorded()).contains("s3.PutObject");
            assertThatThrownBy(() -> claims.put("caravan-archive", "elsewhere/b.json", new byte[] {1}))
                    .isInstanceOf(TargetUnavailable.class)
                    .hasMessageContaining("no right to s3.PutObject on archive/elsewhere/b.json")
                    .hasMessageContaining("dev.caravan.aws.S3ClaimStore");
            assertThatThrownBy(() -> claims.put("caravan-inbox", "claims/b.json", new byte[] {1}))
                    .isInstanceOf(TargetUnavailable.class);
        }
    }
}
