package dev.caravan.cli;

import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "ingest",
        description = "Starts an upload by hand; same ledger and journey as one that S3 announced.",
        mixinStandardHelpOptions = true)
final class IngestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "s3://BUCKET/KEY", description = "Objects that are in S3 already.")
    private List<String> objects;

    @Override
    public Integer call() {
        var api = ApiClient.ofProcess();
        for (var object : objects) {
            var parts = object.split("/", 4);
            if (!object.startsWith("s3://") || parts.length < 4 || parts[3].isEmpty())
                throw new BadSettings("\"" + object + "\" is not s3://BUCKET/KEY");
            api.post("/api/uploads", Json.object().put("bucket", parts[2]).put("key", parts[3]));
            spec.commandLine().getOut().println("announced " + object);
        }
        return Caravan.OK;
    }
}
