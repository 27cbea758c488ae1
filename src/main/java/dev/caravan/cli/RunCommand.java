package dev.caravan.cli;

import dev.caravan.Instance;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "run",
        description = "The runtime against the configured AWS, PostgreSQL, Pimcore and Medusa, until it is stopped.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
        var settings = Settings.ofProcess().validated();
        try (var instance = new Instance(settings, Clock.systemUTC())) {
            return instance.run();
        }
    }
}
