package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * Looks at a deployed environment: whether stacks, buckets, queues, bus and rules are as the templates say, whether the task may do what
 * {@code operations.yaml} says it does and no more, whether tasks run. Only looks.
 */
public final class Doctor {
    /** Stacks in any other state are not what their template says, or are about to change. */
    private static final List<String> SETTLED = List.of("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE");

    /** What the task must never be able to do, on what. */
    private static final Map<String, List<String>> NEVER = Map.of(
            "s3:DeleteObject", List.of("archive/erasures/*"),
            "s3:PutObject", List.of("inbox/*"),
            "s3:PutBucketPolicy", List.of("inbox", "archive"),
            "sqs:DeleteQueue", List.of("uploads", "tasks"),
            "events:PutRule", List.of("bus"),
            "kms:ScheduleKeyDeletion", List.of("data-key", "message-key"));

    /** Attributes of a queue, as template and SQS both name them. */
    private static final List<String> QUEUE_ATTRIBUTES =
            List.of("MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout");

    private final AwsCli aws;
    private final Path folder;
    private final String environment;
    private final String prefix;
    private final List<String> templates;
    private final List<String> findings = new ArrayList<>();

    /**
     * @param folder      of the templates
     * @param environment whose file is below it
     * @throws BadSettings when there is no such environment
     */
    public Doctor(AwsCli aws, Path folder, String environment) {
        this.aws = aws;
        this.folder = folder;
        this.environment = environment;
        var values = Plan.tree(folder.resolve("environments").resolve(environment + ".yaml"));
        this.prefix = values.path("Prefix").asText();
        this.templates = Plan.of(values);
    }

    /** Before every name in this environment. */
    public String prefix() {
        return prefix;
    }

    /**
     * What is not as it should be, a sentence each, with what to do; empty when all is well.
     *
     * @throws TargetUnavailable when AWS does not know us
     */
    public List<String> findings() {
        aws.json("sts", "get-caller-identity");
        stacks();
        buckets();
        var arns = queues();
        bus();
        rules();
        rights(arns);
        service();
        alarms();
        return List.copyOf(findings);
    }

    private void found(String what, String remedy) {
        findings.add(what + ": " + remedy);
    }

    /** What AWS says; a finding when it refuses. */
    private Optional<JsonNode> asked(String what, String remedy, String... question) {
        try {
            return Optional.of(aws.json(question));
        } catch (TargetUnavailable e) {
            found(
                    what + " does not answer ("
                            + e.getMessage().lines().findFirst().orElse("") + ")",
                    remedy);
            return Optional.empty();
        }
    }

    private String apply(String template) {
        return "./caravan deploy apply --env " + environment + " --only " + template;
    }

    private void stacks() {
        for (var name : templates) {
            var stack = prefix + "-" + name;
            asked(
                            "stack " + stack,
                            apply(name) + " makes it",
                            "cloudformation",
                            "describe-stacks",
                            "--stack-name",
                            stack)
                    .map(answer -> answer.at("/Stacks/0/StackStatus").asText())
                    .filter(status -> !SETTLED.contains(status))
                    .ifPresent(status -> found(
                            "stack " + stack + " is " + status,
                            "wait when somebody changes it, or see why with aws cloudformation describe-stack-events --stack-name "
                                    + stack));
        }
    }

    /** Resources of a type in a template, by logical id. */
    private void each(String template, String type, BiConsumer<String, JsonNode> look) {
        Plan.tree(folder.resolve(template + ".yaml")).path("Resources").properties().stream()
                .filter(resource -> resource.getValue().path("Type").asText().equals(type))
                .forEach(resource ->
                        look.accept(resource.getKey(), resource.getValue().path("Properties")));
    }

    /** A name, as the template spells it: {@code ${Prefix}-uploads}, or the prefix itself. */
    private String named(JsonNode name) {
        return name.asText().equals("Prefix") ? prefix : name.asText().replace("${Prefix}", prefix);
    }

    private void buckets() {
        each("storage", "AWS::S3::Bucket", (id, bucket) -> {
            var name = named(bucket.path("BucketName"));
            var remedy = apply("storage") + " puts it right";
            var what = "bucket " + name;
            asked(what, remedy, "s3api", "get-bucket-versioning", "--bucket", name)
                    .filter(answer -> !answer.path("Status").asText().equals("Enabled"))
                    .ifPresent(answer -> found(what + " keeps no versions", remedy));
            asked(what, remedy, "s3api", "get-public-access-block", "--bucket", name)
                    .map(answer -> answer.path("PublicAccessBlockConfiguration"))
                    .filter(block -> block.size() < 4 || block.valueStream().anyMatch(flag -> !flag.asBoolean()))
                    .ifPresent(block -> found(what + " may be made public", remedy));
            var encrypted = "ServerSideEncryptionConfiguration";
            var algorithm = "ServerSideEncryptionByDefault/SSEAlgorithm";
            asked(what, remedy, "s3api", "get-bucket-encryption", "--bucket", name)
                    .map(answer -> answer.at("/" + encrypted + "/Rules/0/ApplyServer" + algorithm.substring(6))
                            .asText())
                    .filter(is -> !is.equals(bucket.at("/BucketEncryption/" + encrypted + "/0/" + algorithm)
                            .asText()))
                    .ifPresent(is -> found(what + " is encrypted by \"" + is + "\"", remedy));
            if (bucket.has("NotificationConfiguration"))
                asked(what, remedy, "s3api", "get-bucket-notification-configuration", "--bucket", name)
                        .filter(answer -> !answer.has("EventBridgeConfiguration"))
                        .ifPresent(answer -> found(
                                what + " does not tell EventBridge of new files, so they stay where they are", remedy));
        });
    }

    /** ARNs of the queues that are there, by name. */
    private Map<String, String> queues() {
        var names = new TreeMap<String, String>();
        each("messaging", "AWS::SQS::Queue", (id, queue) -> names.put(id, named(queue.path("QueueName"))));
        var rules = new TreeMap<String, String>();
        each("messaging", "AWS::Events::Rule", (id, rule) -> rules.put(id, named(rule.path("Name"))));
        var policies = new TreeMap<String, JsonNode>();
        each(
                "messaging",
                "AWS::SQS::QueuePolicy",
                (id, policy) -> policies.put(policy.at("/Queues/0").asText(), policy.at("/PolicyDocument/Statement")));
        var arns = new TreeMap<String, String>();
        each("messaging", "AWS::SQS::Queue", (id, queue) -> {
            var name = names.get(id);
            var remedy = apply("messaging") + " puts it right";
            asked("queue " + name, apply("messaging") + " makes it", "sqs", "get-queue-url", "--queue-name", name)
                    .flatMap(answer -> asked(
                            "queue " + name,
                            remedy,
                            "sqs",
                            "get-queue-attributes",
                            "--queue-url",
                            answer.path("QueueUrl").asText(),
                            "--attribute-names",
                            "All"))
                    .map(answer -> answer.path("Attributes"))
                    .ifPresent(is -> {
                        arns.put(name, is.path("QueueArn").asText());
                        queue(name, queue, is, names, remedy);
                        policy(name, policies.get(id), is, rules, remedy);
                    });
        });
        return arns;
    }

    private void queue(String name, JsonNode queue, JsonNode is, Map<String, String> names, String remedy) {
        for (var attribute : QUEUE_ATTRIBUTES)
            if (!is.path(attribute).asText().equals(queue.path(attribute).asText()))
                found(
                        "queue %s has %s %s instead of %s"
                                .formatted(
                                        name,
                                        attribute,
                                        is.path(attribute).asText("none"),
                                        queue.path(attribute).asText()),
                        remedy);
        if (is.path("KmsMasterKeyId").asText().isEmpty())
            found("queue " + name + " is not encrypted by our key", remedy);
        var dead = queue.at("/RedrivePolicy/deadLetterTargetArn").asText().replace(".Arn", "");
        if (!dead.isEmpty()) {
            var redrive = Json.read(is.path("RedrivePolicy").asText("{}"));
            if (!redrive.path("deadLetterTargetArn").asText().endsWith(":" + names.get(dead)))
                found("queue " + name + " does not give up into " + names.get(dead), remedy);
            return;
        }
        long waiting = is.path("ApproximateNumberOfMessages").asLong();
        if (waiting > 0)
            found(
                    "queue " + name + " has " + waiting + " messages that nobody takes out",
                    "the runtime drains it when it runs; then ./caravan dead-letters list");
    }

    /** Who may send to it: those the template names, and nobody else. */
    private void policy(String name, JsonNode expected, JsonNode is, Map<String, String> rules, String remedy) {
        var statements = Json.read(is.path("Policy").asText("{}")).path("Statement");
        var senders = new TreeSet<String>();
        var tlsOnly = false;
        for (var statement : statements) {
            if (statement.path("Effect").asText().equals("Deny")) {
                tlsOnly |= statement
                        .at("/Condition/Bool/aws:SecureTransport")
                        .asText()
                        .equals("false");
                continue;
            }
            var by = statement.at("/Condition/ArnEquals/aws:SourceArn").asText();
            senders.add(by.isEmpty() ? "anybody" : by.replaceFirst(".*[:/]", ""));
        }
        if (!tlsOnly) found("queue " + name + " may be read without TLS", remedy);
        var wanted = new TreeSet<String>();
        for (var statement : expected)
            if (statement.path("Effect").asText().equals("Allow")) {
                var by = statement
                        .at("/Condition/ArnEquals/aws:SourceArn")
                        .asText()
                        .replace(".Arn", "");
                wanted.add(rules.getOrDefault(by, prefix));
            }
        senders.stream()
                .filter(by -> !wanted.contains(by))
                .forEach(by -> found("queue " + name + " takes messages from " + by, remedy));
        wanted.stream()
                .filter(by -> !senders.contains(by))
                .forEach(by -> found(
                        "queue " + name + " takes nothing from " + by + ", so events are lost to its dead letters",
                        remedy));
    }

    private void bus() {
        each(
                "messaging",
                "AWS::Events::EventBus",
                (id, bus) -> asked(
                        "bus " + named(bus.path("Name")),
                        apply("messaging") + " makes it",
                        "events",
                        "describe-event-bus",
                        "--name",
                        named(bus.path("Name"))));
    }

    private void rules() {
        var queues = new TreeMap<String, String>();
        each("messaging", "AWS::SQS::Queue", (id, queue) -> queues.put(id + ".Arn", named(queue.path("QueueName"))));
        each("messaging", "AWS::Events::Rule", (id, rule) -> {
            var name = named(rule.path("Name"));
            var bus = rule.has("EventBusName") ? prefix : "default";
            var what = "rule " + name;
            var remedy = apply("messaging") + " puts it right";
            asked(what, remedy, "events", "describe-rule", "--name", name, "--event-bus-name", bus)
                    .ifPresent(is -> {
                        if (!is.path("State").asText().equals("ENABLED"))
                            found(
                                    what + " is disabled",
                                    "aws events enable-rule --name " + name + " --event-bus-name " + bus);
                        var pattern = Json.read(named(Json.mapper()
                                .getNodeFactory()
                                .textNode(rule.path("EventPattern").toString())));
                        if (!Json.read(is.path("EventPattern").asText("{}")).equals(pattern))
                            found(
                                    what + " wants other events: "
                                            + is.path("EventPattern").asText(),
                                    remedy);
                    });
            asked(what, remedy, "events", "list-targets-by-rule", "--rule", name, "--event-bus-name", bus)
                    .map(answer -> answer.path("Targets"))
                    .ifPresent(is -> {
                        var target = rule.at("/Targets/0");
                        var to = queues.get(target.path("Arn").asText());
                        var dead = queues.get(target.at("/DeadLetterConfig/Arn").asText());
                        if (is.size() != 1 || !is.at("/0/Arn").asText().endsWith(":" + to))
                            found(what + " does not lead to " + to + " alone", remedy);
                        if (!is.at("/0/DeadLetterConfig/Arn").asText().endsWith(":" + dead))
                            found(what + " loses what it cannot deliver: it should go to " + dead, remedy);
                    });
        });
    }

    private void rights(Map<String, String> queues) {
        var exports = new TreeMap<String, String>();
        asked("what the stacks export", "see aws cloudformation list-exports", "cloudformation", "list-exports")
                .ifPresent(answer -> answer.path("Exports")
                        .forEach(one -> exports.put(
                                one.path("Name").asText(), one.path("Value").asText())));
        var role = asked(
                        "the role of the task",
                        apply("runtime") + " makes it",
                        "cloudformation",
                        "describe-stack-resource",
                        "--stack-name",
                        prefix + "-runtime",
                        "--logical-resource-id",
                        "TaskRole")
                .flatMap(resource -> asked(
                        "the role of the task",
                        apply("runtime") + " makes it",
                        "iam",
                        "get-role",
                        "--role-name",
                        resource.at("/StackResourceDetail/PhysicalResourceId").asText()))
                .map(answer -> answer.at("/Role/Arn").asText());
        if (role.isEmpty()) return;
        var needed = new TreeMap<String, TreeSet<String>>();
        // An operation that is another's twin is an alias there, read as a text: it needs what the other needs.
        for (var operation : Plan.tree(folder.resolve("operations.yaml")).path("task"))
            operation.properties().forEach(action -> action.getValue()
                    .forEach(on -> needed.computeIfAbsent(action.getKey(), key -> new TreeSet<>())
                            .addAll(arns(on.asText(), queues, exports))));
        needed.forEach((action, on) -> decided(role.get(), action, on).forEach((resource, allowed) -> {
            if (!allowed)
                found("the task may not " + action + " on " + resource, apply("runtime") + " gives it that right");
        }));
        NEVER.forEach((action, names) -> {
            var on = new TreeSet<String>();
            names.forEach(name -> on.addAll(arns(name, queues, exports)));
            decided(role.get(), action, on).forEach((resource, allowed) -> {
                if (allowed)
                    found(
                            "the task may " + action + " on " + resource,
                            "take the policy that gives it that off " + role.get());
            });
        });
    }

    /** ARNs of what {@code operations.yaml} names; an object below a prefix stands for all of them. Images are not ours to know. */
    private List<String> arns(String name, Map<String, String> queues, Map<String, String> exports) {
        if (name.equals("queues"))
            return queues.entrySet().stream()
                    .filter(queue -> !queue.getKey().equals(prefix + "-events-dead"))
                    .map(Map.Entry::getValue)
                    .toList();
        if (name.startsWith("images/")) return List.of();
        var parts = name.split("/", 2);
        var arn = exports.get(prefix + "-" + parts[0] + "-arn");
        // That it is missing was said of its stack.
        if (arn == null) return List.of();
        return List.of(parts.length == 1 ? arn : arn + "/" + parts[1].replace("*", "doctor"));
    }

    /** Whether the role may, by resource. */
    private Map<String, Boolean> decided(String role, String action, TreeSet<String> resources) {
        var decided = new TreeMap<String, Boolean>();
        for (var resource : resources)
            asked(
                            "what the task may do",
                            "you need the right iam:SimulatePrincipalPolicy to ask",
                            "iam",
                            "simulate-principal-policy",
                            "--policy-source-arn",
                            role,
                            "--action-names",
                            action,
                            "--resource-arns",
                            resource)
                    .ifPresent(answer -> decided.put(
                            resource,
                            answer.at("/EvaluationResults/0/EvalDecision")
                                    .asText()
                                    .equals("allowed")));
        return decided;
    }

    private void service() {
        var what = "service " + prefix;
        asked(
                        what,
                        apply("runtime") + " makes it",
                        "ecs",
                        "describe-services",
                        "--cluster",
                        prefix,
                        "--services",
                        prefix)
                .map(answer -> answer.at("/services/0"))
                .ifPresent(service -> {
                    int running = service.path("runningCount").asInt();
                    int wanted = service.path("desiredCount").asInt();
                    if (running < wanted || wanted == 0)
                        found(
                                what + " runs " + running + " tasks of " + wanted,
                                "aws ecs describe-services --cluster " + prefix + " --services " + prefix
                                        + " --query services[0].events[:5] says why; /" + prefix
                                        + "/caravan has the log");
                });
    }

    private void alarms() {
        asked(
                        "the alarms",
                        apply("observability") + " makes them",
                        "cloudwatch",
                        "describe-alarms",
                        "--alarm-name-prefix",
                        prefix + "-",
                        "--state-value",
                        "ALARM")
                .ifPresent(answer -> answer.path("MetricAlarms")
                        .forEach(alarm -> found(
                                "alarm " + alarm.path("AlarmName").asText() + " rings",
                                alarm.path("AlarmDescription").asText())));
    }
}
