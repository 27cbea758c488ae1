package dev.caravan.cli;

import dev.caravan.products.pimcore.PimcoreSetup;
import dev.caravan.products.pimcore.PimcoreSetup.State;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "pimcore",
        description =
                "Makes the folders that PIMCORE_URL lacks, and says what else is missing there. Classes, columns and languages only Pimcore's console can bring in: the commands are printed. Exit code 1 while something is missing.",
        mixinStandardHelpOptions = true)
final class SetupPimcoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        var out = spec.commandLine().getOut();
        var parts = PimcoreSetup.of(Settings.ofProcess(), Clock.systemUTC()).make();
        for (var part : parts)
            out.printf(
                    "%-8s %s%s%n",
                    part.state().name().toLowerCase(Locale.ROOT),
                    part.what(),
                    part.remedy().isEmpty() ? "" : ": " + part.remedy());
        if (parts.stream().noneMatch(part -> part.state() == State.MISSING)) return Caravan.OK;
        out.println("\nin the folder of your Pimcore, beside a copy of Caravan's pimcore/:");
        PimcoreSetup.CONSOLE.forEach(command -> out.println("  " + command));
        return Caravan.FOUND;
    }
}
