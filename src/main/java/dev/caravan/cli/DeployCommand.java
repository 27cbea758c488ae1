package dev.caravan.cli;

import dev.caravan.deploy.AwsCli;
import dev.caravan.deploy.Deployment;
import dev.caravan.deploy.Plan;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "deploy",
        description = "To AWS, by the templates in cloudformation/ and the AWS CLI.",
        mixinStandardHelpOptions = true,
        subcommands = {DeployCommand.PlanCommand.class, DeployCommand.ApplyCommand.class})
final class DeployCommand {
    private DeployCommand() {}

    /** What both have in common. */
    abstract static class Step implements Callable<Integer> {
        @Spec
        CommandSpec spec;

        @Option(
                names = "--env",
                paramLabel = "NAME",
                required = true,
                description = "cloudformation/environments/NAME.yaml.")
        private String environment;

        @Option(names = "--only", paramLabel = "TEMPLATE", split = ",", description = "Only these templates.")
        private List<String> only = List.of();

        @Option(
                names = "--set",
                paramLabel = "TEMPLATE.PARAMETER=VALUE",
                description = "Instead of what the environment says.")
        private Map<String, String> set = Map.of();

        @Option(
                names = "--folder",
                paramLabel = "FOLDER",
                defaultValue = "cloudformation",
                description = "Where the templates are; by default ${DEFAULT-VALUE}.")
        private Path folder;

        @Option(
                names = "--aws",
                paramLabel = "PROGRAM",
                defaultValue = "aws",
                description = "The AWS CLI; by default ${DEFAULT-VALUE}.")
        private String aws;

        Plan read() {
            return Plan.read(folder, environment, set, only);
        }

        Deployment deployment() {
            return new Deployment(
                    new AwsCli(aws), Clock.systemUTC(), spec.commandLine().getOut());
        }
    }

    @Command(name = "plan", description = "Shows what would change.", mixinStandardHelpOptions = true)
    static final class PlanCommand extends Step {
        @Override
        public Integer call() {
            deployment().plan(read());
            return Caravan.OK;
        }
    }

    @Command(
            name = "apply",
            description = "Shows what changes, asks, and does it, stack by stack.",
            mixinStandardHelpOptions = true)
    static final class ApplyCommand extends Step {
        @Option(names = "--yes", description = "Does not ask.")
        private boolean yes;

        @Option(names = "--replace", description = "Even what loses data.")
        private boolean replace;

        @Override
        public Integer call() {
            return deployment().apply(read(), replace, agreed()) ? Caravan.OK : Caravan.FOUND;
        }

        private Predicate<String> agreed() {
            var console = System.console();
            if (yes) return stack -> true;
            // Nobody is there to be asked.
            if (console == null) return stack -> false;
            return stack -> console.readLine("%s: do it? [y/N] ", stack).strip().equalsIgnoreCase("y");
        }
    }
}
