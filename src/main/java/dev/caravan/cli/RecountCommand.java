package dev.caravan.cli;

import dev.caravan.archive.KeptDays;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.orders.Recount;
import dev.caravan.orders.Recount.Source;
import dev.caravan.orders.Shapes;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.uploads.Originals;
import dev.caravan.uploads.Uploads;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jdbi.v3.postgres.PostgresPlugin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

@Command(
        name = "recount",
        description = {
            "Adds all orders up again from the bytes in which they came, and compares: each row of orders.placed, of orders.line and of the sums by day that is not what it"
                    + " should be is named. Exit code 1 when there is one.",
            "Works by itself with DATABASE_URL and AWS as the instance has them, while it runs; it writes to temporary tables only. Mappings are those in force: after one was edited,"
                    + " what the edit would change is a difference."
        },
        mixinStandardHelpOptions = true)
final class RecountCommand implements Callable<Integer> {
    private static final int NOT_FOUND = 404;
    private static final String NO_TABLE = "42P01";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        var environment = DemoEnvironment.unlessDatabaseIn(System.getenv());
        var settings = Settings.ofProcess(environment);
        var url = settings.text("database.url");
        if (url.isEmpty())
            throw new BadSettings("set DATABASE_URL to the instance's database, or start ./caravan demo");
        var shapes = Shapes.load(RouteFiles.at(settings.text("caravan.routes")), settings, Clock.systemUTC());
        var limits = ReaderLimits.of(settings, "orders.max-record-bytes");
        try (var s3 = S3Access.s3(environment);
                var connection = DriverManager.getConnection(url)) {
            var recount = new Recount(
                    shapes,
                    limits,
                    KeptDays.oldest(Clock.systemUTC(), settings.duration("orders.kept-days")),
                    source -> bytes(s3, settings.text("archive.bucket"), source));
            return told(count(connection, recount));
        } catch (SQLException | JdbiException e) {
            throw unavailable(e);
        }
    }

    private Recount.Result count(Connection connection, Recount recount) {
        return Jdbi.create(connection)
                .installPlugin(new PostgresPlugin())
                .inTransaction(TransactionIsolationLevel.REPEATABLE_READ, db -> recount.run(db, this::print));
    }

    private int told(Recount.Result result) {
        for (var key : result.gone())
            print("the bytes of " + key + " are not there: its orders are taken from what is kept of them");
        print("uploads read again: %s, records: %s, uploads without bytes: %s, differences: %s"
                .formatted(result.uploads(), result.records(), result.gone().size(), result.differences()));
        return result.differences() == 0 ? Caravan.OK : Caravan.FOUND;
    }

    /** As they are kept, otherwise as they came; not those of another object that took its place. */
    private static Optional<InputStream> bytes(S3Client s3, String archive, Source source) {
        var kept = Optional.ofNullable(source.sha256())
                .flatMap(sha256 -> object(
                        s3,
                        GetObjectRequest.builder()
                                .bucket(archive)
                                .key(Originals.key(source.upload().area(), sha256))
                                .build()));
        if (kept.isPresent() || !source.wasObject()) return kept.map(InputStream.class::cast);
        var upload = source.upload();
        return object(s3, Uploads.request(upload))
                .filter(object -> {
                    if (upload.etag().isEmpty()
                            || object.response().eTag().replace("\"", "").equals(upload.etag())) return true;
                    object.abort();
                    return false;
                })
                .map(InputStream.class::cast);
    }

    private static Optional<ResponseInputStream<GetObjectResponse>> object(S3Client s3, GetObjectRequest request) {
        try {
            return Optional.of(s3.getObject(request));
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_FOUND) return Optional.empty();
            throw new TargetUnavailable("s3", "S3: " + firstLine(e), null, e);
        } catch (SdkClientException e) {
            throw new TargetUnavailable("s3", "S3: " + firstLine(e), null, e);
        }
    }

    private static RuntimeException unavailable(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && NO_TABLE.equals(sql.getSQLState()))
                return new BadSettings(
                        "there are no orders in the database of DATABASE_URL: nothing has been received there");
        }
        return new TargetUnavailable("postgresql", "PostgreSQL: " + firstLine(e), null, e);
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private void print(String line) {
        spec.commandLine().getOut().println(line);
    }
}
