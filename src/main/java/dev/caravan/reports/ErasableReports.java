package dev.caravan.reports;

import dev.caravan.erasure.Effects;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.Person;
import dev.caravan.state.Database;
import java.util.ArrayList;
import org.jdbi.v3.core.Handle;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectVersion;

/** The written reports of the days on which the person did something, in all their versions: the pseudonym stands for the person, and all numbers stay. */
public final class ErasableReports implements Erasable {
    private final String flow;
    private final String days;
    private final Database database;
    private final S3Client s3;
    private final String archive;

    /**
     * @param days    a query of the days, as {@code yyyy-mm-dd}, on which those of {@code :people} did something
     * @param archive bucket
     */
    public ErasableReports(String flow, String days, Database database, S3Client s3, String archive) {
        this.flow = flow;
        this.days = days;
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
    }

    @Override
    public String store() {
        return "reports of " + flow;
    }

    @Override
    public Erased erase(Handle db, Person person) {
        for (var day : db.createQuery(days)
                .bindArray("people", String.class, person.id(), person.pseudonym())
                .mapTo(String.class)
                .list()) rewrite("reports/" + flow + "/" + day + "/", person);
        return Erased.of(
                Effects.take(db, store()),
                "files are written again with the pseudonym in place of the id; what they were is deleted with all its versions");
    }

    private void rewrite(String folder, Person person) {
        var versions = new ArrayList<ObjectVersion>();
        s3.listObjectVersionsPaginator(request -> request.bucket(archive).prefix(folder)).versions().stream()
                .forEach(versions::add);
        for (var version : versions) {
            var object = s3.getObjectAsBytes(
                    request -> request.bucket(archive).key(version.key()).versionId(version.versionId()));
            var text = object.asUtf8String();
            var redacted = person.replaceIn(text);
            if (redacted.equals(text)) continue;
            database.writeApart(db -> Effects.note(db, store(), "files", version.key() + " " + version.versionId()));
            if (version.isLatest())
                s3.putObject(
                        request -> request.bucket(archive)
                                .key(version.key())
                                .contentType(object.response().contentType()),
                        RequestBody.fromString(redacted));
            s3.deleteObject(
                    request -> request.bucket(archive).key(version.key()).versionId(version.versionId()));
        }
    }
}
