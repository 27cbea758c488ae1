package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against an account made from the templates, with faults planted by hand. */
class DoctorTest {
    private static final String PREFIX = "caravan-prod";
    private static final String MESSAGING = "./caravan deploy apply --env prod --only messaging";

    @Test
    void nothing_is_wrong_with_what_the_templates_make() {
        for (var environment : Environment.NAMES)
            assertThat(findings(new DeployedAccount(Environment.named(environment)), environment))
                    .as(environment)
                    .isEmpty();
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "messaging",
                        "/Resources",
                        made -> made.remove("Products"),
                        "queue caravan-prod-products does not answer",
                        MESSAGING + " makes it"),
                fault(
                        "messaging",
                        "/Resources/ProductsDead/Properties",
                        queue -> queue.put("Waiting", "3"),
                        "queue caravan-prod-products-dead has 3 messages that nobody takes out"),
                fault(
                        "messaging",
                        "/Resources/Uploads/Properties",
                        queue -> queue.put("VisibilityTimeout", 5),
                        "queue caravan-prod-uploads has VisibilityTimeout 5 instead of 60"),
                fault(
                        "messaging",
                        "/Resources/Uploads/Properties",
                        queue -> queue.remove("RedrivePolicy"),
                        "queue caravan-prod-uploads does not give up into caravan-prod-uploads-dead"),
                fault(
                        "messaging",
                        "/Resources/Tasks/Properties",
                        queue -> queue.remove("KmsMasterKeyId"),
                        "queue caravan-prod-tasks.fifo is not encrypted by our key"),
                fault(
                        "messaging",
                        "/Resources",
                        made -> made.remove("UploadsPolicy"),
                        "queue caravan-prod-uploads takes nothing from caravan-prod-uploads",
                        "queue caravan-prod-uploads may be read without TLS"),
                fault(
                        "messaging",
                        "/Resources/UploadsPolicy/Properties/PolicyDocument/Statement/1",
                        statement -> statement.remove("Condition"),
                        "queue caravan-prod-uploads takes messages from anybody"),
                fault(
                        "messaging",
                        "/Resources/ProductsRule/Properties",
                        rule -> rule.put("State", "DISABLED"),
                        "rule caravan-prod-products is disabled: aws events enable-rule --name caravan-prod-products --event-bus-name caravan-prod"),
                fault(
                        "messaging",
                        "/Resources/UploadsRule/Properties/EventPattern",
                        pattern -> pattern.remove("detail"),
                        "rule caravan-prod-uploads wants other events"),
                fault(
                        "messaging",
                        "/Resources/CatalogueRule/Properties",
                        rule -> ((ArrayNode) rule.get("Targets")).removeAll(),
                        "rule caravan-prod-catalogue does not lead to caravan-prod-catalogue alone"),
                fault(
                        "messaging",
                        "/Resources/CatalogueRule/Properties/Targets/0",
                        target -> target.remove("DeadLetterConfig"),
                        "rule caravan-prod-catalogue loses what it cannot deliver"),
                fault("messaging", "/Resources", made -> made.remove("Bus"), "bus caravan-prod does not answer"),
                fault(
                        "storage",
                        "/Resources/Inbox/Properties",
                        bucket -> bucket.remove("NotificationConfiguration"),
                        "bucket caravan-prod-inbox does not tell EventBridge of new files",
                        "./caravan deploy apply --env prod --only storage puts it right"),
                fault(
                        "storage",
                        "/Resources/Archive/Properties/VersioningConfiguration",
                        versions -> versions.put("Status", "Suspended"),
                        "bucket caravan-prod-archive keeps no versions"),
                fault(
                        "storage",
                        "/Resources/Archive/Properties/PublicAccessBlockConfiguration",
                        block -> block.put("RestrictPublicBuckets", false),
                        "bucket caravan-prod-archive may be made public"),
                fault(
                        "storage",
                        "/Resources/Archive/Properties/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault",
                        key -> key.put("SSEAlgorithm", "AES256"),
                        "bucket caravan-prod-archive is encrypted by \"AES256\""),
                fault(
                        "database",
                        "",
                        stack -> stack.put("Status", "UPDATE_ROLLBACK_FAILED"),
                        "stack caravan-prod-database is UPDATE_ROLLBACK_FAILED"),
                fault(
                        "observability",
                        "",
                        stack -> stack.remove("Resources"),
                        "stack caravan-prod-observability does not answer",
                        "--only observability makes it"),
                fault(
                        DeployedAccount.RIGHTS,
                        "/Resources/TaskPolicy/Properties/PolicyDocument/Statement/1",
                        statement -> statement.put("Action", "s3:GetObject"),
                        "the task may not s3:GetObjectVersion on arn:aws:s3:::caravan-prod-inbox/doctor"),
                fault(
                        DeployedAccount.RIGHTS,
                        "/Resources/TaskPolicy/Properties/PolicyDocument/Statement/1",
                        statement -> ((ArrayNode) statement.get("Action")).add("s3:PutObject"),
                        "the task may s3:PutObject on arn:aws:s3:::caravan-prod-inbox/doctor"));
    }

    @ParameterizedTest(name = "{3}")
    @MethodSource("faults")
    void a_fault_is_named_with_what_to_do(
            String template, String pointer, Consumer<ObjectNode> change, List<String> expected) {
        var account = new DeployedAccount(Environment.named("prod")).with(template, pointer, change);

        var findings = findings(account, "prod");

        assertThat(findings).isNotEmpty().allMatch(finding -> finding.lines().count() == 1);
        for (var sentence : expected) assertThat(String.join("\n", findings)).contains(sentence);
        // One fault may show in several places, and in none that has nothing to do with it.
        assertThat(findings).hasSizeLessThanOrEqualTo(6);
    }

    @Test
    void tasks_that_do_not_run_and_alarms_that_ring_are_named() {
        var account =
                new DeployedAccount(Environment.named("prod")).withFallen(1).withRinging(PREFIX + "-dead-letters");

        assertThat(findings(account, "prod"))
                .satisfiesExactly(
                        finding -> assertThat(finding).startsWith("service caravan-prod runs 1 tasks of 2: aws ecs"),
                        finding -> assertThat(finding).isEqualTo("alarm caravan-prod-dead-letters rings: What to do."));
    }

    @Test
    void without_an_environment_or_an_account_that_is_said() {
        assertThatThrownBy(() -> new Doctor(new AwsCli("aws"), Template.FOLDER, "test"))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("test.yaml is not there");
        assertThatThrownBy(() -> new Doctor(new AwsCli("aws-that-is-not-there"), Template.FOLDER, "dev").findings())
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("the AWS CLI is needed");
    }

    private static List<String> findings(AwsCli account, String environment) {
        return new Doctor(account, Template.FOLDER, environment).findings();
    }

    private static Arguments fault(String template, String pointer, Consumer<ObjectNode> change, String... expected) {
        return Arguments.of(template, pointer, change, List.of(expected));
    }
}
