package dev.caravan.clickstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.archive.Column;
import dev.caravan.archive.DatasetFile;
import dev.caravan.archive.DatasetRows;
import dev.caravan.archive.Datasets;
import dev.caravan.archive.TemporaryFile;
import dev.caravan.archive.WithdrawnFiles;
import dev.caravan.erasure.Effects;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.ErasedSessions;
import dev.caravan.erasure.Person;
import dev.caravan.erasure.Redaction;
import dev.caravan.state.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * Clicks in the archive. The log they came from is gone by then, so each file is read, and written anew when somebody erased is in it: clicks stay,
 * as those of the pseudonym.
 */
final class ErasableClickFiles implements Erasable {
    private static final List<Column> COLUMNS = Datasets.CLICKS.columns();
    private static final int USER = column("user_id");
    private static final int SESSION = column("session_id");
    private static final String EXTRA = "extra";

    private final Database database;
    private final S3Client s3;
    private final String archive;
    private final ErasedPeople people;
    private final ErasedSessions sessions;
    private final WithdrawnFiles files;

    /** @param archive bucket */
    ErasableClickFiles(
            Database database,
            S3Client s3,
            String archive,
            ErasedPeople people,
            ErasedSessions sessions,
            WithdrawnFiles files) {
        this.database = database;
        this.s3 = s3;
        this.archive = archive;
        this.people = people;
        this.sessions = sessions;
        this.files = files;
    }

    private static int column(String name) {
        return COLUMNS.stream().map(Column::name).toList().indexOf(name);
    }

    @Override
    public String store() {
        return "files of clicks";
    }

    private record Part(LocalDate day, long first, long last) {
        String key() {
            return ClickFiles.key(day, first);
        }
    }

    /** Goes through the files that are noted, whoever they are looked through for; one that was written anew already is not written again. */
    @Override
    public Erased erase(Handle db, Person person) {
        while (look(db)) {
            // Until all have been looked through.
        }
        return Erased.of(
                Effects.take(db, store()),
                "files are written anew with the clicks as those of the pseudonym, without IP addresses and browsers; what they were is deleted with all its versions");
    }

    /** @return whether there was a file */
    private boolean look(Handle db) {
        var next = db.createQuery("""
                delete from erasure.click_file where (day, first_page) in (select day, first_page from erasure.click_file order by day, first_page limit 1)
                returning day, first_page""")
                .map((row, context) -> new Part(row.getObject(1, LocalDate.class), row.getLong(2), 0))
                .findOne();
        // Whoever noted the file last is on the list by now.
        people.refresh();
        next.flatMap(noted -> kept(db, noted)).ifPresent(part -> rewrite(db, part));
        return next.isPresent();
    }

    /** Nobody lets it go meanwhile. */
    private static Optional<Part> kept(Handle db, Part noted) {
        return db.createQuery(
                        "select last_page from archive.clicks_part where day = :day and first_page = :first for update")
                .bind("day", noted.day())
                .bind("first", noted.first())
                .map((row, context) -> new Part(noted.day(), noted.first(), row.getLong(1)))
                .findOne();
    }

    private void rewrite(Handle db, Part part) {
        try (var read = TemporaryFile.of("clicks");
                var written = TemporaryFile.of("clicks")) {
            if (!fetch(part, read.path())) return;
            if (isSomebodyIn(read.path())) {
                copy(read.path(), written.path(), part.last());
                database.writeApart(other -> Effects.note(other, store(), "files", part.key()));
                s3.putObject(
                        request ->
                                request.bucket(archive).key(part.key()).contentType("application/vnd.apache.parquet"),
                        RequestBody.fromFile(written.path()));
            }
            // Those of an attempt that was stopped, too.
            files.withdrawFormer(db, part.key());
        }
    }

    private boolean fetch(Part part, Path to) {
        try (var object = s3.getObject(request -> request.bucket(archive).key(part.key()))) {
            Files.copy(object, to, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (NoSuchKeyException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Their sessions in it are known for good before it is written anew: afterwards nothing would say whose they were. */
    private boolean isSomebodyIn(Path file) {
        boolean somebody = false;
        var seen = new HashMap<Person, Set<String>>();
        try (var rows = new DatasetRows(Datasets.CLICKS, file)) {
            for (var row = rows.next(); row.isPresent(); row = rows.next()) {
                var session = row.get()[SESSION];
                for (var person : in(row.get())) {
                    somebody = true;
                    if (session != null && !person.isSession() && person.id().equals(row.get()[USER]))
                        seen.computeIfAbsent(person, any -> new HashSet<>()).add((String) session);
                }
            }
        }
        database.writeApart(db -> seen.forEach((person, ids) -> sessions.adopt(db, person, ids)));
        people.refresh();
        return somebody;
    }

    private void copy(Path file, Path to, long version) {
        try (var rows = new DatasetRows(Datasets.CLICKS, file);
                var written = new DatasetFile(Datasets.CLICKS, to, version)) {
            for (var row = rows.next(); row.isPresent(); row = rows.next()) {
                var values = row.get();
                for (var person : in(values)) redact(values, person);
                written.add(values);
            }
        }
    }

    private Set<Person> in(Object[] row) {
        var texts = new StringBuilder();
        for (int i = 0; i < row.length; i++)
            if (COLUMNS.get(i).kind().isText() && row[i] != null)
                texts.append(row[i]).append('\n');
        return people.in(texts.toString().getBytes(UTF_8));
    }

    private void redact(Object[] row, Person person) {
        var user = (String) row[USER];
        boolean theirs = person.isSession()
                ? person.id().equals(row[SESSION]) && (user == null || Person.isPseudonym(user))
                : person.id().equals(user);
        for (int i = 0; i < row.length; i++)
            if (COLUMNS.get(i).kind().isText() && row[i] != null)
                row[i] = theirs
                        ? without(COLUMNS.get(i).name(), (String) row[i], person)
                        : person.replaceIn((String) row[i]);
    }

    private String without(String name, String text, Person person) {
        if (name.equals(EXTRA)) return ErasableClicks.extras(text, person, people.redaction());
        return people.redaction().isPersonal(name) ? Redaction.ERASED : person.replaceIn(text);
    }
}
