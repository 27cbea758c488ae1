package dev.caravan.cli;

import dev.caravan.products.medusa.ShopSetup;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "medusa",
        description =
                "Makes what MEDUSA_URL lacks before products can be bought there: currencies, regions, tax regions, a stock location with shipping, and keys.",
        mixinStandardHelpOptions = true)
final class SetupMedusaCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        for (var part : ShopSetup.of(Settings.ofProcess(), Clock.systemUTC()).make())
            spec.commandLine().getOut().printf("%-6s %s%n", part.state().name().toLowerCase(Locale.ROOT), part.what());
        return Caravan.OK;
    }
}
