package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.testing.TestClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Against a program that writes down what it is asked and answers what AWS would; it was never AWS itself. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the program is a shell script")
class DeploymentTest {
    private static final String CALLER = """
            {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/owner"}""";
    private static final Map<String, String> OWNERS = Map.of(
            "runtime.Image",
            "registry/caravan@sha256:" + "0".repeat(64),
            "runtime.CollectorImage",
            "registry/collector@sha256:" + "0".repeat(64),
            "runtime.PimcoreUrl",
            "https://pim.example.com/products",
            "runtime.MedusaUrl",
            "https://shop.example.com");

    @TempDir
    Path folder;

    private final StringWriter said = new StringWriter();
    private Path program;

    @BeforeEach
    void program() throws IOException {
        program = folder.resolve("aws");
        // What a call is answered with lies in files named after its second and third word; SERVICE VERB, or wait and
        // what for.
        Files.writeString(program, """
                #!/bin/sh
                dir=$(dirname "$0")
                echo "$@" >> "$dir/asked"
                for argument in "$@"; do case $argument in file://*parameters*) cat "${argument#file://}" >> "$dir/parameters"; echo >> "$dir/parameters";; esac; done
                name=$2; [ "$2" = wait ] && name=wait-$3
                stack=; while [ $# -gt 0 ]; do [ "$1" = --stack-name ] && stack=$2; shift; done
                for file in "$dir/$name-$stack" "$dir/$name"; do
                  if [ -e "$file.failed" ]; then cat "$file.failed" >&2; exit 254; fi
                  if [ -e "$file" ]; then cat "$file"; exit 0; fi
                done
                """);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        answers("get-caller-identity", CALLER);
    }

    @Test
    void planning_shows_what_would_change_and_leaves_nothing_behind() throws IOException {
        fails("describe-stacks", "Stack with id x does not exist");
        exists("caravan-dev-messaging", "UPDATE_COMPLETE");
        answers("describe-change-set", changes("""
                {"ResourceChange": {"Action": "Modify", "LogicalResourceId": "Uploads", "ResourceType": "AWS::SQS::Queue", "Replacement": "False"}}"""));

        deployment().plan(plan(List.of("storage", "messaging")));

        assertThat(said.toString().lines())
                .containsExactly(
                        "account 111122223333, as arn:aws:iam::111122223333:user/owner",
                        "caravan-dev-storage: would be made, with up to 8 resources",
                        "caravan-dev-messaging: 1 changes",
                        "  modify  Uploads (AWS::SQS::Queue)");
        assertThat(verbs())
                .containsExactly(
                        "get-caller-identity",
                        "validate-template",
                        "describe-stacks",
                        "validate-template",
                        "describe-stacks",
                        "create-change-set",
                        "wait",
                        "describe-change-set",
                        "delete-change-set");
    }

    @Test
    void applying_makes_all_stacks_in_their_order_each_with_its_parameters() throws IOException {
        fails("describe-stacks", "Stack with id x does not exist");
        answers("describe-change-set", changes("""
                {"ResourceChange": {"Action": "Add", "LogicalResourceId": "X", "ResourceType": "AWS::SQS::Queue"}}"""));
        // Once it is made, it is there.
        Files.writeString(program, Files.readString(program).replace("name=$2;", """
                name=$2; [ "$3" = stack-create-complete ] && rm -f "$dir/describe-stacks.failed" && echo '{"Stacks": [{"Outputs": [{"OutputKey": "InboxArn", "OutputValue": "arn:i", "Description": "Where."}, {"OutputKey": "Vpc", "OutputValue": "v"}]}]}' > "$dir/describe-stacks"
                [ "$2" = validate-template ] && echo "Stack does not exist" > "$dir/describe-stacks.failed"
                """));

        var done = deployment().apply(plan(List.of()), false, stack -> true);

        assertThat(done).isTrue();
        assertThat(asked().stream()
                        .filter(call -> call.contains("create-change-set"))
                        .map(call -> call.replaceFirst(".*--stack-name (\\S+).*", "$1")))
                .containsExactly(
                        "caravan-dev-registry",
                        "caravan-dev-network",
                        "caravan-dev-storage",
                        "caravan-dev-messaging",
                        "caravan-dev-database",
                        "caravan-dev-observability",
                        "caravan-dev-runtime");
        assertThat(asked().stream().filter(call -> call.contains("create-change-set")))
                .allMatch(call -> call.contains("--change-set-type CREATE")
                        && call.contains("--capabilities CAPABILITY_IAM")
                        && call.contains("Key=caravan:prefix,Value=caravan-dev"));
        assertThat(Files.readString(folder.resolve("parameters")))
                .contains("{\"ParameterKey\":\"MultiAz\",\"ParameterValue\":\"false\"}")
                .contains("{\"ParameterKey\":\"PimcoreUrl\",\"ParameterValue\":\"https://pim.example.com/products\"}");
        assertThat(said.toString())
                .contains("caravan-dev-runtime: done", "  InboxArn = arn:i")
                .doesNotContain("Vpc = ");
    }

    /** The test above makes dev as it is, without. */
    @Test
    void medusa_and_pimcore_come_in_before_the_runtime_when_somebody_names_them() {
        var images = new TreeMap<>(OWNERS);
        for (var image : List.of("MedusaImage", "PimcoreImage", "PimcoreWebImage"))
            images.put("platforms." + image, OWNERS.get("runtime.Image"));

        assertThat(Plan.read(Template.FOLDER, "dev", images, List.of()).stacks())
                .extracting(Plan.Stack::name)
                .endsWith("caravan-dev-observability", "caravan-dev-platforms", "caravan-dev-runtime");
        assertThatThrownBy(() -> Plan.read(Template.FOLDER, "dev", Map.of(), List.of("platforms")))
                .hasMessageContaining("platforms.MedusaImage is not set");
        assertThat(Plan.of(Json.read("{\"platforms\": {}}"))).isEqualTo(Plan.ORDER);
        assertThat(Plan.of(Json.object())).doesNotContain("platforms").hasSize(Plan.ORDER.size() - 1);
    }

    @Test
    void nothing_to_change_is_no_failure() throws IOException {
        exists("caravan-dev-storage", "CREATE_COMPLETE");
        fails("wait-change-set-create-complete", "Waiter ChangeSetCreateComplete failed");
        answers("describe-change-set", """
                {"ChangeSetName": "c", "Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}""");

        var done = deployment().apply(plan(List.of("storage")), false, stack -> true);

        assertThat(done).isTrue();
        assertThat(said.toString()).contains("caravan-dev-storage: nothing changes");
        assertThat(verbs()).contains("delete-change-set").doesNotContain("execute-change-set");
    }

    @Test
    void what_loses_data_is_done_only_when_that_is_said() throws IOException {
        exists("caravan-dev-messaging", "UPDATE_COMPLETE");
        answers("describe-change-set", changes("""
                {"ResourceChange": {"Action": "Modify", "LogicalResourceId": "Uploads", "ResourceType": "AWS::SQS::Queue", "Replacement": "True"}}"""));

        var refused = deployment().apply(plan(List.of("messaging")), false, stack -> true);
        var before = verbs();
        var forced = deployment().apply(plan(List.of("messaging")), true, stack -> true);

        assertThat(refused).isFalse();
        assertThat(before).contains("delete-change-set").doesNotContain("execute-change-set");
        assertThat(forced).isTrue();
        assertThat(said.toString())
                .contains("Uploads (AWS::SQS::Queue)  LOSES DATA", "not done, because data would be lost");
    }

    @Test
    void without_a_yes_nothing_is_done() throws IOException {
        exists("caravan-dev-messaging", "UPDATE_COMPLETE");
        answers("describe-change-set", changes(""));

        var done = deployment().apply(plan(List.of("messaging")), false, stack -> false);

        assertThat(done).isFalse();
        assertThat(verbs()).contains("delete-change-set").doesNotContain("execute-change-set");
    }

    @Test
    void a_stack_that_fails_says_why_and_those_after_it_are_left_alone() throws IOException {
        fails("describe-stacks", "Stack with id x does not exist");
        answers("describe-change-set", changes(""));
        fails("wait-stack-create-complete", "Waiter StackCreateComplete failed");
        answers("describe-stack-events", """
                {"StackEvents": [
                  {"LogicalResourceId": "Inbox", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "caravan-dev-inbox already exists"},
                  {"LogicalResourceId": "DataKey", "ResourceStatus": "CREATE_COMPLETE"}]}""");

        var done = deployment().apply(plan(List.of("storage", "messaging")), false, stack -> true);

        assertThat(done).isFalse();
        assertThat(said.toString())
                .contains("caravan-dev-storage: failed", "  Inbox: caravan-dev-inbox already exists")
                .doesNotContain("messaging");
    }

    @Test
    void what_aws_says_is_told() throws IOException {
        fails("get-caller-identity", "Unable to locate credentials");

        assertThatThrownBy(() -> deployment().plan(plan(List.of("storage"))))
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("Unable to locate credentials");
    }

    @Test
    void a_stack_in_the_middle_of_something_is_left_alone() throws IOException {
        exists("caravan-dev-storage", "UPDATE_IN_PROGRESS");
        exists("caravan-dev-messaging", "ROLLBACK_COMPLETE");

        assertThatThrownBy(() -> deployment().plan(plan(List.of("storage"))))
                .hasMessageContaining("being changed by somebody else");
        assertThatThrownBy(() -> deployment().plan(plan(List.of("messaging"))))
                .hasMessageContaining("delete-stack --stack-name caravan-dev-messaging");
    }

    @Test
    void without_the_cli_that_is_said() {
        var nowhere = new Deployment(new AwsCli("aws-that-is-not-there"), new TestClock(), new PrintWriter(said, true));

        assertThatThrownBy(() -> nowhere.plan(plan(List.of("storage")))).hasMessageContaining("the AWS CLI is needed");
    }

    @Test
    void everything_that_is_missing_is_named_before_aws_is_asked() {
        assertThatThrownBy(() ->
                        Plan.read(Template.FOLDER, "dev", Map.of("storage.Inbox", "1", "nothing", "2"), List.of()))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining("runtime.PimcoreUrl is not set: Pimcore's Data Hub endpoint. Set it in")
                .hasMessageContaining("runtime.Image is not set")
                .hasMessageContaining("storage.yaml has no parameter Inbox")
                .hasMessageContaining("--set nothing: must be TEMPLATE.PARAMETER=VALUE");
        assertThatThrownBy(() -> Plan.read(Template.FOLDER, "test", Map.of(), List.of()))
                .hasMessageContaining("test.yaml is not there");
        assertThatThrownBy(() -> Plan.read(Template.FOLDER, "dev", Map.of(), List.of("storage", "queues")))
                .hasMessageContaining("there is no template queues");
        assertThat(asked()).isEmpty();
    }

    private Deployment deployment() {
        return new Deployment(new AwsCli(program.toString()), new TestClock(), new PrintWriter(said, true));
    }

    private static Plan plan(List<String> only) {
        return Plan.read(Template.FOLDER, "dev", only.isEmpty() ? OWNERS : Map.of(), only);
    }

    private void answers(String call, String answer) throws IOException {
        Files.writeString(folder.resolve(call), answer);
    }

    private void fails(String call, String reason) throws IOException {
        answers(call + ".failed", reason);
    }

    private void exists(String stack, String status) throws IOException {
        answers("describe-stacks-" + stack, "{\"Stacks\": [{\"StackStatus\": \"" + status + "\"}]}");
    }

    private static String changes(String changes) {
        return "{\"ChangeSetName\": \"c\", \"Status\": \"CREATE_COMPLETE\", \"Changes\": [" + changes + "]}";
    }

    private List<String> asked() {
        try {
            var file = folder.resolve("asked");
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> verbs() {
        return asked().stream().map(call -> call.split(" ")[1]).toList();
    }
}
