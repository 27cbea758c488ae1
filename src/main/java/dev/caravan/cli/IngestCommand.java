package dev.caravan.cli;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.settings.Settings;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.exception.SdkException;

@Command(
        name = "ingest",
        description = "Starts an upload by hand; same ledger and journey as one that S3 announced.",
        mixinStandardHelpOptions = true)
final class IngestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "[PREFIX=]FILE|s3://BUCKET/KEY",
            description =
                    "Files, which are put into the inbox, a bare FILE under products/shein/; or objects that are in S3 already.")
    private List<String> inputs;

    @Override
    public Integer call() {
        for (var input : inputs) {
            if (input.startsWith("s3://")) announce(input);
            else put(InboxFile.of(input));
        }
        return Caravan.OK;
    }

    private void announce(String object) {
        var parts = object.split("/", 4);
        if (parts.length < 4 || parts[3].isEmpty()) throw new BadSettings("\"" + object + "\" is not s3://BUCKET/KEY");
        ApiClient.ofProcess()
                .post("/api/uploads", Json.object().put("bucket", parts[2]).put("key", parts[3]));
        spec.commandLine().getOut().println("announced " + object);
    }

    /** S3 announces it by itself. */
    private void put(InboxFile file) {
        var environment = DemoEnvironment.overlaid(System.getenv());
        var bucket = Settings.ofProcess(environment).text("inbox.bucket");
        try (var s3 = S3Access.s3(environment)) {
            s3.putObject(request -> request.bucket(bucket).key(file.key()), file.path());
        } catch (SdkException e) {
            throw new TargetUnavailable(
                    "s3", "the bucket " + bucket + " did not take " + file.key() + ": " + e.getMessage(), null, e);
        }
        spec.commandLine().getOut().println("put s3://" + bucket + "/" + file.key());
    }
}
