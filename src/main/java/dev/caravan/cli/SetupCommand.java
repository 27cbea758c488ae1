package dev.caravan.cli;

import picocli.CommandLine.Command;

@Command(
        name = "setup",
        description =
                "Brings a target to the state Caravan needs. What is there is left as it is, so it can be run again.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "pimcore",
        subcommands = SetupPimcoreCommand.class)
final class SetupCommand {}
