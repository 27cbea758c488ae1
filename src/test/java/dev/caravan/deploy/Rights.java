package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.sandbox.SandboxResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** {@code cloudformation/operations.yaml}: what Caravan asks of AWS, and the rights that needs. */
final class Rights {
    private static final JsonNode TABLE = table();

    private Rights() {}

    private static JsonNode table() {
        try (var file = Files.newBufferedReader(Template.FOLDER.resolve("operations.yaml"))) {
            return Json.mapper().valueToTree(new Yaml().load(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Operations ({@code s3.GetObject}) of the runtime. */
    static Set<String> ofTask() {
        return Template.members(TABLE.path("task")).keySet();
    }

    /** Operations of verbs that a person starts. */
    static Set<String> ofPerson() {
        return Template.members(TABLE.path("person")).keySet();
    }

    /**
     * Whether the runtime may do it.
     *
     * @param on a bucket, or {@code BUCKET/KEY}, as the table names them; empty for anything
     */
    static boolean allow(String operation, String on) {
        var actions = TABLE.path("task").path(operation);
        if (on.isEmpty()) return !actions.isMissingNode();
        for (var resources : actions)
            for (var resource : resources)
                if (resource.asText().endsWith("*")
                        ? on.startsWith(resource.asText().replace("*", ""))
                        : on.equals(resource.asText())) return true;
        return false;
    }

    /** Where the task's role and the table differ. */
    static List<Finding> check(Template runtime) {
        var findings = new ArrayList<Finding>();
        var needed = new TreeMap<String, Set<String>>();
        TABLE.path("task").forEach(operation -> operation.properties().forEach(action -> {
            for (var resource : action.getValue())
                needed.computeIfAbsent(action.getKey(), key -> new TreeSet<>()).addAll(spelled(resource.asText()));
        }));
        var given = new TreeMap<String, Set<String>>();
        var pointer = "/Resources/TaskPolicy/Properties/PolicyDocument/Statement";
        granted(runtime, pointer, given, findings);
        granted(runtime, pointer.replace("TaskPolicy", "ImagesPolicy"), given, findings);
        difference(needed, given)
                .forEach(lacks ->
                        findings.add(new Finding(runtime.place(pointer), "ROLE", "TaskPolicy", "lacks " + lacks)));
        difference(given, needed)
                .forEach(surplus -> findings.add(new Finding(
                        runtime.place(pointer), "ROLE", "TaskPolicy", "gives what nothing uses: " + surplus)));
        for (var path : List.of(
                "TaskPolicy/Properties/Roles", "ImagesPolicy/Properties/Roles", "BesidePolicy/Properties/Roles"))
            if (!runtime.tree().at("/Resources/" + path).toString().equals("[{\"Ref\":\"TaskRole\"}]"))
                findings.add(
                        new Finding(runtime.place("/Resources/" + path), "ROLE", "TaskPolicy", "is not the task's"));
        for (var role : List.of("TaskRole", "StartRole"))
            if (!runtime.tree()
                    .at("/Resources/Task/Properties/" + (role.equals("TaskRole") ? "TaskRoleArn" : "ExecutionRoleArn"))
                    .toString()
                    .equals("{\"Fn::GetAtt\":[\"" + role + "\",\"Arn\"]}"))
                findings.add(new Finding(
                        runtime.place("/Resources/Task"), "ROLE", "Task", "does not have the role " + role));
        return findings;
    }

    /** What the task's role may do: resources as the table names them, by action. */
    static Map<String, Set<String>> granted(Template runtime) {
        var given = new TreeMap<String, Set<String>>();
        granted(runtime, "/Resources/TaskPolicy/Properties/PolicyDocument/Statement", given, new ArrayList<>());
        return given;
    }

    private static void granted(
            Template runtime, String pointer, TreeMap<String, Set<String>> given, List<Finding> findings) {
        var statements = runtime.tree().at(pointer);
        for (var i = 0; i < statements.size(); i++) {
            var at = pointer + "/" + i;
            for (var action : TemplateRules.texts(statements.get(i).path("Action")))
                for (var resource : resources(statements.get(i).path("Resource")))
                    if (!given.computeIfAbsent(action, key -> new TreeSet<>()).add(resource))
                        findings.add(new Finding(
                                runtime.place(at), "ROLE", "TaskPolicy", "gives twice: " + action + " on " + resource));
        }
    }

    private static List<String> difference(TreeMap<String, Set<String>> more, TreeMap<String, Set<String>> less) {
        return more.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream()
                        .filter(resource ->
                                !less.getOrDefault(entry.getKey(), Set.of()).contains(resource))
                        .map(resource -> entry.getKey() + " on " + resource))
                .toList();
    }

    private static List<String> spelled(String resource) {
        if (!resource.equals("queues")) return List.of(resource);
        var all = SandboxResources.defaults();
        return all.queues().stream()
                .flatMap(queue -> Stream.of(queue, SandboxResources.dead(queue)))
                .map(queue -> queue.substring(all.prefix().length() + 1).replace(".fifo", ""))
                .toList();
    }

    /** As the table names them: what is imported, with what follows it; other resources as they are written. */
    private static List<String> resources(JsonNode resource) {
        if (resource.isArray()) {
            var all = new ArrayList<String>();
            resource.forEach(one -> all.addAll(resources(one)));
            return all;
        }
        if (resource.has("Fn::Sub") && resource.get("Fn::Sub").isArray()) {
            var text = resource.get("Fn::Sub").get(0).asText();
            for (var own : resource.get("Fn::Sub").get(1).properties())
                text = text.replace(
                        "${" + own.getKey() + "}", resources(own.getValue()).get(0));
            return List.of(text);
        }
        if (resource.path("Fn::Sub").isTextual())
            return List.of(resource.get("Fn::Sub").asText().replace("${ImagesBucketArn}", "images"));
        var imported = resource.at("/Fn::ImportValue/Fn::Sub").asText();
        if (imported.startsWith("${Prefix}-") && imported.endsWith("-arn"))
            return List.of(imported.substring("${Prefix}-".length(), imported.length() - "-arn".length()));
        return List.of(resource.isTextual() ? resource.asText() : resource.toString());
    }
}
