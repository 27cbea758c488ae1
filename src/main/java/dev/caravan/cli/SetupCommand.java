package dev.caravan.cli;

import picocli.CommandLine.Command;

@Command(
        name = "setup",
        description =
                "Brings a target to the state Caravan needs. What is there is left as it is, so it can be run again.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "medusa|pimcore",
        subcommands = {SetupMedusaCommand.class, SetupPimcoreCommand.class})
final class SetupCommand {}
