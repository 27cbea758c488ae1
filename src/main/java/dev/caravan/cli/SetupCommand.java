package dev.caravan.cli;

import dev.caravan.products.medusa.ShopSetup;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "setup",
        description =
                "Brings a target to the state Caravan needs. What is there is left as it is, so it can be run again.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "medusa")
final class SetupCommand {
    @Spec
    private CommandSpec spec;

    @Command(
            description =
                    "Makes what MEDUSA_URL lacks before products can be bought there: currencies, regions, tax regions, a stock location with shipping, and keys.",
            mixinStandardHelpOptions = true)
    int medusa() {
        for (var part : ShopSetup.of(Settings.ofProcess(), Clock.systemUTC()).make())
            spec.commandLine().getOut().printf("%-6s %s%n", part.state().name().toLowerCase(Locale.ROOT), part.what());
        return Caravan.OK;
    }
}
