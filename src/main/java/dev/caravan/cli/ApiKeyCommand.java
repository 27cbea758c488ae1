package dev.caravan.cli;

import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "api-key",
        description = "Makes a key for the HTTP API: the key itself, and its entry for CARAVAN_API_KEYS.",
        mixinStandardHelpOptions = true)
final class ApiKeyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--name", required = true, description = "Whose key it is, as the audit log names it.")
    private String name;

    @Option(names = "--role", required = true, description = "producer, viewer or operator.")
    private Role role;

    @Override
    public Integer call() {
        var key = ApiKeys.generate();
        spec.commandLine().getOut().println("key (keep it secret, it is shown once): " + key);
        spec.commandLine()
                .getOut()
                .println("entry for CARAVAN_API_KEYS:              " + ApiKeys.entry(name, role, key));
        return Caravan.OK;
    }
}
