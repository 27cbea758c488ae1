package dev.caravan.cli;

import dev.caravan.check.Check;
import dev.caravan.check.LiveCheck;
import dev.caravan.check.LiveCheck.AwsLook;
import dev.caravan.check.Problem;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        description =
                "Looks at routes, Kamelets, mappings, schemas, cases and settings: every problem as FILE:LINE: what, and what would be right. Exit code 1 when there are any.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--live",
            description =
                    "Also calls AWS, PostgreSQL, Pimcore and Medusa, and says what is missing there. Changes nothing.")
    private boolean live;

    @Override
    public Integer call() {
        var settings = Settings.ofProcess();
        var problems = new ArrayList<Problem>(
                new Check(Folders.routes(settings), Folders.kamelets(settings), settings).problems(live));
        // Who lacks an address cannot be called.
        if (live && settings.flaws(true).isEmpty())
            problems.addAll(new LiveCheck(settings, AwsLook.ofProcess(), Clock.systemUTC()).problems());
        problems.forEach(problem -> spec.commandLine().getOut().println(problem));
        if (problems.isEmpty()) spec.commandLine().getOut().println("nothing wrong");
        return problems.isEmpty() ? Caravan.OK : Caravan.FOUND;
    }
}
