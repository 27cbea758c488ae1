package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.deploy.Plan.Stack;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Brings stacks to what their templates say, by change sets: what would change is shown first. */
public final class Deployment {
    /** Types that hold what cannot be made again. */
    private static final Set<String> HOLDING_DATA = Set.of(
            "AWS::S3::Bucket",
            "AWS::SQS::Queue",
            "AWS::KMS::Key",
            "AWS::RDS::DBInstance",
            "AWS::EFS::FileSystem",
            "AWS::SecretsManager::Secret",
            "AWS::ECR::Repository",
            "AWS::Events::EventBus");

    private final AwsCli aws;
    private final Clock clock;
    private final PrintWriter out;

    public Deployment(AwsCli aws, Clock clock, PrintWriter out) {
        this.aws = aws;
        this.clock = clock;
        this.out = out;
    }

    /**
     * Shows what would change; nothing does.
     *
     * @throws TargetUnavailable with AWS's own words when it refuses
     */
    public void plan(Plan plan) {
        account();
        for (var stack : plan.stacks()) {
            valid(stack);
            // A change set would need the stacks whose exports it imports, which are not there either, and leave an
            // empty stack behind.
            if (status(stack).isEmpty()) {
                out.printf("%s: would be made, with up to %s resources%n", stack.name(), stack.resources());
                continue;
            }
            var changes = changeSet(stack, "UPDATE");
            if (changes.isEmpty()) continue;
            show(stack, changes.get());
            discard(stack, changes.get());
        }
    }

    /**
     * Does it, stack by stack; stops at the first that fails.
     *
     * @param replace whether what holds data may be removed or replaced
     * @param agreed  asked once for each stack, after its changes were shown
     * @return whether all stacks are as their templates say
     * @throws TargetUnavailable with AWS's own words when it refuses
     */
    public boolean apply(Plan plan, boolean replace, Predicate<String> agreed) {
        account();
        for (var stack : plan.stacks()) {
            valid(stack);
            var type = status(stack).isEmpty() ? "CREATE" : "UPDATE";
            var changes = changeSet(stack, type);
            if (changes.isEmpty()) {
                outputs(stack);
                continue;
            }
            show(stack, changes.get());
            var lost = changes.get()
                    .path("Changes")
                    .valueStream()
                    .filter(Deployment::losesData)
                    .toList();
            if (!lost.isEmpty() && !replace) {
                discard(stack, changes.get());
                out.printf("%s: not done, because data would be lost; with --replace it would be done%n", stack.name());
                return false;
            }
            if (!agreed.test(stack.name())) {
                discard(stack, changes.get());
                out.printf("%s: not done%n", stack.name());
                return false;
            }
            var name = changes.get().path("ChangeSetName").asText();
            aws.json("cloudformation", "execute-change-set", "--stack-name", stack.name(), "--change-set-name", name);
            var waited = aws.run(
                    "cloudformation",
                    "wait",
                    type.equals("CREATE") ? "stack-create-complete" : "stack-update-complete",
                    "--stack-name",
                    stack.name());
            if (!waited.ok()) {
                failures(stack);
                return false;
            }
            out.printf("%s: done%n", stack.name());
            outputs(stack);
        }
        return true;
    }

    private void account() {
        var caller = aws.json("sts", "get-caller-identity");
        out.printf(
                "account %s, as %s%n",
                caller.path("Account").asText(), caller.path("Arn").asText());
    }

    private void valid(Stack stack) {
        aws.json("cloudformation", "validate-template", "--template-body", "file://" + stack.template());
    }

    /** Empty when there is no such stack, or nothing in it yet. */
    private Optional<String> status(Stack stack) {
        var answer = aws.run("cloudformation", "describe-stacks", "--stack-name", stack.name(), "--output", "json");
        if (!answer.ok()) {
            if (answer.error().contains("does not exist")) return Optional.empty();
            throw new TargetUnavailable("aws", stack.name() + ": " + answer.error(), null, null);
        }
        var status = Json.read(answer.output()).at("/Stacks/0/StackStatus").asText();
        if (status.equals("ROLLBACK_COMPLETE"))
            throw new BadSettings(stack.name()
                    + " could not be made earlier and is empty: aws cloudformation delete-stack --stack-name "
                    + stack.name() + ", and again");
        if (status.endsWith("IN_PROGRESS") && !status.equals("REVIEW_IN_PROGRESS"))
            throw new BadSettings(stack.name() + " is being changed by somebody else: " + status);
        return status.equals("REVIEW_IN_PROGRESS") ? Optional.empty() : Optional.of(status);
    }

    /** Empty when there is nothing to change. */
    private Optional<JsonNode> changeSet(Stack stack, String type) {
        var name = "caravan-" + clock.instant().getEpochSecond();
        var parameters = parameters(stack);
        try {
            aws.json(
                    "cloudformation",
                    "create-change-set",
                    "--stack-name",
                    stack.name(),
                    "--change-set-name",
                    name,
                    "--change-set-type",
                    type,
                    "--template-body",
                    "file://" + stack.template(),
                    "--parameters",
                    "file://" + parameters,
                    "--capabilities",
                    "CAPABILITY_IAM",
                    "--tags",
                    "Key=caravan:prefix,Value=" + stack.parameters().get("Prefix"));
        } finally {
            delete(parameters);
        }
        // It says "failed" when there is nothing to change, too.
        aws.run(
                "cloudformation",
                "wait",
                "change-set-create-complete",
                "--stack-name",
                stack.name(),
                "--change-set-name",
                name);
        var changes = aws.json(
                "cloudformation", "describe-change-set", "--stack-name", stack.name(), "--change-set-name", name);
        if (!changes.path("Status").asText().equals("FAILED")) return Optional.of(changes);
        discard(stack, changes);
        var reason = changes.path("StatusReason").asText();
        if (reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")) {
            out.printf("%s: nothing changes%n", stack.name());
            return Optional.empty();
        }
        throw new TargetUnavailable("aws", stack.name() + ": " + reason, null, null);
    }

    private static Path parameters(Stack stack) {
        var parameters = Json.array();
        stack.parameters()
                .forEach((name, value) ->
                        parameters.addObject().put("ParameterKey", name).put("ParameterValue", value));
        try {
            return Files.write(Files.createTempFile("caravan-parameters-", ".json"), Json.bytes(parameters));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void discard(Stack stack, JsonNode changes) {
        aws.json(
                "cloudformation",
                "delete-change-set",
                "--stack-name",
                stack.name(),
                "--change-set-name",
                changes.path("ChangeSetName").asText());
    }

    private void show(Stack stack, JsonNode changes) {
        out.printf("%s: %s changes%n", stack.name(), changes.path("Changes").size());
        for (var change : changes.path("Changes")) {
            var resource = change.path("ResourceChange");
            out.printf(
                    "  %-7s %s (%s)%s%n",
                    resource.path("Action").asText().toLowerCase(java.util.Locale.ROOT),
                    resource.path("LogicalResourceId").asText(),
                    resource.path("ResourceType").asText(),
                    losesData(change) ? "  LOSES DATA" : "");
        }
    }

    private static boolean losesData(JsonNode change) {
        var resource = change.path("ResourceChange");
        return HOLDING_DATA.contains(resource.path("ResourceType").asText())
                && (resource.path("Action").asText().equals("Remove")
                        || List.of("True", "Conditional")
                                .contains(resource.path("Replacement").asText()));
    }

    private void outputs(Stack stack) {
        var outputs = aws.json("cloudformation", "describe-stacks", "--stack-name", stack.name())
                .at("/Stacks/0/Outputs");
        for (var output : outputs)
            if (output.has("Description"))
                out.printf(
                        "  %s = %s%n",
                        output.path("OutputKey").asText(),
                        output.path("OutputValue").asText());
    }

    private void failures(Stack stack) {
        out.printf("%s: failed%n", stack.name());
        var events = aws.json("cloudformation", "describe-stack-events", "--stack-name", stack.name());
        for (var event : events.path("StackEvents"))
            if (event.path("ResourceStatus").asText().endsWith("FAILED"))
                out.printf(
                        "  %s: %s%n",
                        event.path("LogicalResourceId").asText(),
                        event.path("ResourceStatusReason").asText());
    }
}
