package dev.caravan.cli;

import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/** {@code caravan VERB}. Exit codes: 0 done, 1 found something wrong, 2 wrong usage or settings. */
@Command(
        name = "caravan",
        description = "Moves the data of a shop: product files from S3 to Pimcore and on sale in Medusa.",
        mixinStandardHelpOptions = true,
        version = "caravan 0.1.0-SNAPSHOT",
        synopsisSubcommandLabel = "VERB",
        subcommands = {
            RunCommand.class,
            HealthCommand.class,
            CheckCommand.class,
            RoutesCommand.class,
            SetupCommand.class,
            TryCommand.class,
            RerunCommand.class,
            RecountCommand.class,
            ShadowCommand.class,
            TraceCommand.class,
            LedgerCommand.class,
            DeadLettersCommand.class,
            ChangeRequestsCommand.class,
            QuarantineCommand.class,
            ReportCommand.class,
            AlertsCommand.class,
            AppealsCommand.class,
            IngestCommand.class,
            ReconcileCommand.class,
            DeployCommand.class,
            EraseCommand.class,
            DoctorCommand.class,
            CostCommand.class,
            GenerateCommand.class,
            ApiKeyCommand.class
        })
public final class Caravan {
    /** Done. */
    public static final int OK = 0;

    /** Something is wrong with what was looked at. */
    public static final int FOUND = 1;

    /** Wrong usage or settings. */
    public static final int USAGE = 2;

    private Caravan() {}

    /**
     * Runs one verb.
     *
     * @return its exit code; errors are one sentence on standard error
     */
    public static int execute(String... arguments) {
        IExecutionExceptionHandler sentence = (failure, command, parsed) -> {
            if (failure instanceof BadSettings
                    || failure instanceof BadMessage
                    || failure instanceof TargetUnavailable) {
                command.getErr().println(failure.getMessage());
                return failure instanceof TargetUnavailable ? FOUND : USAGE;
            }
            throw failure;
        };
        // Picocli reads every verb's annotations first; a start, and a look every half minute, do not wait for that.
        var root = new CommandLine(
                switch (String.join(" ", arguments)) {
                    case "run" -> new RunCommand();
                    case "health" -> new HealthCommand();
                    default -> new Caravan();
                });
        root.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setExecutionExceptionHandler(sentence)
                .setParameterExceptionHandler((wrong, parsed) -> {
                    var command = wrong.getCommandLine();
                    command.getErr()
                            .println(wrong.getMessage() + "; see "
                                    + command.getCommandSpec().qualifiedName() + " --help");
                    return USAGE;
                })
                .setCaseInsensitiveEnumValuesAllowed(true);
        if (root.getCommand() instanceof RunCommand) return root.execute();
        quietly();
        if (root.getCommand() instanceof HealthCommand) return root.execute();
        return arguments.length == 0 ? root.execute("--help") : root.execute(arguments);
    }

    /** Who runs a verb reads its answer; the log tells a person what went wrong, unless it was asked for more. */
    private static void quietly() {
        Map.of("CARAVAN_LOG_LEVEL", "WARN", "CARAVAN_LOG_FORMAT", "text").forEach((name, value) -> {
            if (System.getenv(name) == null && System.getProperty(name) == null) System.setProperty(name, value);
        });
    }
}
