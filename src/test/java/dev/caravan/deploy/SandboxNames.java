package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.sandbox.EventBridge;
import dev.caravan.sandbox.SandboxResources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Buckets, queues, bus and rules of the templates, compared with those the tests run with. */
final class SandboxNames {
    /** Of AWS alone: the sandbox's bus is never without its key, and nobody looks into who read an object. */
    private static final List<String> AWS_ALONE = List.of("caravan-access-logs", "caravan-events-dead");

    private final SandboxResources sandbox = SandboxResources.defaults();
    private final List<Finding> findings = new ArrayList<>();

    private SandboxNames() {}

    static List<Finding> check(Template storage, Template messaging) {
        var names = new SandboxNames();
        names.buckets(storage);
        names.queues(messaging);
        names.events(messaging);
        names.rules(messaging);
        return names.findings;
    }

    private void found(Template template, String id, String message) {
        findings.add(new Finding(template.place("/Resources/" + id), "SANDBOX", id, message));
    }

    /** Resources of a type in a template, by the name it gives them. */
    private static Map<String, Map.Entry<String, JsonNode>> named(Template template, String type, String property) {
        var evaluated =
                template.with(Map.of("Prefix", SandboxResources.defaults().prefix()));
        var named = new TreeMap<String, Map.Entry<String, JsonNode>>();
        Template.members(evaluated.path("Resources")).forEach((id, resource) -> {
            var name = resource.path("Properties").path(property).asText();
            if (resource.path("Type").asText().equals(type) && !AWS_ALONE.contains(name))
                named.put(name, Map.entry(id, resource.path("Properties")));
        });
        return named;
    }

    private void buckets(Template storage) {
        var buckets = named(storage, "AWS::S3::Bucket", "BucketName");
        same(
                storage,
                "buckets",
                List.of(sandbox.inbox(), sandbox.archive()),
                buckets.keySet().stream().toList());
        buckets.forEach((name, bucket) -> {
            var announces = bucket.getValue()
                    .at("/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled")
                    .asBoolean();
            if (announces != name.equals(sandbox.inbox()))
                found(
                        storage,
                        bucket.getKey(),
                        "tells EventBridge of its objects: " + announces + ", in the sandbox " + !announces);
        });
    }

    private void queues(Template messaging) {
        var queues = named(messaging, "AWS::SQS::Queue", "QueueName");
        same(
                messaging,
                "queues",
                sandbox.queues().stream()
                        .flatMap(queue -> java.util.stream.Stream.of(queue, SandboxResources.dead(queue)))
                        .toList(),
                queues.keySet().stream().toList());
        for (var queue : sandbox.queues()) {
            for (var name : List.of(queue, SandboxResources.dead(queue))) {
                if (!queues.containsKey(name)) continue;
                var id = queues.get(name).getKey();
                var properties = queues.get(name).getValue();
                equal(
                        messaging,
                        id,
                        "MessageRetentionPeriod",
                        SandboxResources.RETENTION.toSeconds(),
                        properties.path("MessageRetentionPeriod").asLong());
                equal(
                        messaging,
                        id,
                        "VisibilityTimeout",
                        sandbox.visibilityTimeout().toSeconds(),
                        properties.path("VisibilityTimeout").asLong());
                // The longest there is; the sandbox leaves it to its clients, which all ask for as long.
                equal(
                        messaging,
                        id,
                        "ReceiveMessageWaitTimeSeconds",
                        20L,
                        properties.path("ReceiveMessageWaitTimeSeconds").asLong());
                equal(
                        messaging,
                        id,
                        "FifoQueue",
                        name.endsWith(".fifo"),
                        properties.path("FifoQueue").asBoolean());
                equal(messaging, id, "RedrivePolicy", name.equals(queue), properties.has("RedrivePolicy"));
                if (!messaging.resources().containsKey(id + "Policy"))
                    found(messaging, id, "has no policy " + id + "Policy");
                else
                    equal(
                            messaging,
                            id + "Policy",
                            "Queues",
                            Json.read("[{\"Ref\":\"" + id + "\"}]"),
                            messaging.tree().at("/Resources/" + id + "Policy/Properties/Queues"));
            }
            var redrive =
                    queues.containsKey(queue) ? queues.get(queue).getValue().path("RedrivePolicy") : Json.object();
            var dead = queues.get(SandboxResources.dead(queue));
            if (dead == null || !queues.containsKey(queue)) continue;
            equal(
                    messaging,
                    queues.get(queue).getKey(),
                    "maxReceiveCount",
                    (long) sandbox.maxReceiveCount(),
                    redrive.path("maxReceiveCount").asLong());
            equal(
                    messaging,
                    queues.get(queue).getKey(),
                    "deadLetterTargetArn",
                    arn(dead.getKey()),
                    redrive.path("deadLetterTargetArn"));
            var allowed = dead.getValue().path("RedriveAllowPolicy");
            equal(
                    messaging,
                    dead.getKey(),
                    "redrivePermission",
                    "byQueue",
                    allowed.path("redrivePermission").asText());
            equal(
                    messaging,
                    dead.getKey(),
                    "sourceQueueArns",
                    "arn:aws:sqs:eu-central-2:111122223333:" + queue,
                    allowed.path("sourceQueueArns").path(0).asText());
        }
    }

    /** Of AWS alone, and as the others are. */
    private void events(Template messaging) {
        var properties =
                messaging.resources().getOrDefault("EventsDead", Json.object()).path("Properties");
        equal(
                messaging,
                "EventsDead",
                "MessageRetentionPeriod",
                SandboxResources.RETENTION.toSeconds(),
                properties.path("MessageRetentionPeriod").asLong());
        equal(
                messaging,
                "EventsDead",
                "VisibilityTimeout",
                sandbox.visibilityTimeout().toSeconds(),
                properties.path("VisibilityTimeout").asLong());
        equal(
                messaging,
                "EventsDead",
                "ReceiveMessageWaitTimeSeconds",
                20L,
                properties.path("ReceiveMessageWaitTimeSeconds").asLong());
        equal(
                messaging,
                "EventsDead",
                "redrivePermission",
                "denyAll",
                properties.at("/RedriveAllowPolicy/redrivePermission").asText());
        equal(
                messaging,
                "Bus",
                "DeadLetterConfig",
                arn("EventsDead"),
                messaging.tree().at("/Resources/Bus/Properties/DeadLetterConfig/Arn"));
    }

    private void rules(Template messaging) {
        var rules = named(messaging, "AWS::Events::Rule", "Name");
        same(
                messaging,
                "rules",
                sandbox.rules().stream().map(rule -> rule.name()).toList(),
                rules.keySet().stream().toList());
        var queues = named(messaging, "AWS::SQS::Queue", "QueueName");
        var bus = named(messaging, "AWS::Events::EventBus", "Name");
        same(messaging, "buses", List.of(sandbox.bus()), bus.keySet().stream().toList());
        for (var rule : sandbox.rules()) {
            if (!rules.containsKey(rule.name())) continue;
            var id = rules.get(rule.name()).getKey();
            var properties = rules.get(rule.name()).getValue();
            equal(messaging, id, "EventPattern", Json.read(rule.pattern()), properties.path("EventPattern"));
            equal(messaging, id, "State", "ENABLED", properties.path("State").asText("ENABLED"));
            var own = rule.bus().equals(EventBridge.DEFAULT_BUS) ? "" : "Bus";
            equal(
                    messaging,
                    id,
                    "EventBusName",
                    own,
                    properties.at("/EventBusName/Ref").asText());
            equal(messaging, id, "Targets", 1L, (long)
                    properties.path("Targets").size());
            var target = properties.path("Targets").path(0);
            if (!queues.containsKey(rule.queue()) || !queues.containsKey(rule.deadLetterQueue())) continue;
            equal(messaging, id, "target", arn(queues.get(rule.queue()).getKey()), target.path("Arn"));
            equal(
                    messaging,
                    id,
                    "DeadLetterConfig",
                    arn(queues.get(rule.deadLetterQueue()).getKey()),
                    target.at("/DeadLetterConfig/Arn"));
            for (var queue : List.of(rule.queue(), rule.deadLetterQueue()))
                allows(messaging, queues.get(queue).getKey(), id);
        }
        for (var queue : sandbox.queues())
            if (sandbox.rules().stream().noneMatch(rule -> rule.queue().equals(queue)) && queues.containsKey(queue))
                for (var name : List.of(queue, SandboxResources.dead(queue)))
                    if (statements(messaging, queues.get(name).getKey()).stream()
                            .anyMatch(statement ->
                                    statement.path("Effect").asText().equals("Allow")))
                        found(messaging, queues.get(name).getKey() + "Policy", "lets others send, and no rule does");
    }

    /** Exactly that rule may send to the queue. */
    private void allows(Template messaging, String queue, String rule) {
        var expected = (ObjectNode) Json.read("""
                {"Sid": "FromItsRule", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Condition": {"ArnEquals": {}}}""");
        expected.set("Resource", arn(queue));
        ((ObjectNode) expected.at("/Condition/ArnEquals")).set("aws:SourceArn", arn(rule));
        var allowing = statements(messaging, queue).stream()
                .filter(statement -> statement.path("Effect").asText().equals("Allow"))
                .toList();
        equal(messaging, queue + "Policy", "Statement", List.of(expected), allowing);
    }

    private static List<JsonNode> statements(Template messaging, String queue) {
        return StreamSupport.stream(
                        messaging
                                .tree()
                                .at("/Resources/" + queue + "Policy/Properties/PolicyDocument/Statement")
                                .spliterator(),
                        false)
                .collect(Collectors.toList());
    }

    private static JsonNode arn(String id) {
        return Json.read("{\"Fn::GetAtt\":[\"" + id + "\",\"Arn\"]}");
    }

    private void same(Template template, String what, List<String> expected, List<String> found) {
        expected.stream()
                .filter(name -> !found.contains(name))
                .forEach(name -> found(template, "", what + ": the sandbox has " + name + ", and here it is missing"));
        found.stream()
                .filter(name -> !expected.contains(name))
                .forEach(name -> found(template, "", what + ": " + name + " is not in the sandbox"));
    }

    private void equal(Template template, String id, String what, Object expected, Object found) {
        if (!expected.equals(found)) found(template, id, what + " is " + found + ", in the sandbox " + expected);
    }
}
