package dev.caravan.archive;

import java.time.LocalDate;
import java.util.Collection;
import java.util.HashSet;
import org.jdbi.v3.core.Handle;
import software.amazon.awssdk.services.s3.S3Client;

/** Files that must not be read any more because of somebody who is in them: what is deleted is noted, and what took its place has nobody in it. */
public final class WithdrawnFiles {
    private final S3Client s3;
    private final String archive;

    /** @param archive bucket */
    public WithdrawnFiles(S3Client s3, String archive) {
        this.s3 = s3;
        this.archive = archive;
    }

    /**
     * Withdraws the files of some days, and all that were a day's before, in the caller's transaction, which has changed the rows. Whoever is
     * writing is waited for; afterwards the days are written from the rows as they are now.
     *
     * @param days of which rows were changed
     * @return how many files and former versions go
     */
    public long withdraw(Handle db, Dataset dataset, Collection<LocalDate> days) {
        db.execute("select pg_advisory_xact_lock(?, hashtext(?))", ArchivedDays.WRITING, dataset.name());
        db.createUpdate(
                        "insert into archive.mark (dataset, day) select :dataset, day from unnest(cast(:days as date[])) day")
                .bind("dataset", dataset.name())
                .bindArray(
                        "days",
                        String.class,
                        days.stream().map(LocalDate::toString).toList())
                .execute();
        // What somebody is no longer in may be written already, or still have to be.
        var gone = new HashSet<String>();
        db.createQuery("""
                select day from archive.mark where dataset = :dataset
                union select day from archive.day where dataset = :dataset and version is distinct from wanted""")
                .bind("dataset", dataset.name())
                .mapTo(LocalDate.class)
                .forEach(day -> gone.add(dataset.key(day)));
        return withdraw(db, dataset.folder(), gone);
    }

    /**
     * Withdraws what a file was before it was written over, in the caller's transaction.
     *
     * @return how many versions go
     */
    public long withdrawFormer(Handle db, String key) {
        return withdraw(db, key, new HashSet<>());
    }

    private long withdraw(Handle db, String prefix, Collection<String> current) {
        long gone = 0;
        for (var version : s3.listObjectVersionsPaginator(
                        request -> request.bucket(archive).prefix(prefix))
                .versions()) {
            if (version.isLatest() && !current.contains(version.key())) continue;
            gone += db.execute(
                    "insert into erasure.obsolete values (?, ?, ?) on conflict do nothing",
                    archive,
                    version.key(),
                    version.versionId());
        }
        return gone;
    }
}
