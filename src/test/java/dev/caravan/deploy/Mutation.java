package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A template with one mistake in it.
 *
 * @param operator what kind of mistake
 * @param pointer  where it was made
 */
record Mutation(String operator, Template template, String pointer) {
    private static final Set<String> ENCRYPTION = Set.of(
            "KmsMasterKeyId",
            "KmsKeyId",
            "KmsKeyIdentifier",
            "BucketEncryption",
            "StorageEncrypted",
            "EncryptionConfiguration",
            "PerformanceInsightsKMSKeyId");
    private static final Set<String> DEAD_LETTERS = Set.of("RedrivePolicy", "DeadLetterConfig", "RedriveAllowPolicy");
    private static final Set<String> GUARDS = Set.of(
            "PublicAccessBlockConfiguration",
            "VersioningConfiguration",
            "LifecycleConfiguration",
            "ReadonlyRootFilesystem",
            "HealthCheck",
            "User",
            "DeploymentCircuitBreaker",
            "RetentionInDays",
            "DeletionPolicy",
            "UpdateReplacePolicy",
            "TreatMissingData",
            "AlarmActions",
            "Capabilities",
            "TransitEncryption",
            "AuthorizationConfig",
            "FileSystemPolicy",
            "SslPolicy",
            "ListenerAttributes",
            "PubliclyAccessible",
            "ManageMasterUserPassword",
            "EnableKeyRotation");

    /** Types of which each resource is compared with something. */
    private static final Set<String> NEEDED = Set.of(
            "AWS::S3::Bucket",
            "AWS::S3::BucketPolicy",
            "AWS::SQS::Queue",
            "AWS::SQS::QueuePolicy",
            "AWS::SNS::TopicPolicy",
            "AWS::Events::EventBus",
            "AWS::Events::Rule",
            "AWS::KMS::Key",
            "AWS::IAM::Role");

    /** Mistakes that a schema tells: each is made once where it can be made at several resources of a type. */
    private static final Set<String> BY_SCHEMA = Set.of(
            "misspell a property",
            "misspell the type",
            "a text for a number",
            "refer to nothing",
            "ask for an attribute there is not");

    /** All mistakes of all kinds, one by one. */
    static List<Mutation> of(List<Template> templates) {
        var all = new ArrayList<Mutation>();
        var made = new HashSet<String>();
        for (var template : templates) {
            var mistakes = new Mistakes(template, all, made);
            template.tree()
                    .path("Resources")
                    .fieldNames()
                    .forEachRemaining(resource -> mistakes.resource("/Resources/" + resource));
            TemplateRules.walk(template.tree(), "", mistakes::anywhere);
        }
        return all;
    }

    @Override
    public String toString() {
        return operator + " at " + template.name() + pointer;
    }

    private record Mistakes(Template template, List<Mutation> all, Set<String> made) {
        private void mistake(String operator, String pointer, Consumer<ObjectNode> change) {
            if (BY_SCHEMA.contains(operator) && !made.add(operator + " " + kind(pointer))) return;
            var tree = template.tree().deepCopy();
            change.accept(tree);
            if (!tree.equals(template.tree())) all.add(new Mutation(operator, template.changed(tree), pointer));
        }

        /** Where it is, of whichever resource of the type. */
        private String kind(String pointer) {
            var parts = pointer.split("/", 4);
            if (parts.length < 4 || !parts[1].equals("Resources")) return template.name() + pointer;
            return template.tree().at("/Resources/" + parts[2] + "/Type").asText() + "/"
                    + parts[3].replaceAll("/\\d+(?=/|$)", "/-");
        }

        private static String parent(String pointer) {
            return pointer.substring(0, pointer.lastIndexOf('/'));
        }

        private static String last(String pointer) {
            return pointer.substring(pointer.lastIndexOf('/') + 1);
        }

        private void replace(String operator, String pointer, JsonNode value) {
            mistake(operator, pointer, tree -> {
                var in = tree.at(parent(pointer));
                if (in instanceof ObjectNode object) object.set(last(pointer), value);
                else if (in instanceof ArrayNode array) array.set(Integer.parseInt(last(pointer)), value);
            });
        }

        private void drop(String operator, String pointer) {
            mistake(operator, pointer, tree -> ((ObjectNode) tree.at(parent(pointer))).remove(last(pointer)));
        }

        private void rename(String operator, String pointer, String name) {
            mistake(operator, pointer, tree -> {
                var in = (ObjectNode) tree.at(parent(pointer));
                in.set(name, in.remove(last(pointer)));
            });
        }

        void resource(String pointer) {
            var resource = template.tree().at(pointer);
            var type = resource.path("Type").asText();
            replace("misspell the type", pointer + "/Type", TextNode.valueOf(type + "s"));
            if (NEEDED.contains(type)) drop("forget a resource", pointer);
            resource.path("Properties")
                    .fieldNames()
                    .forEachRemaining(
                            name -> rename("misspell a property", pointer + "/Properties/" + name, name + "s"));
        }

        void anywhere(String pointer, JsonNode node) {
            var name = last(pointer);
            if (pointer.isEmpty() || pointer.contains("/Metadata/")) return;
            if (pointer.startsWith("/Resources/")) {
                if (ENCRYPTION.contains(name) && !pointer.contains("MasterUserSecret"))
                    drop("leave it unencrypted", pointer);
                if (DEAD_LETTERS.contains(name)) drop("forget the dead letters", pointer);
                if (GUARDS.contains(name)) drop("drop a guard", pointer);
                if (pointer.matches(".*/Statement/\\d+")) statement(pointer, node);
                if (name.equals("FromPort")) {
                    replace("open more ports", pointer, IntNode.valueOf(1));
                    if (template.tree().at(parent(pointer)).has("SourceSecurityGroupId"))
                        mistake("let everybody in", pointer, tree -> {
                            var door = (ObjectNode) tree.at(parent(pointer));
                            door.remove("SourceSecurityGroupId");
                            door.put("CidrIp", "0.0.0.0/0");
                        });
                }
                if (node.isBoolean())
                    replace("turn a flag round", pointer, Json.object().booleanNode(!node.asBoolean()));
                if (Set.of(
                                "maxReceiveCount",
                                "MessageRetentionPeriod",
                                "VisibilityTimeout",
                                "ReceiveMessageWaitTimeSeconds")
                        .contains(name)) replace("change a number", pointer, IntNode.valueOf(node.asInt() / 2));
                if (node.isNumber()) replace("a text for a number", pointer, TextNode.valueOf("many"));
                if (name.equals("QueueName") || name.equals("BucketName"))
                    replace(
                            "another name",
                            pointer + "/Fn::Sub",
                            TextNode.valueOf(node.path("Fn::Sub").asText() + "s"));
                if (name.equals("User") && node.isTextual()) replace("run as root", pointer, TextNode.valueOf("0"));
                if (name.equals("TransitEncryption"))
                    replace("talk in clear text", pointer, TextNode.valueOf("DISABLED"));
            }
            reference(pointer, node);
            if (node.has("Fn::Sub") && node.toString().contains("${AWS::AccountId}"))
                mistake("name an account", pointer, tree -> {
                    var sub = (ObjectNode) tree.at(pointer);
                    sub.setAll((ObjectNode) Json.read(sub.toString().replace("${AWS::AccountId}", "123456789012")));
                });
        }

        private void statement(String pointer, JsonNode statement) {
            var allow = statement.path("Effect").asText().equals("Allow");
            if (allow && !statement.path("Sid").asText().equals("RightsAreGivenByRoles")) {
                var service = Optional.of(
                                TemplateRules.texts(statement.path("Action")).get(0))
                        .map(action -> action.replaceFirst(":.*", ""))
                        .get();
                replace("allow every action", pointer + "/Action", TextNode.valueOf(service + ":*"));
                if (statement.has("Resource") && !pointer.contains("KeyPolicy"))
                    replace("allow it on everything", pointer + "/Resource", TextNode.valueOf("*"));
                if (statement.has("Principal"))
                    replace("allow everybody", pointer + "/Principal", TextNode.valueOf("*"));
            }
            if (statement.has("Condition")) drop("drop a condition", pointer + "/Condition");
            if (!allow) replace("allow what is denied", pointer + "/Effect", TextNode.valueOf("Allow"));
        }

        private void reference(String pointer, JsonNode node) {
            if (node.size() != 1) return;
            if (node.has("Fn::ImportValue"))
                replace(
                        "import what nobody exports",
                        pointer + "/Fn::ImportValue/Fn::Sub",
                        TextNode.valueOf(node.at("/Fn::ImportValue/Fn::Sub").asText() + "s"));
            if (node.has("Ref") && !node.get("Ref").asText().startsWith("AWS::"))
                replace(
                        "refer to nothing",
                        pointer + "/Ref",
                        TextNode.valueOf(node.get("Ref").asText() + "s"));
            if (node.has("Fn::GetAtt")) {
                var resource = node.get("Fn::GetAtt").get(0).asText();
                replace(
                        "ask for an attribute there is not",
                        pointer + "/Fn::GetAtt/1",
                        TextNode.valueOf(node.get("Fn::GetAtt").get(1).asText() + "s"));
                sibling(resource)
                        .ifPresent(other ->
                                replace("swap a reference", pointer + "/Fn::GetAtt/0", TextNode.valueOf(other)));
            }
        }

        /** The next resource of the same type. */
        private Optional<String> sibling(String resource) {
            Function<String, String> type =
                    id -> template.tree().at("/Resources/" + id + "/Type").asText();
            return template.resources().keySet().stream()
                    .filter(id -> !id.equals(resource) && type.apply(id).equals(type.apply(resource)))
                    .findFirst();
        }
    }

    /** How many of each kind. */
    static Map<String, Long> counted(List<Mutation> mutations) {
        return mutations.stream()
                .collect(java.util.stream.Collectors.groupingBy(
                        Mutation::operator, java.util.TreeMap::new, java.util.stream.Collectors.counting()));
    }
}
