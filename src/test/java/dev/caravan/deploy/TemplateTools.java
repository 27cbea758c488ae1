package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.json.Json;
import dev.caravan.sandbox.NpmFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** AWS's own validator, the CDK's include and cdk-nag, in a Node process: {@code src/it/cloudformation/tools.mjs}. */
final class TemplateTools implements AutoCloseable {
    private final Process node;
    private final BufferedReader answers;
    private final Writer questions;

    private TemplateTools(Process node) {
        this.node = node;
        this.answers = node.inputReader();
        this.questions = node.outputWriter();
    }

    /** Needs Node 20 or newer; npm brings the rest. */
    static TemplateTools start() {
        var folder = NpmFolder.installed("cloudformation", Path.of("src/it/cloudformation"), List.of("tools.mjs"));
        try {
            return new TemplateTools(new ProcessBuilder("node", "tools.mjs")
                    .directory(folder.toFile())
                    .redirectError(ProcessBuilder.Redirect.to(
                            folder.resolve("tools.log").toFile()))
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("Node 20 or newer is needed", e);
        }
    }

    /**
     * What the tools find, what the template accepts included.
     *
     * @param environments what it is deployed with
     * @param looks        {@code validate}, {@code regions}, {@code include}, {@code nag}
     */
    List<Finding> look(Template template, List<Environment> environments, List<String> looks) {
        var question = Json.object().put("name", template.name()).put("text", template.text());
        question.set("tree", template.tree());
        question.set("looks", Json.mapper().valueToTree(looks));
        var evaluated = question.putArray("evaluated");
        environments.forEach(environment -> evaluated.add(template.with(environment.of(template))));
        var answer = ask(question);
        var findings = new ArrayList<Finding>();
        for (var found : answer.path("findings")) {
            var resource = found.path("resource").asText();
            var line = found.path("line").asInt();
            findings.add(new Finding(
                    line > 0 && !template.lines().isEmpty()
                            ? Template.FOLDER + "/" + template.name() + ".yaml:" + line
                            : template.place(resource.isEmpty() ? "" : "/Resources/" + resource),
                    found.path("rule").asText(),
                    resource,
                    found.path("message").asText()));
        }
        return findings;
    }

    private synchronized JsonNode ask(JsonNode question) {
        try {
            questions.write(question.toString());
            questions.write('\n');
            questions.flush();
            var answer = answers.readLine();
            if (answer == null)
                throw new IllegalStateException("the tools ended; see tools.log in target/cloudformation-…");
            return Json.read(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rule by which a template's {@code Metadata: Accepted} explains the finding, with or without the name of its pack. */
    static Optional<String> accepted(Template template, Finding finding) {
        return rules(template, finding.resource()).stream()
                .filter(rule -> finding.rule().equals(rule) || finding.rule().endsWith("-" + rule))
                .findFirst();
    }

    /** All that a template accepts: {@code RESOURCE RULE}. */
    static Set<String> accepted(Template template) {
        return Stream.concat(Stream.of(""), template.resources().keySet().stream())
                .flatMap(resource -> rules(template, resource).stream().map(rule -> resource + " " + rule))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> rules(Template template, String resource) {
        return Template.members(
                        template.tree().at((resource.isEmpty() ? "" : "/Resources/" + resource) + "/Metadata/Accepted"))
                .keySet();
    }

    @Override
    public void close() {
        node.destroy();
    }
}
