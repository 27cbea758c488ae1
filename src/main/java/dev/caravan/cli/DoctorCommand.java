package dev.caravan.cli;

import dev.caravan.deploy.AwsCli;
import dev.caravan.deploy.Doctor;
import dev.caravan.failure.BadSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        description =
                "Looks at what is deployed: stacks, buckets, queues, bus, rules, rights, tasks, alarms; with --canary sends one product through to the shop and takes it away again. Exit code 1 when something is wrong.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--aws", description = "Looks at AWS, with the AWS CLI and your rights. Only looks.")
    private boolean aws;

    @Option(names = "--canary", description = "Sends a product: by S3 and a running instance, see CARAVAN_URL.")
    private boolean canary;

    @Option(
            names = "--env",
            paramLabel = "NAME",
            defaultValue = "prod",
            description = "cloudformation/environments/NAME.yaml; by default ${DEFAULT-VALUE}.")
    private String environment;

    @Option(
            names = "--wait-seconds",
            paramLabel = "N",
            defaultValue = "300",
            description = "How long the product may take to the shop; by default ${DEFAULT-VALUE}.")
    private int waitSeconds;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            defaultValue = "cloudformation",
            description = "Where the templates are; by default ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(
            names = "--aws-program",
            paramLabel = "PROGRAM",
            defaultValue = "aws",
            description = "The AWS CLI; by default ${DEFAULT-VALUE}.")
    private String program;

    @Override
    public Integer call() {
        if (!aws && !canary) throw new BadSettings("say what to look at: --aws, --canary, or both");
        var findings = new ArrayList<String>();
        if (aws) findings.addAll(new Doctor(new AwsCli(program), folder, environment).findings());
        var out = spec.commandLine().getOut();
        if (canary) findings.addAll(Canary.ofProcess(Clock.systemUTC(), out).send(Duration.ofSeconds(waitSeconds)));
        findings.forEach(out::println);
        if (findings.isEmpty()) out.println("nothing wrong");
        return findings.isEmpty() ? Caravan.OK : Caravan.FOUND;
    }
}
