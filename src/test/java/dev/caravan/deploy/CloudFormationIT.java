package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What AWS's and others' tools say of {@code cloudformation/}, and whether they and our own rules would see a mistake. */
@Tag("cloudformation")
class CloudFormationIT {
    private static final List<String> LOOKS = List.of("validate", "nag", "include");

    /** The strictest of all; what others have less is a table in docs/operations/cloudformation.md. */
    private static final List<Environment> PRODUCTION =
            List.of(Environment.named("prod").withPrefix("caravan").complete());

    private static TemplateTools tools;

    @BeforeAll
    static void start() {
        tools = TemplateTools.start();
    }

    @AfterAll
    static void stop() {
        tools.close();
    }

    @Test
    void the_tools_find_nothing_that_is_not_explained_beside_the_resource_and_every_explanation_is_needed() {
        for (var template : Template.all()) {
            var needed = new TreeSet<String>();
            var findings = new ArrayList<Finding>();
            for (var finding : tools.look(template, PRODUCTION, List.of("regions", "nag", "include")))
                TemplateTools.accepted(template, finding)
                        .ifPresentOrElse(
                                rule -> needed.add(finding.resource() + " " + rule), () -> findings.add(finding));

            assertThat(findings).isEmpty();
            assertThat(TemplateTools.accepted(template)).isEqualTo(needed);
        }
    }

    /** Whatever the account and the region, the CDK takes each template and gives it back as it was. */
    @Test
    void every_template_goes_through_the_cdk_for_several_accounts_and_regions() {
        for (var template : Template.all())
            for (var time = 0; time < 3; time++)
                assertThat(tools.look(template, PRODUCTION, List.of("include"))).isEmpty();
    }

    @Test
    void every_mistake_is_seen() {
        var templates = Template.all();
        var mutations = Mutation.of(templates);
        var unseen = new ArrayList<Mutation>();
        for (var mutation : mutations) if (!byRules(templates, mutation) && !byTools(mutation)) unseen.add(mutation);

        System.err.println(mutations.size() + " mistakes: " + Mutation.counted(mutations));
        for (var template : templates) {
            var none = new Mutation("none", template.changed(template.tree()), "");
            assertThat(LOOKS.stream().flatMap(look -> byTool(none, look)))
                    .as("without a mistake there is nothing to be seen")
                    .isEmpty();
            assertThat(byRules(templates, none)).isFalse();
        }
        assertThat(unseen).isEmpty();
        assertThat(mutations).hasSizeGreaterThan(40);
    }

    private static boolean byRules(List<Template> templates, Mutation mutation) {
        try {
            var changed = templates.stream()
                    .map(template ->
                            template.name().equals(mutation.template().name()) ? mutation.template() : template)
                    .toList();
            Map<String, Template> named =
                    changed.stream().collect(java.util.stream.Collectors.toMap(Template::name, template -> template));
            return Stream.of(
                            TemplateRules.check(changed),
                            SandboxNames.check(named.get("storage"), named.get("messaging")),
                            Rights.check(named.get("runtime")))
                    .anyMatch(findings -> !findings.isEmpty());
        } catch (RuntimeException e) {
            // A template that cannot be read at all is seen, too.
            return true;
        }
    }

    private static boolean byTools(Mutation mutation) {
        return LOOKS.stream().anyMatch(look -> byTool(mutation, look).findAny().isPresent());
    }

    private static Stream<Finding> byTool(Mutation mutation, String look) {
        return tools.look(mutation.template(), PRODUCTION, List.of(look)).stream()
                .filter(finding ->
                        TemplateTools.accepted(mutation.template(), finding).isEmpty());
    }
}
