package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * An account in which an environment was deployed: what the AWS CLI would say of it, made from the templates. A fault is planted by
 * changing a template after it was "deployed". It was never AWS itself.
 */
final class DeployedAccount extends AwsCli {
    /** In place of a template's name: the runtime's, for what its role may do. */
    static final String RIGHTS = "rights";

    private static final String ARN = "arn:aws:%s:eu-central-2:111122223333:%s";

    private final Environment environment;
    private final Template runtime = Template.named("runtime");
    private final Map<String, ObjectNode> templates = new TreeMap<>();
    /** As they were when all of it was made: an ARN outlives what it is of. */
    private final Map<String, ObjectNode> made = new TreeMap<>();

    private final ArrayNode ringing = Json.array();
    private int fallen;

    DeployedAccount(Environment environment) {
        super("never called");
        this.environment = environment;
        for (var template : Template.all().stream()
                .filter(template -> !Plan.OPTIONAL.contains(template.name()))
                .toList())
            templates.put(template.name(), (ObjectNode)
                    template.with(environment.complete().of(template)).deepCopy());
        templates.forEach((name, template) -> made.put(name, template.deepCopy()));
        // Rights are told from what is imported, which has no value before it is deployed.
        templates.put(RIGHTS, runtime.tree());
    }

    /** As if somebody had changed it by hand. */
    DeployedAccount with(String template, String pointer, Consumer<ObjectNode> change) {
        var node = templates.get(template).at(pointer);
        if (!node.isObject()) throw new IllegalArgumentException(template + " has no " + pointer);
        change.accept((ObjectNode) node);
        return this;
    }

    /** With an alarm that rings. */
    DeployedAccount withRinging(String alarm) {
        ringing.addObject().put("AlarmName", alarm).put("AlarmDescription", "What to do.");
        return this;
    }

    /** With tasks that do not run although they should. */
    DeployedAccount withFallen(int tasks) {
        fallen = tasks;
        return this;
    }

    @Override
    public Answer run(String... question) {
        var words = Arrays.asList(question);
        try {
            return new Answer(0, answer(words).toString(), "");
        } catch (IllegalArgumentException e) {
            return new Answer(254, "", e.getMessage());
        }
    }

    private JsonNode answer(List<String> question) {
        var called = question.get(0) + " " + question.get(1);
        return switch (called) {
            case "sts get-caller-identity" -> Json.object().put("Account", "111122223333");
            case "cloudformation describe-stacks" -> stack(of(question, "--stack-name"));
            case "cloudformation list-exports" -> exports();
            case "cloudformation describe-stack-resource" ->
                Json.read("{\"StackResourceDetail\": {\"PhysicalResourceId\": \"role\"}}");
            case "s3api get-bucket-versioning" -> bucket(question).path("VersioningConfiguration");
            case "s3api get-public-access-block" ->
                Json.object()
                        .set("PublicAccessBlockConfiguration", bucket(question).path("PublicAccessBlockConfiguration"));
            case "s3api get-bucket-encryption" -> encryption(bucket(question));
            case "s3api get-bucket-notification-configuration" ->
                bucket(question)
                                .at("/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled")
                                .asBoolean()
                        ? Json.read("{\"EventBridgeConfiguration\": {}}")
                        : Json.object();
            case "sqs get-queue-url" ->
                Json.object()
                        .put("QueueUrl", queue(of(question, "--queue-name")).getKey());
            case "sqs get-queue-attributes" -> attributes(of(question, "--queue-url"));
            case "events describe-event-bus" ->
                named("AWS::Events::EventBus", "Name", of(question, "--name")).getValue();
            case "events describe-rule" -> rule(question, "--name");
            case "events list-targets-by-rule" -> targets(rule(question, "--rule"));
            case "iam get-role" -> Json.read("{\"Role\": {\"Arn\": \"arn:aws:iam::111122223333:role/role\"}}");
            case "iam simulate-principal-policy" ->
                decision(of(question, "--action-names"), of(question, "--resource-arns"));
            case "ecs describe-services" -> service();
            case "cloudwatch describe-alarms" -> Json.object().set("MetricAlarms", ringing);
            default -> throw new IllegalArgumentException("nobody asks " + called);
        };
    }

    private static String of(List<String> question, String option) {
        return question.get(question.indexOf(option) + 1);
    }

    private JsonNode stack(String stack) {
        var template = templates.get(stack.substring(environment.prefix().length() + 1));
        if (!template.has("Resources"))
            throw new IllegalArgumentException("Stack with id " + stack + " does not exist");
        var answer = Json.object();
        answer.putArray("Stacks")
                .addObject()
                .put("StackStatus", template.path("Status").asText("UPDATE_COMPLETE"));
        return answer;
    }

    private JsonNode exports() {
        var answer = Json.object();
        var list = answer.putArray("Exports");
        made.values().forEach(template -> template.path("Outputs").forEach(output -> list.addObject()
                .put("Name", output.at("/Export/Name").asText())
                .put("Value", arn(output.path("Value")))));
        return answer;
    }

    /** Of what GetAtt asks for; another value as it is. */
    private String arn(JsonNode value) {
        if (!value.has("Fn::GetAtt")) return value.asText();
        var id = value.at("/Fn::GetAtt/0").asText();
        for (var template : made.values()) {
            var resource = template.path("Resources").path(id);
            var properties = resource.path("Properties");
            if (resource.isMissingNode()) continue;
            return switch (resource.path("Type").asText()) {
                case "AWS::SQS::Queue" ->
                    ARN.formatted("sqs", properties.path("QueueName").asText());
                case "AWS::S3::Bucket" ->
                    "arn:aws:s3:::" + properties.path("BucketName").asText();
                case "AWS::Events::Rule" ->
                    ARN.formatted(
                            "events",
                            "rule/" + (properties.has("EventBusName") ? environment.prefix() + "/" : "")
                                    + properties.path("Name").asText());
                case "AWS::Events::EventBus" ->
                    ARN.formatted(
                            "events", "event-bus/" + properties.path("Name").asText());
                default -> ARN.formatted("other", id);
            };
        }
        throw new IllegalStateException("no " + id);
    }

    private Map.Entry<String, JsonNode> named(String type, String property, String name) {
        for (var template : templates.values())
            for (var resource : template.path("Resources").properties()) {
                var properties = resource.getValue().path("Properties");
                if (resource.getValue().path("Type").asText().equals(type)
                        && properties.path(property).asText().equals(name))
                    return Map.entry(resource.getKey(), properties);
            }
        throw new IllegalArgumentException("there is no " + type + " " + name);
    }

    private JsonNode bucket(List<String> question) {
        return named("AWS::S3::Bucket", "BucketName", of(question, "--bucket")).getValue();
    }

    private static JsonNode encryption(JsonNode bucket) {
        var answer = Json.object();
        var rule = answer.putObject("ServerSideEncryptionConfiguration")
                .putArray("Rules")
                .addObject();
        rule.set(
                "ApplyServerSideEncryptionByDefault",
                bucket.at("/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault"));
        return answer;
    }

    private Map.Entry<String, JsonNode> queue(String name) {
        return Map.entry(name, named("AWS::SQS::Queue", "QueueName", name).getValue());
    }

    private JsonNode attributes(String name) {
        var found = named("AWS::SQS::Queue", "QueueName", name);
        var attributes = Json.object();
        // SQS answers with texts only.
        for (var text : List.of("MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout"))
            attributes.put(text, found.getValue().path(text).asText());
        attributes.put("QueueArn", ARN.formatted("sqs", name));
        attributes.put(
                "ApproximateNumberOfMessages", found.getValue().path("Waiting").asText("0"));
        if (found.getValue().has("KmsMasterKeyId")) attributes.put("KmsMasterKeyId", "key");
        var redrive = found.getValue().path("RedrivePolicy");
        if (redrive.isObject())
            attributes.put(
                    "RedrivePolicy",
                    Json.object()
                            .put("deadLetterTargetArn", arn(redrive.path("deadLetterTargetArn")))
                            .toString());
        var policy = templates.get("messaging").path("Resources").path(found.getKey() + "Policy");
        if (policy.isObject())
            attributes.put(
                    "Policy", resolved(policy.at("/Properties/PolicyDocument")).toString());
        return Json.object().set("Attributes", attributes);
    }

    private JsonNode resolved(JsonNode node) {
        if (node.has("Fn::GetAtt")) return Json.mapper().getNodeFactory().textNode(arn(node));
        if (node.isArray()) {
            var array = Json.array();
            node.forEach(one -> array.add(resolved(one)));
            return array;
        }
        if (!node.isObject()) return node;
        var object = Json.object();
        node.properties().forEach(one -> object.set(one.getKey(), resolved(one.getValue())));
        return object;
    }

    private JsonNode rule(List<String> question, String option) {
        var rule = named("AWS::Events::Rule", "Name", of(question, option)).getValue();
        var bus = rule.has("EventBusName") ? environment.prefix() : "default";
        if (!of(question, "--event-bus-name").equals(bus))
            throw new IllegalArgumentException("no such rule on that bus");
        ObjectNode answer = rule.deepCopy();
        answer.put("State", rule.path("State").asText("ENABLED"));
        answer.put("EventPattern", rule.path("EventPattern").toString());
        return answer;
    }

    private JsonNode targets(JsonNode rule) {
        return Json.object().set("Targets", resolved(rule.path("Targets")));
    }

    /** By the policies of the task's role: exact resources, or those below a prefix. */
    private JsonNode decision(String action, String resource) {
        var names = Map.of(
                ARN.formatted("events", "event-bus/" + environment.prefix()), "bus",
                ARN.formatted("other", "DataKey"), "data-key",
                ARN.formatted("other", "MessageKey"), "message-key");
        var name = names.getOrDefault(
                resource,
                resource.replaceFirst("arn:aws:(s3:::|sqs:eu-central-2:111122223333:)" + environment.prefix() + "-", "")
                        .replace(".fifo", ""));
        var granted = Rights.granted(runtime.changed(templates.get(RIGHTS)));
        var allowed = granted.getOrDefault(action, Set.of()).stream()
                .anyMatch(one ->
                        one.endsWith("/*") ? name.startsWith(one.substring(0, one.length() - 1)) : one.equals(name));
        var answer = Json.object();
        answer.putArray("EvaluationResults")
                .addObject()
                .put("EvalActionName", action)
                .put("EvalDecision", allowed ? "allowed" : "implicitDeny");
        return answer;
    }

    private JsonNode service() {
        int wanted = Integer.parseInt(environment.parameters().get("runtime").get("LeastTasks"));
        var answer = Json.object();
        answer.putArray("services").addObject().put("desiredCount", wanted).put("runningCount", wanted - fallen);
        return answer;
    }
}
