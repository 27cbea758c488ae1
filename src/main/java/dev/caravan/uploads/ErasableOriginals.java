package dev.caravan.uploads;

import dev.caravan.archive.TemporaryFile;
import dev.caravan.erasure.Effects;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.ErasedSessions;
import dev.caravan.erasure.Person;
import dev.caravan.ledger.Upload;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.state.Database;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The bytes in which things came. An original that somebody erased is in is written anew without them, under the hash of what it is then; the ledger
 * leads there, and what was there before goes with all its versions, in the archive and in the inbox.
 */
public final class ErasableOriginals implements Erasable {
    private static final int NOT_FOUND = 404;
    private static final int KEYS_AT_ONCE = 1000;

    private final Database database;
    private final S3Client s3;
    private final String archive;
    private final ErasedPeople people;
    private final ErasedSessions sessions;

    /** @param archive bucket */
    public ErasableOriginals(
            Database database, S3Client s3, String archive, ErasedPeople people, ErasedSessions sessions) {
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
        this.people = people;
        this.sessions = sessions;
    }

    @Override
    public String store() {
        return "originals";
    }

    private record Look(UUID id, OffsetDateTime since, Upload upload, String sha256) {}

    /** Goes through the uploads that are noted, whoever they are looked through for; each is safe by itself. */
    @Override
    public Erased erase(Handle db, Person person) {
        for (var look = next(db); look.isPresent(); look = next(db)) {
            // Whoever noted the upload by then is on the list.
            people.refresh();
            if (rewrite(look.get())) looked(look.get());
        }
        removeObsolete();
        return new Erased(
                Effects.take(db, store()),
                "files are written anew without the person under the hash of what they are then; what they were is deleted with all its versions, in the archive and in the inbox",
                rest(db, person));
    }

    /** What was noted again meanwhile, for somebody else, stays. */
    private void looked(Look look) {
        database.writeApart(
                db -> db.execute("delete from erasure.look where upload = ? and since = ?", look.id(), look.since()));
    }

    private static Optional<Look> next(Handle db) {
        return db.createQuery("""
                select %s, u.sha256, u.id, l.since from erasure.look l join ledger.upload u on u.id = l.upload where u.state <> 'receiving'
                order by l.since, u.id limit 1""".formatted(Upload.COLUMNS))
                .map((row, context) -> new Look(
                        row.getObject(9, UUID.class),
                        row.getObject(10, OffsetDateTime.class),
                        Upload.of(row),
                        row.getString(8)))
                .findOne();
    }

    private static String rest(Handle db, Person person) {
        long waiting = db.createQuery("""
                select count(*) from erasure.look l join erasure.erasure e on e.pseudonym = :pseudonym and l.since <= e.asked_at""")
                .bind("pseudonym", person.pseudonym())
                .mapTo(Long.class)
                .one();
        return waiting == 0 ? null : waiting + " uploads are still being read";
    }

    /** @return false when it has to be read again, with sessions that nobody knew of before */
    private boolean rewrite(Look look) {
        var seen = new HashMap<Person, Set<String>>();
        try (var file = TemporaryFile.of("original");
                var original = original(look).orElse(null)) {
            if (original == null) return true;
            var digest = MessageDigest.getInstance("SHA-256");
            try (var out = new DigestOutputStream(Files.newOutputStream(file.path()), digest)) {
                if (people.redaction().of(original, out, record -> in(record, seen)) == 0) return true;
            }
            if (adopt(seen)) return false;
            var sha256 = HexFormat.of().formatHex(digest.digest());
            var areas = areas(look);
            for (var area : areas)
                s3.putObject(
                        request -> request.bucket(archive).key(Originals.key(area, sha256)),
                        RequestBody.fromFile(file.path()));
            replace(look, areas, sha256);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For good before the file is written anew: afterwards nothing would say any more whose sessions they were. @return whether one was not known */
    private boolean adopt(Map<Person, Set<String>> seen) {
        var adopted = new ArrayList<Person>();
        database.writeApart(db -> seen.forEach((person, ids) -> adopted.addAll(sessions.adopt(db, person, ids))));
        return !adopted.isEmpty();
    }

    /** @param seen gets the sessions in which the record says they were */
    private Set<Person> in(SourceRecord record, Map<Person, Set<String>> seen) {
        var found = people.in(record.bytes());
        for (var person : found)
            if (!person.isSession())
                seen.computeIfAbsent(person, any -> new HashSet<>())
                        .addAll(people.redaction().sessions(record, person));
        return found;
    }

    /** As it is kept, otherwise as it came; empty when it is nowhere any more. */
    private Optional<InputStream> original(Look look) {
        if (look.sha256() != null) {
            var kept = object(GetObjectRequest.builder()
                    .bucket(archive)
                    .key(Originals.key(look.upload().area(), look.sha256()))
                    .build());
            if (kept.isPresent()) return kept;
            var handed = database.transaction(
                    db -> db.createQuery("select bytes from ledger.original where sha256 = :sha256")
                            .bind("sha256", look.sha256())
                            .mapTo(byte[].class)
                            .findOne());
            if (handed.isPresent()) return handed.map(ByteArrayInputStream::new);
        }
        return look.upload().isObject() ? object(Uploads.request(look.upload())) : Optional.empty();
    }

    private Optional<InputStream> object(GetObjectRequest request) {
        try {
            return Optional.of(s3.getObject(request));
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_FOUND) return Optional.empty();
            throw e;
        }
    }

    /** In which the same bytes have come. */
    private Set<String> areas(Look look) {
        var areas = new TreeSet<>(Set.of(look.upload().area()));
        areas.addAll(database.transaction(db -> db.createQuery(
                        "select distinct split_part(object_key, '/', 1) from ledger.upload where sha256 = :old")
                .bind("old", look.sha256())
                .mapTo(String.class)
                .list()));
        return areas;
    }

    /** The ledger leads to the new bytes; the old ones are noted to go, in the archive and wherever they came from. */
    private void replace(Look look, Set<String> areas, String sha256) {
        database.writeApart(db -> {
            Effects.note(db, store(), "files", sha256);
            var uploads = db.createQuery("""
                    select %s from ledger.upload where id = :id or sha256 = :old and split_part(object_key, '/', 1) = any(:areas)""".formatted(Upload.COLUMNS))
                    .bind("id", look.id())
                    .bind("old", look.sha256())
                    .bindArray("areas", String.class, areas)
                    .map((row, context) -> Upload.of(row))
                    .list();
            for (var upload : uploads)
                if (upload.isObject()) {
                    var version = Uploads.request(upload).versionId();
                    if (version != null) obsolete(db, upload.bucket(), upload.key(), version);
                    else if (isStill(upload)) obsolete(db, upload.bucket(), upload.key(), "");
                }
            if (look.sha256() != null) {
                for (var area : areas) {
                    obsolete(db, archive, Originals.key(area, look.sha256()), "");
                    db.execute("delete from ledger.original where area = ? and sha256 = ?", area, look.sha256());
                }
                db.execute(
                        "insert into erasure.rewritten (old, new, at) values (?, ?, now()) on conflict (old) do update set new = excluded.new, at = now()",
                        look.sha256(),
                        sha256);
            }
            db.createUpdate("update ledger.upload set sha256 = :new where id = any(:ids)")
                    .bind("new", sha256)
                    .bindArray(
                            "ids", UUID.class, uploads.stream().map(Upload::id).toList())
                    .execute();
        });
    }

    /** Where a bucket keeps no versions, another object may have taken its place, which is an upload of its own. */
    private boolean isStill(Upload upload) {
        try {
            return s3.headObject(request -> request.bucket(upload.bucket()).key(upload.key()))
                    .eTag()
                    .replace("\"", "")
                    .equals(upload.etag());
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_FOUND) return false;
            throw e;
        }
    }

    private static void obsolete(Handle db, String bucket, String key, String version) {
        db.execute("insert into erasure.obsolete values (?, ?, ?) on conflict do nothing", bucket, key, version);
    }

    private record Obsolete(String bucket, String key, String version) {}

    private void removeObsolete() {
        var all = database.transaction(db -> db.createQuery(
                        "select bucket, object_key, version_id from erasure.obsolete limit " + KEYS_AT_ONCE)
                .map((row, context) -> new Obsolete(row.getString(1), row.getString(2), row.getString(3)))
                .list());
        for (var one : all) {
            for (var version : one.version().isEmpty() ? versions(one) : List.of(one)) {
                database.writeApart(db -> Effects.note(db, store(), "objects and versions", version.toString()));
                s3.deleteObject(request ->
                        request.bucket(version.bucket()).key(version.key()).versionId(version.version()));
            }
            database.writeApart(db -> db.execute(
                    "delete from erasure.obsolete where bucket = ? and object_key = ? and version_id = ?",
                    one.bucket(),
                    one.key(),
                    one.version()));
        }
        if (all.size() == KEYS_AT_ONCE) removeObsolete();
    }

    /** All of an object; markers that it was deleted go with them, and are no versions. */
    private List<Obsolete> versions(Obsolete object) {
        var versions = new ArrayList<Obsolete>();
        for (var page : s3.listObjectVersionsPaginator(
                request -> request.bucket(object.bucket()).prefix(object.key()))) {
            for (var version : page.versions())
                if (version.key().equals(object.key()))
                    versions.add(new Obsolete(object.bucket(), object.key(), version.versionId()));
            for (var marker : page.deleteMarkers())
                if (marker.key().equals(object.key()))
                    s3.deleteObject(request ->
                            request.bucket(object.bucket()).key(object.key()).versionId(marker.versionId()));
        }
        return versions;
    }
}
