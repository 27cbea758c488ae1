package dev.caravan.hawtio;

import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Ledger.Gap;
import dev.caravan.state.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The ledger as a management bean. Its attributes, which are read again and again, are about what changed within a day. */
final class ManagedLedger implements LedgerBean {
    private static final Duration RECENT = Duration.ofDays(1);

    private final Database database;
    private final Ledger ledger;
    private final Clock clock;

    ManagedLedger(Database database, Ledger ledger, Clock clock) {
        this.database = database;
        this.ledger = ledger;
        this.clock = clock;
    }

    @Override
    public boolean isBalanced() {
        return getMissing() == 0;
    }

    @Override
    public long getMissing() {
        return gaps(clock.instant().minus(RECENT)).stream()
                .mapToLong(Gap::records)
                .sum();
    }

    @Override
    public String balance(String key) {
        if (key == null || key.isBlank()) throw new IllegalArgumentException("key is missing");
        var all = Json.array();
        database.transaction(db -> ledger.balances(db, key.strip(), null)).forEach(balance -> all.add(balance.json()));
        return all.toPrettyString();
    }

    @Override
    public String imbalances() {
        var all = Json.array();
        for (var gap : gaps(Instant.EPOCH))
            all.addObject()
                    .put("upload", gap.upload().toString())
                    .put("flow", gap.flow())
                    .put("key", gap.key())
                    .put("records", gap.range());
        return all.toPrettyString();
    }

    private List<Gap> gaps(Instant since) {
        return database.transaction(db -> ledger.gaps(db, since, List.of()));
    }
}
