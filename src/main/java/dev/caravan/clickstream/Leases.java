package dev.caravan.clickstream;

import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Who works on which partition. Each instance takes its share of those that nobody has, keeps them by renewing, and gives up what is beyond its
 * share; of one that dies they are free when their time is over. What is written for a partition is written only while its lease is the
 * writer's.
 */
final class Leases {
    private final Database database;
    private final String owner;
    private final int partitions;
    private final Duration length;
    private final Clock clock;

    /**
     * @param owner  this instance's name, unique
     * @param length how long an instance that gives no sign of life keeps its partitions
     */
    Leases(Database database, String owner, int partitions, Duration length, Clock clock) {
        this.database = database;
        this.owner = owner;
        this.partitions = partitions;
        this.length = length;
        this.clock = clock;
    }

    /**
     * A partition that is this instance's.
     *
     * @param position up to where what came of it is written; -1 for nothing
     * @param floor    of the page at that position
     * @param ongoing what the partition wants back when it is restored; null when there was nothing yet
     */
    record Lease(int partition, long epoch, long position, long floor, byte[] ongoing) {}

    /** A lease is another's by now: nothing may be written for its partition. */
    static final class Lost extends RuntimeException {
        private final transient Lease lease;

        Lost(Lease lease) {
            super("partition " + lease.partition() + " is another instance's by now");
            this.lease = lease;
        }

        Lease lease() {
            return lease;
        }
    }

    /**
     * Gives a sign of life, renews what is held and takes what is this instance's share of what nobody has.
     *
     * @param held leases that are renewed
     */
    Turn turn(Collection<Lease> held) {
        return database.transaction(db -> {
            var now = clock.instant();
            live(db, now);
            var lost = renew(db, held, now);
            int kept = held.size() - lost.size();
            int share = share(db, now);
            return new Turn(take(db, share - kept, now), lost, share);
        });
    }

    /**
     * What came of a turn.
     *
     * @param taken  to be worked on from their positions
     * @param lost   leases that are over: their partitions are, or were, another's
     * @param share  how many are this instance's; what it has beyond them should be given up
     */
    record Turn(List<Lease> taken, List<Lease> lost, int share) {}

    private void live(Handle db, Instant now) {
        db.createUpdate("""
                insert into clicks.instance (name, until) values (:owner, :until) on conflict (name) do update set until = excluded.until""")
                .bind("owner", owner)
                .bind("until", now.plus(length))
                .execute();
        db.createUpdate("delete from clicks.instance where until < :now")
                .bind("now", now)
                .execute();
        db.createUpdate(
                        "insert into clicks.lease (partition) select generate_series(0, :last) on conflict (partition) do nothing")
                .bind("last", partitions - 1)
                .execute();
    }

    private List<Lease> renew(Handle db, Collection<Lease> held, Instant now) {
        if (held.isEmpty()) return List.of();
        var batch = db.prepareBatch(
                "update clicks.lease set until = :until where partition = :partition and owner = :owner and epoch = :epoch");
        for (var lease : held)
            batch.bind("until", now.plus(length))
                    .bind("partition", lease.partition())
                    .bind("owner", owner)
                    .bind("epoch", lease.epoch())
                    .add();
        var rows = batch.execute();
        var lost = new ArrayList<Lease>();
        int i = 0;
        for (var lease : held) if (rows[i++] == 0) lost.add(lease);
        return lost;
    }

    /** As many as each of the instances that live has to take for all to be taken. */
    private int share(Handle db, Instant now) {
        int instances = db.createQuery("select count(*) from clicks.instance where until >= :now")
                .bind("now", now)
                .mapTo(Integer.class)
                .one();
        return (partitions + instances - 1) / Math.max(1, instances);
    }

    private List<Lease> take(Handle db, int wanted, Instant now) {
        if (wanted <= 0) return List.of();
        return db.createQuery("""
                update clicks.lease set owner = :owner, epoch = epoch + 1, until = :until
                where partition in (select partition from clicks.lease where owner is null or until < :now
                                    order by partition limit :wanted for update skip locked)
                returning partition, epoch, position, floor, ongoing""")
                .bind("owner", owner)
                .bind("until", now.plus(length))
                .bind("now", now)
                .bind("wanted", wanted)
                .map((row, context) ->
                        new Lease(row.getInt(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getBytes(5)))
                .list();
    }

    /**
     * Notes up to where what came of a partition is written, in the transaction that writes it.
     *
     * @return the lease as it is then
     * @throws Lost when it is another's: the transaction has to be undone
     */
    Lease advance(Handle db, Lease lease, long position, long floor, byte[] ongoing) {
        int rows = db.createUpdate("""
                update clicks.lease set position = :position, floor = :floor, ongoing = :ongoing
                where partition = :partition and owner = :owner and epoch = :epoch""")
                .bind("position", position)
                .bind("floor", floor)
                .bind("ongoing", ongoing)
                .bind("partition", lease.partition())
                .bind("owner", owner)
                .bind("epoch", lease.epoch())
                .execute();
        if (rows == 0) throw new Lost(lease);
        return new Lease(lease.partition(), lease.epoch(), position, floor, null);
    }

    /** Lets others take them at once; what is not this instance's any more is left alone. */
    void giveUp(Collection<Lease> leases) {
        if (leases.isEmpty()) return;
        database.write(db -> {
            var batch = db.prepareBatch(
                    "update clicks.lease set owner = null, until = '-infinity' where partition = :partition and owner = :owner and epoch = :epoch");
            for (var lease : leases)
                batch.bind("partition", lease.partition())
                        .bind("owner", owner)
                        .bind("epoch", lease.epoch())
                        .add();
            batch.execute();
        });
    }

    /** Gives no more signs of life: the share of the others is larger at once. */
    void leave() {
        database.write(db -> db.createUpdate("delete from clicks.instance where name = :owner")
                .bind("owner", owner)
                .execute());
    }
}
