package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What can be told of {@code cloudformation/} without any tool; the rest is CloudFormationIT's. */
class TemplatesTest {
    @Test
    void the_templates_fit_each_other_and_keep_our_rules() {
        assertThat(TemplateRules.check(Template.all())).isEmpty();
    }

    @Test
    void buckets_queues_bus_and_rules_are_those_of_the_sandbox() {
        assertThat(SandboxNames.check(Template.named("storage"), Template.named("messaging")))
                .isEmpty();
    }

    @Test
    void the_task_may_do_what_its_operations_need_and_nothing_else() {
        assertThat(Rights.check(Template.named("runtime"))).isEmpty();
    }

    @Test
    void every_operation_of_the_code_is_in_the_table_and_every_one_in_the_table_is_called() {
        var calls = SdkCalls.of(Path.of(dev.caravan.App.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath()));
        var byTask = new TreeSet<String>();
        // Camel's own component calls it: routes/_shared/events.camel.yaml.
        byTask.add("eventbridge.PutEvents");
        var byPerson = new TreeSet<String>();
        calls.forEach((operation, callers) -> callers.forEach(caller -> {
            var ofPerson = caller.startsWith("dev.caravan.cli.") || caller.startsWith("dev.caravan.check.");
            (ofPerson ? byPerson : byTask).add(operation);
        }));

        assertThat(Rights.ofTask()).isEqualTo(byTask);
        // What the task does as well need not be said again.
        assertThat(Rights.ofPerson()).isSubsetOf(byPerson);
        byPerson.removeAll(byTask);
        assertThat(Rights.ofPerson()).containsAll(byPerson);
    }
}
