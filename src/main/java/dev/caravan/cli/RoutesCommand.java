package dev.caravan.cli;

import dev.caravan.routes.Flows;
import dev.caravan.settings.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "routes",
        description =
                "The flows, as the route files say them: what each route begins with, what it calls, whom it talks to.",
        mixinStandardHelpOptions = true)
final class RoutesCommand implements Callable<Integer> {
    enum Format {
        TEXT,
        MERMAID
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--format", description = "text or mermaid, a flowchart for Markdown. Default: text.")
    private Format format = Format.TEXT;

    @Override
    public Integer call() {
        var flows = Flows.of(Folders.routes(Settings.ofProcess()));
        spec.commandLine().getOut().print(format == Format.MERMAID ? flows.mermaid() : flows.text());
        spec.commandLine().getOut().flush();
        return Caravan.OK;
    }
}
