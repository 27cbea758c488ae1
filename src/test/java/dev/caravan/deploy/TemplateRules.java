package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What has to hold of Caravan's templates and no tool knows: that they fit each other, that nobody gets more rights than he needs, that
 * everything is encrypted with a key of ours, that the management port stays closed.
 */
final class TemplateRules {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z0-9]+)(\\.[A-Za-z0-9.]+)?}");
    private static final Pattern LITERAL = Pattern.compile(
            "\\b\\d{12}\\b|\\b(af|ap|ca|eu|il|me|mx|sa|us)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\\d\\b|(?<!/)\\b(dev|staging|prod|production)\\b");

    /** Actions that take no resource. */
    private static final Set<String> WITHOUT_RESOURCE = Set.of(
            "ecr:GetAuthorizationToken",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel");

    /** Where a resource says which key it is encrypted with. */
    private static final Map<String, List<String>> KEYS = Map.ofEntries(
            Map.entry("AWS::SQS::Queue", List.of("KmsMasterKeyId")),
            Map.entry("AWS::SNS::Topic", List.of("KmsMasterKeyId")),
            Map.entry("AWS::Logs::LogGroup", List.of("KmsKeyId")),
            Map.entry("AWS::Events::EventBus", List.of("KmsKeyIdentifier")),
            Map.entry("AWS::Events::Archive", List.of("KmsKeyIdentifier")),
            Map.entry("AWS::SecretsManager::Secret", List.of("KmsKeyId")),
            Map.entry("AWS::EFS::FileSystem", List.of("KmsKeyId")),
            Map.entry(
                    "AWS::RDS::DBInstance",
                    List.of("KmsKeyId", "PerformanceInsightsKMSKeyId", "MasterUserSecret/KmsKeyId")),
            Map.entry(
                    "AWS::S3::Bucket",
                    List.of(
                            "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/KMSMasterKeyID")));

    /** What would take data with it. */
    private static final Map<String, String> KEPT = Map.of(
            "AWS::S3::Bucket", "Retain",
            "AWS::SQS::Queue", "Retain",
            "AWS::KMS::Key", "Retain",
            "AWS::ECR::Repository", "Retain",
            "AWS::SecretsManager::Secret", "Retain",
            "AWS::EFS::FileSystem", "Retain",
            "AWS::RDS::DBInstance", "Snapshot");

    /** Who takes a role, by where it is named. */
    private static final Map<String, Map.Entry<String, String>> TAKEN_BY = Map.of(
            "AWS::Scheduler::Schedule", Map.entry("Target/RoleArn", "scheduler.amazonaws.com"),
            "AWS::EC2::FlowLog", Map.entry("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),
            "AWS::RDS::DBInstance", Map.entry("MonitoringRoleArn", "monitoring.rds.amazonaws.com"),
            "AWS::ECS::TaskDefinition", Map.entry("TaskRoleArn", "ecs-tasks.amazonaws.com"));

    /** Flags that have to be so wherever a resource can have them. */
    private static final Map<String, Map<String, String>> FLAGS = Map.ofEntries(
            Map.entry(
                    "AWS::S3::Bucket",
                    Map.of(
                            "PublicAccessBlockConfiguration/BlockPublicAcls", "true",
                            "PublicAccessBlockConfiguration/BlockPublicPolicy", "true",
                            "PublicAccessBlockConfiguration/IgnorePublicAcls", "true",
                            "PublicAccessBlockConfiguration/RestrictPublicBuckets", "true",
                            "VersioningConfiguration/Status", "Enabled",
                            "OwnershipControls/Rules/0/ObjectOwnership", "BucketOwnerEnforced")),
            Map.entry("AWS::KMS::Key", Map.of("EnableKeyRotation", "true")),
            Map.entry(
                    "AWS::RDS::DBInstance",
                    Map.of(
                            "StorageEncrypted", "true",
                            "PubliclyAccessible", "false",
                            "ManageMasterUserPassword", "true",
                            "CopyTagsToSnapshot", "true",
                            "DeleteAutomatedBackups", "false",
                            "EnableIAMDatabaseAuthentication", "true",
                            "EnablePerformanceInsights", "true",
                            "AutoMinorVersionUpgrade", "true")),
            Map.entry("AWS::SecretsManager::RotationSchedule", Map.of("RotateImmediatelyOnUpdate", "false")),
            Map.entry("AWS::EFS::FileSystem", Map.of("Encrypted", "true", "BackupPolicy/Status", "ENABLED")),
            Map.entry(
                    "AWS::ECR::Repository",
                    Map.of(
                            "ImageTagMutability", "IMMUTABLE",
                            "ImageScanningConfiguration/ScanOnPush", "true",
                            "EncryptionConfiguration/EncryptionType", "KMS")),
            Map.entry("AWS::EC2::VPC", Map.of("EnableDnsSupport", "true", "EnableDnsHostnames", "true")),
            Map.entry("AWS::EC2::Subnet", Map.of("MapPublicIpOnLaunch", "false")),
            Map.entry(
                    "AWS::ECS::Service",
                    Map.of(
                            "EnableExecuteCommand", "true",
                            "EnableECSManagedTags", "true",
                            "DeploymentConfiguration/DeploymentCircuitBreaker/Enable", "true",
                            "DeploymentConfiguration/DeploymentCircuitBreaker/Rollback", "true",
                            "DeploymentConfiguration/MinimumHealthyPercent", "100")),
            Map.entry("AWS::ElasticLoadBalancingV2::TargetGroup", Map.of("HealthCheckPath", "/health", "Port", "8080")),
            Map.entry(
                    "AWS::ElasticLoadBalancingV2::Listener",
                    Map.of(
                            "Protocol", "HTTPS",
                            "Port", "443",
                            "SslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06",
                            "ListenerAttributes/0/Key", "routing.http.response.strict_transport_security.header_value",
                            "ListenerAttributes/0/Value", "max-age=31536000; includeSubDomains")));

    /** Ports that containers open, by their names. */
    private static final Map<String, Integer> PORTS = Map.of("caravan", 8080, "medusa", 9000, "web", 8080);

    /** Whose resource it is, where a template makes several systems. */
    private static final Pattern SYSTEM = Pattern.compile("^(Medusa|Pimcore)");

    private static final Set<String> SETTINGS =
            Settings.keys().stream().map(TemplateRules::variable).collect(Collectors.toSet());

    private final List<Template> templates;
    private final List<Finding> findings = new ArrayList<>();

    private TemplateRules(List<Template> templates) {
        this.templates = templates;
    }

    /** @param templates all of them, in the order of {@link Plan#ORDER} */
    static List<Finding> check(List<Template> templates) {
        var rules = new TemplateRules(templates);
        rules.exportsAndImports();
        for (var template : templates) {
            rules.references(template);
            rules.literals(template);
            rules.everyResource(template);
            rules.tls(template);
            rules.alarms(template);
        }
        return rules.findings;
    }

    private void found(Template template, String pointer, String rule, String message) {
        var parts = pointer.split("/");
        var resource = parts.length > 2 && parts[1].equals("Resources") ? parts[2] : "";
        findings.add(new Finding(template.place(pointer), rule, resource, message));
    }

    // --- that they fit

    private void exportsAndImports() {
        var exported = new TreeMap<String, String>();
        var used = new TreeSet<String>();
        for (var template : templates) {
            walk(template.tree(), "", (pointer, node) -> {
                if (!node.has("Fn::ImportValue")) return;
                var name = node.at("/Fn::ImportValue/Fn::Sub").asText();
                used.add(name);
                if (!exported.containsKey(name))
                    found(template, pointer, "IMPORT", "imports \"" + name + "\", which no template before it exports");
            });
            Template.members(template.tree().path("Outputs")).forEach((id, output) -> {
                if (!output.has("Export")) return;
                var name = output.at("/Export/Name/Fn::Sub").asText();
                var pointer = "/Outputs/" + id;
                if (!name.startsWith("${Prefix}-"))
                    found(
                            template,
                            pointer,
                            "EXPORT",
                            "an export's name has to begin with the prefix: \"" + name + "\"");
                var value = output.at("/Value/Fn::GetAtt");
                var named = "${Prefix}-" + kebab(value.path(0).asText());
                if (value.isArray()
                        && (value.get(1).asText().equals("Arn")
                                ? !name.equals(named + "-arn")
                                : !name.startsWith(named)))
                    found(
                            template,
                            pointer,
                            "EXPORT",
                            "\"" + name + "\" is of " + value.get(0).asText());
                if (exported.put(name, pointer) != null)
                    found(template, pointer, "EXPORT", "\"" + name + "\" is exported twice");
            });
        }
        for (var template : templates)
            Template.members(template.tree().path("Outputs")).forEach((id, output) -> {
                var name = output.at("/Export/Name/Fn::Sub").asText();
                if (!name.isEmpty() && !used.contains(name) && !output.has("Description"))
                    found(
                            template,
                            "/Outputs/" + id,
                            "EXPORT",
                            "nobody imports \"" + name + "\", and nobody is told what it is for");
            });
    }

    private static String kebab(String id) {
        return id.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    private void references(Template template) {
        var tree = template.tree();
        var known = new TreeSet<String>();
        for (var section : List.of("Parameters", "Resources"))
            tree.path(section).fieldNames().forEachRemaining(known::add);
        var used = new TreeSet<String>();
        BiConsumer<String, String> refer = (pointer, name) -> {
            used.add(name);
            if (!known.contains(name) && !name.startsWith("AWS::"))
                found(template, pointer, "REFERENCE", "refers to " + name + ", which is not there");
        };
        walk(tree, "", (pointer, node) -> {
            if (node.has("Ref")) refer.accept(pointer, node.get("Ref").asText());
            if (node.has("Fn::GetAtt"))
                refer.accept(pointer, node.get("Fn::GetAtt").get(0).asText());
            if (node.has("Fn::Sub")) {
                var argument = node.get("Fn::Sub");
                var own = argument.isArray() ? argument.get(1) : null;
                var text = argument.isArray() ? argument.get(0).asText() : argument.asText();
                VARIABLE.matcher(text).results().map(found -> found.group(1)).forEach(name -> {
                    if (own == null || !own.has(name)) refer.accept(pointer, name);
                });
                if (own != null)
                    own.fieldNames().forEachRemaining(name -> {
                        if (!text.contains("${" + name + "}"))
                            found(template, pointer, "REFERENCE", name + " is given and not used");
                    });
            }
            if (node.has("Fn::Cidr")
                    && !(node.get("Fn::Cidr").path(1).isNumber()
                            && node.get("Fn::Cidr").path(2).isNumber()))
                found(template, pointer, "REFERENCE", "Fn::Cidr needs two numbers");
            var zone = pointer.matches("/Resources/[A-Za-z]+[AB]/.*")
                    ? pointer.split("/")[2].replaceFirst(".*(?=[AB]$)", "")
                    : "";
            if (!zone.isEmpty()
                    && node.has("Fn::GetAtt")
                    && !node.get("Fn::GetAtt").get(0).asText().endsWith(zone))
                found(template, pointer, "REFERENCE", "leads into the other zone");
            if (node.has("Fn::GetAtt") && pointer.startsWith("/Resources/")) {
                var own = SYSTEM.matcher(pointer.split("/")[2]);
                var other = SYSTEM.matcher(node.get("Fn::GetAtt").get(0).asText());
                if (own.find() && other.find() && !own.group().equals(other.group()))
                    found(template, pointer, "REFERENCE", "leads from " + own.group() + " to " + other.group());
            }
            if (node.has("Fn::If")
                    && !tree.path("Conditions").has(node.get("Fn::If").get(0).asText()))
                found(
                        template,
                        pointer,
                        "REFERENCE",
                        "asks for the condition " + node.get("Fn::If").get(0) + ", which is not there");
        });
        Template.members(tree.path("Parameters")).forEach((name, parameter) -> {
            if (!used.contains(name)) found(template, "/Parameters/" + name, "PARAMETER", name + " is used nowhere");
        });
        template.resources().forEach((id, resource) -> {
            var pointer = "/Resources/" + id;
            var condition = resource.path("Condition").asText();
            if (!condition.isEmpty() && !tree.path("Conditions").has(condition))
                found(template, pointer, "REFERENCE", "depends on the condition " + condition + ", which is not there");
            texts(resource.path("DependsOn")).forEach(other -> {
                if (!tree.path("Resources").has(other))
                    found(template, pointer, "REFERENCE", "waits for " + other + ", which is not there");
            });
        });
    }

    private void literals(Template template) {
        walk(template.tree(), "", (pointer, node) -> {
            if (!node.isTextual() || pointer.startsWith("/Description")) return;
            var literal = LITERAL.matcher(node.asText());
            if (literal.find())
                found(
                        template,
                        pointer,
                        "LITERAL",
                        "\"" + literal.group() + "\" is an account, a region or an environment: make it a parameter");
        });
    }

    // --- each resource for itself

    private void everyResource(Template template) {
        template.resources().forEach((id, resource) -> {
            var type = resource.path("Type").asText();
            var pointer = "/Resources/" + id;
            var properties = resource.path("Properties");
            var kept = KEPT.get(type);
            if (kept != null)
                for (var policy : List.of("DeletionPolicy", "UpdateReplacePolicy"))
                    if (!resource.path(policy).asText().equals(kept))
                        found(
                                template,
                                pointer,
                                "KEPT",
                                policy + " has to be " + kept + ": it holds what cannot be made again");
            FLAGS.getOrDefault(type, Map.of()).forEach((path, value) -> {
                var is = properties.at("/" + path);
                if (!is.asText().equals(value) && needed(properties, path))
                    found(
                            template,
                            pointer + "/Properties/" + path,
                            "FLAG",
                            path + " has to be " + value + ", and is " + (is.isMissingNode() ? "not set" : is));
            });
            for (var path : KEYS.getOrDefault(type, List.of()))
                if (needed(properties, path)) encrypted(template, id, path);
            if (type.equals("AWS::Logs::LogGroup") && !properties.has("RetentionInDays"))
                found(template, pointer, "RETENTION", "has no end: set RetentionInDays");
            policies(template, pointer, type, properties);
            if (TAKEN_BY.containsKey(type)) taken(template, pointer, properties, TAKEN_BY.get(type));
            switch (type) {
                case "AWS::EC2::SecurityGroup" -> {
                    for (var way : List.of("SecurityGroupIngress", "SecurityGroupEgress")) {
                        if (way.endsWith("Egress") && !properties.has(way))
                            found(
                                    template,
                                    pointer,
                                    "NETWORK",
                                    "says nothing of " + way + ": without it all is let out");
                        for (var i = 0; i < properties.path(way).size(); i++)
                            door(
                                    template,
                                    pointer + "/Properties/" + way + "/" + i,
                                    properties.path(way).get(i),
                                    way);
                    }
                }
                case "AWS::EC2::SecurityGroupIngress" -> door(template, pointer, properties, "SecurityGroupIngress");
                case "AWS::EC2::SecurityGroupEgress" -> door(template, pointer, properties, "SecurityGroupEgress");
                case "AWS::EC2::VPCEndpoint" -> {
                    if (properties.path("VpcEndpointType").asText().equals("Interface")
                            && !properties.path("PrivateDnsEnabled").asBoolean())
                        found(template, pointer, "NETWORK", "nobody finds it: set PrivateDnsEnabled");
                }
                case "AWS::ECS::TaskDefinition" -> task(template, pointer, properties);
                case "AWS::S3::Bucket" -> unfinished(template, pointer, properties);
                case "AWS::EFS::FileSystem" -> {
                    if (stream(properties.at("/FileSystemPolicy/Statement")).noneMatch(TemplateRules::onlyByTls))
                        found(template, pointer, "TLS", "can be reached without TLS: no policy denies it");
                }
                case "AWS::RDS::DBParameterGroup" -> {
                    var tls = properties.path("Family").asText().startsWith("mariadb")
                            ? "require_secure_transport"
                            : "rds.force_ssl";
                    if (!properties.path("Parameters").path(tls).asText().equals("1"))
                        found(template, pointer, "TLS", "can be reached without TLS: " + tls + " has to be 1");
                }
                case "AWS::SecretsManager::Secret" -> {
                    var generated = properties.path("GenerateSecretString");
                    if (generated.has("PasswordLength")
                            && !generated.path("ExcludePunctuation").asBoolean())
                        found(template, pointer, "SECRET", "has signs that mean something in a shell or an address");
                }
                default -> {}
            }
        });
    }

    /** RDS has no Performance Insights for MariaDB on its small instances. */
    private static boolean needed(JsonNode properties, String path) {
        return !(path.contains("PerformanceInsights")
                && properties.path("Engine").asText().equals("mariadb"));
    }

    private static boolean onlyByTls(JsonNode statement) {
        var principal = statement.path("Principal");
        return statement.path("Effect").asText().equals("Deny")
                && (principal.isTextual() ? principal : principal.path("AWS"))
                        .asText()
                        .equals("*")
                && statement.at("/Condition/Bool/aws:SecureTransport").asText().equals("false");
    }

    private void taken(Template template, String pointer, JsonNode properties, Map.Entry<String, String> by) {
        var role = properties.at("/" + by.getKey() + "/Fn::GetAtt/0").asText();
        var service = template.tree()
                .at("/Resources/" + role + "/Properties/AssumeRolePolicyDocument/Statement/0/Principal/Service")
                .asText();
        if (!service.equals(by.getValue()))
            found(template, pointer, "ROLE", by.getKey() + " names a role that " + by.getValue() + " cannot take");
    }

    private void unfinished(Template template, String pointer, JsonNode properties) {
        var rules = properties.at("/LifecycleConfiguration/Rules");
        if (stream(rules)
                .noneMatch(rule -> rule.has("AbortIncompleteMultipartUpload")
                        && !rule.has("Prefix")
                        && rule.path("Status").asText().equals("Enabled")))
            found(template, pointer, "LIFECYCLE", "keeps the parts of unfinished uploads for ever");
        if (stream(rules)
                .noneMatch(rule -> rule.has("NoncurrentVersionExpiration")
                        && !rule.has("Prefix")
                        && rule.path("Status").asText().equals("Enabled")))
            found(template, pointer, "LIFECYCLE", "keeps for ever what was deleted");
    }

    /** With a key of the same template: each lifetime has its own. */
    private void encrypted(Template template, String id, String path) {
        var pointer = "/Resources/" + id + "/Properties/" + path;
        // AWS writes its own logs about buckets only where S3 holds the key.
        if (path.startsWith("BucketEncryption") && id.equals("AccessLogs")) {
            if (!template.tree()
                    .at(pointer.replace("KMSMasterKeyID", "SSEAlgorithm"))
                    .asText()
                    .equals("AES256")) found(template, pointer, "ENCRYPTION", "is not encrypted");
            return;
        }
        var key = template.tree().at(pointer).path("Fn::GetAtt");
        if (key.isMissingNode()) {
            found(template, pointer, "ENCRYPTION", "is not encrypted with a key of ours: set " + path);
            return;
        }
        var resource = template.resources().get(key.get(0).asText());
        if (resource == null
                || !resource.path("Type").asText().equals("AWS::KMS::Key")
                || !key.get(1).asText().equals("Arn"))
            found(template, pointer, "ENCRYPTION", key + " is not the ARN of a key");
        if (path.startsWith("BucketEncryption")
                && !template.tree()
                        .at(pointer.replace("KMSMasterKeyID", "SSEAlgorithm"))
                        .asText()
                        .equals("aws:kms"))
            found(template, pointer, "ENCRYPTION", "has a key and does not use it: SSEAlgorithm has to be aws:kms");
        var bucketKey =
                template.tree().at(pointer.replace("ServerSideEncryptionByDefault/KMSMasterKeyID", "BucketKeyEnabled"));
        if (path.startsWith("BucketEncryption") && !bucketKey.asBoolean())
            found(
                    template,
                    pointer,
                    "ENCRYPTION",
                    "asks KMS for each object, which costs as much as the object: set BucketKeyEnabled");
    }

    // --- rights

    private void policies(Template template, String pointer, String type, JsonNode properties) {
        var statements = pointer + "/Properties/PolicyDocument/Statement";
        switch (type) {
            case "AWS::IAM::Role" -> {
                for (var inline : List.of("Policies"))
                    if (properties.has(inline))
                        found(
                                template,
                                pointer,
                                "RIGHTS",
                                "has rights of its own: put them into a policy, where they are compared");
                stream(properties.path("ManagedPolicyArns"))
                        .map(JsonNode::toString)
                        .forEach(policy -> {
                            if (!policy.contains("service-role/AmazonRDSEnhancedMonitoringRole"))
                                found(template, pointer, "RIGHTS", "has the rights of " + policy);
                        });
                each(template, pointer + "/Properties/AssumeRolePolicyDocument/Statement", (at, statement) -> {
                    if (!statement.path("Principal").has("Service")
                            || statement.path("Principal").size() != 1)
                        found(template, at, "RIGHTS", "anybody but a service of AWS may take this role");
                    if (!statement.path("Action").asText().equals("sts:AssumeRole"))
                        found(template, at, "RIGHTS", "more than sts:AssumeRole is allowed");
                    if (!statement
                            .at("/Condition/StringEquals/aws:SourceAccount/Ref")
                            .asText()
                            .equals("AWS::AccountId"))
                        found(
                                template,
                                at,
                                "RIGHTS",
                                "a service may take this role for other accounts: ask for aws:SourceAccount");
                });
            }
            case "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy" ->
                each(template, statements, (at, statement) -> {
                    var actions = texts(statement.path("Action"));
                    if (actions.stream().anyMatch(action -> action.contains("*")))
                        found(template, at, "RIGHTS", "an action with a wildcard: " + actions);
                    if (statement.has("NotAction") || statement.has("NotResource"))
                        found(template, at, "RIGHTS", "says what is not allowed only");
                    if (resources(statement).contains("*") && !WITHOUT_RESOURCE.containsAll(actions))
                        found(template, at, "RIGHTS", "is allowed on everything: " + actions);
                    if (actions.stream().anyMatch(action -> action.startsWith("elasticfilesystem:"))
                            && !stream(statement.at("/Condition/ArnEquals/elasticfilesystem:AccessPointArn"))
                                    .map(point -> point.at("/Fn::GetAtt/0").asText())
                                    .collect(Collectors.toSet())
                                    .equals(accessPoints(template)))
                        found(template, at, "RIGHTS", "is for other files than those of the access points");
                });
            case "AWS::KMS::Key" ->
                each(template, pointer + "/Properties/KeyPolicy/Statement", (at, statement) -> {
                    if (statement.path("Sid").asText().equals("RightsAreGivenByRoles")) {
                        if (!statement
                                .path("Principal")
                                .toString()
                                .equals(
                                        "{\"AWS\":{\"Fn::Sub\":\"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"}}"))
                            found(template, at, "RIGHTS", "is given to others than this account");
                        return;
                    }
                    service(template, at, statement);
                });
            case "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy" ->
                each(template, statements, (at, statement) -> {
                    if (statement.path("Effect").asText().equals("Allow")) service(template, at, statement);
                });
            default -> {}
        }
    }

    private static Set<String> accessPoints(Template template) {
        return template.resources().entrySet().stream()
                .filter(resource -> resource.getValue().path("Type").asText().equals("AWS::EFS::AccessPoint"))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Services act for whoever uses them: each is told for whom. */
    private void service(Template template, String at, JsonNode statement) {
        if (!statement.path("Principal").has("Service")
                || statement.path("Principal").size() != 1)
            found(template, at, "RIGHTS", "is allowed to others than services of AWS");
        if (texts(statement.path("Action")).stream().anyMatch(action -> action.contains("*")))
            found(template, at, "RIGHTS", "an action with a wildcard");
        var condition = statement.path("Condition").toString();
        var names = Stream.of("aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext")
                .anyMatch(condition::contains);
        var own = statement.path("Resource").toString().contains("${AWS::AccountId}");
        if (!names && !own)
            found(
                    template,
                    at,
                    "RIGHTS",
                    "a service may do it for other accounts: ask for aws:SourceArn or aws:SourceAccount");
        if (condition.contains("\"*\"")) found(template, at, "RIGHTS", "a condition that everything meets");
    }

    private void tls(Template template) {
        var closed = new TreeMap<String, String>();
        template.resources().forEach((id, resource) -> {
            var target =
                    switch (resource.path("Type").asText()) {
                        case "AWS::S3::BucketPolicy" ->
                            resource.at("/Properties/Bucket/Ref").asText();
                        case "AWS::SQS::QueuePolicy" ->
                            resource.at("/Properties/Queues/0/Ref").asText();
                        case "AWS::SNS::TopicPolicy" ->
                            resource.at("/Properties/Topics/0/Ref").asText();
                        default -> "";
                    };
            if (target.isEmpty()) return;
            each(template, "/Resources/" + id + "/Properties/PolicyDocument/Statement", (at, statement) -> {
                if (!statement.path("Resource").toString().contains("\"" + target + "\"")
                        && !statement.path("Resource").toString().contains("${" + target + "."))
                    found(template, at, "TARGET", "is about something else than " + target);
                if (onlyByTls(statement)) closed.merge(target, "/Resources/" + id, (one, other) -> one);
            });
        });
        template.resources().forEach((id, resource) -> {
            if (Set.of("AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic")
                            .contains(resource.path("Type").asText())
                    && !closed.containsKey(id))
                found(template, "/Resources/" + id, "TLS", "can be reached without TLS: no policy denies it");
        });
    }

    // --- network and tasks

    private void door(Template template, String pointer, JsonNode rule, String way) {
        var from = rule.path("CidrIp").asText();
        int first = rule.path("FromPort").asInt(-1);
        int last = rule.path("ToPort").asInt(-1);
        if (!rule.path("IpProtocol").asText().equals("tcp") || first < 1)
            found(template, pointer, "NETWORK", "lets all protocols or ports through");
        if (first <= 9876 && last >= 9876) found(template, pointer, "NETWORK", "leads to the management port");
        if (last - first > 1) found(template, pointer, "NETWORK", "opens " + (last - first + 1) + " ports");
        if (way.equals("SecurityGroupIngress") && from.equals("0.0.0.0/0"))
            found(template, pointer, "NETWORK", "lets everybody in");
        if (way.equals("SecurityGroupEgress") && from.equals("0.0.0.0/0") && first != 443)
            found(template, pointer, "NETWORK", "lets more out than HTTPS");
        if (!rule.has("Description")) found(template, pointer, "NETWORK", "does not say for whom it is");
    }

    private void task(Template template, String pointer, JsonNode properties) {
        Map.of("ExecutionRoleArn", "StartRole", "TaskRoleArn", "TaskRole").forEach((property, role) -> {
            if (!properties.at("/" + property + "/Fn::GetAtt/0").asText().endsWith(role))
                found(template, pointer, "ROLE", property + " has to be a " + role);
        });
        for (var volume : properties.path("Volumes")) {
            var files = volume.path("EFSVolumeConfiguration");
            if (!files.isMissingNode()
                    && !(files.path("TransitEncryption").asText().equals("ENABLED")
                            && files.at("/AuthorizationConfig/IAM").asText().equals("ENABLED")
                            && files.at("/AuthorizationConfig").has("AccessPointId")))
                found(template, pointer, "TASK", volume.path("Name") + " is reached in clear text, or by anybody");
        }
        for (var i = 0; i < properties.path("ContainerDefinitions").size(); i++) {
            var container = properties.path("ContainerDefinitions").get(i);
            var at = pointer + "/Properties/ContainerDefinitions/" + i;
            if (!container.path("ReadonlyRootFilesystem").asBoolean())
                found(template, at, "TASK", "may write to its own files: set ReadonlyRootFilesystem");
            if (!container.at("/LinuxParameters/Capabilities/Drop/0").asText().equals("ALL"))
                found(template, at, "TASK", "keeps capabilities of root");
            if (container.path("Privileged").asBoolean()) found(template, at, "TASK", "is root of its host");
            if (!container.at("/LinuxParameters/InitProcessEnabled").asBoolean(true))
                found(template, at, "TASK", "what a session leaves behind is never cleaned up: set InitProcessEnabled");
            var called = container.path("Name").asText();
            for (var mount : container.path("MountPoints"))
                if (mount.path("ReadOnly").asBoolean(true)
                        != (called.equals("web")
                                && mount.path("SourceVolume").asText().equals("pictures")))
                    found(
                            template,
                            at,
                            "TASK",
                            mount.path("ContainerPath") + " is there to be written to, by one only");
            if (container.path("Essential").asBoolean(true) == called.equals("collector"))
                found(template, at, "TASK", "the collector is what a task can do without, and nothing else");
            if (!container.has("LogConfiguration")) found(template, at, "TASK", "its log is lost");
            if (called.equals("collector")) continue;
            if (container.path("User").asText("0").equals("0")) found(template, at, "TASK", "runs as root");
            if (!container.has("HealthCheck")) found(template, at, "TASK", "nobody asks whether it lives");
            for (var port : container.path("PortMappings"))
                if (port.path("ContainerPort").asInt() != PORTS.getOrDefault(called, 0))
                    found(template, at, "TASK", "opens another port than the public one: " + port);
            var variables = new TreeSet<String>();
            for (var list : List.of("Environment", "Secrets"))
                for (var variable : container.path(list)) {
                    var name = variable.path("Name").asText();
                    variables.add(name);
                    if (called.equals("caravan") && !name.startsWith("AWS_") && !SETTINGS.contains(name))
                        found(template, at, "SETTING", name + " is no setting");
                    var secret = name.matches(".*(KEY|KEYS|SECRET|PASSWORD)");
                    if (secret && list.equals("Environment"))
                        found(template, at, "SECRET", name + " stands in clear text");
                    if (list.equals("Secrets")
                            && !variable.path("ValueFrom")
                                    .toString()
                                    .matches(".*:(username|password|" + name + ")::.*"))
                        found(template, at, "SECRET", name + " comes from another key: " + variable.path("ValueFrom"));
                }
            if (!called.equals("caravan")) continue;
            Settings.of(Map.of()).flaws(true).stream()
                    .map(flaw -> variable(flaw.key()))
                    .forEach(needed -> {
                        if (!variables.contains(needed)) found(template, at, "SETTING", needed + " is not set");
                    });
        }
    }

    // --- alarms

    private void alarms(Template template) {
        var queues = new TreeSet<String>();
        templates.forEach(other -> other.resources().values().forEach(resource -> {
            if (resource.path("Type").asText().equals("AWS::SQS::Queue"))
                queues.add(resource.at("/Properties/QueueName/Fn::Sub").asText());
        }));
        template.resources().forEach((id, resource) -> {
            var pointer = "/Resources/" + id;
            if (resource.path("Type").asText().equals("AWS::CloudWatch::Alarm")) {
                if (resource.at("/Properties/AlarmActions").isEmpty())
                    found(template, pointer, "ALARM", "tells nobody");
                if (!resource.path("Properties").has("TreatMissingData"))
                    found(template, pointer, "ALARM", "does not say what silence means");
            }
            walk(resource, pointer, (at, node) -> {
                if (at.endsWith("/Metrics")) {
                    var told = stream(node)
                            .filter(metric -> metric.path("ReturnData").asBoolean())
                            .toList();
                    if (told.size() != 1 || !told.get(0).has("Expression"))
                        found(template, at, "ALARM", "exactly the expression is what counts: set ReturnData");
                }
                for (var flag : List.of("SampledRequestsEnabled", "CloudWatchMetricsEnabled"))
                    if (node.has(flag) && !node.path(flag).asBoolean())
                        found(template, at, "FLAG", flag + " has to be true");
                if (!node.path("Name").asText().equals("QueueName")) return;
                var queue = node.at("/Value/Fn::Sub").asText();
                if (!queues.contains(queue))
                    found(template, at, "ALARM", "watches " + queue + ", a queue that is not there");
            });
        });
    }

    private static String variable(String key) {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    // --- walking

    private void each(Template template, String pointer, BiConsumer<String, JsonNode> statement) {
        var statements = template.tree().at(pointer);
        for (var i = 0; i < statements.size(); i++) statement.accept(pointer + "/" + i, statements.get(i));
    }

    static Set<String> resources(JsonNode statement) {
        return Set.copyOf(texts(statement.path("Resource")));
    }

    /** One text or several; what is no text is left out. */
    static List<String> texts(JsonNode node) {
        if (node.isTextual()) return List.of(node.asText());
        return stream(node).filter(JsonNode::isTextual).map(JsonNode::asText).toList();
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    static void walk(JsonNode node, String pointer, BiConsumer<String, JsonNode> visit) {
        visit.accept(pointer, node);
        if (node.isArray()) for (var i = 0; i < node.size(); i++) walk(node.get(i), pointer + "/" + i, visit);
        else node.properties().forEach(member -> walk(member.getValue(), pointer + "/" + member.getKey(), visit));
    }
}
