package dev.caravan.state;

import dev.caravan.failure.BadSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.infinispan.Cache;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.Configuration;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfiguration;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.conflict.MergePolicy;
import org.infinispan.eviction.EvictionStrategy;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.persistence.jdbc.common.DatabaseType;
import org.infinispan.persistence.jdbc.configuration.JdbcStringBasedStoreConfigurationBuilder;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;

/**
 * What is asked about on the way: Infinispan inside this process, written through to PostgreSQL, so that a restart forgets nothing.
 *
 * <p>Alone ({@code cluster} off) the caches are this process's own: no other instance may use the same database then, because it would not
 * see our writes nor we its. In a cluster every instance has every entry in memory, a write returns when all have it, and one of them
 * writes it to the database; instances find each other through a table there, so no other server is needed.
 *
 * <p>Tables are {@code infinispan.entries_*}, and {@code infinispan.members} for a cluster. The data source needs two free connections at
 * the start. A call to a cache may need a connection of its own, so do not call while holding the pool's last one: call before a
 * transaction begins or after it is committed.
 */
public final class Caches implements AutoCloseable {
    /** Claims and what is done: {@link InProgressIdempotentRepository}. */
    public static final String IDEMPOTENT = "idempotent";

    /** What the targets confirmed: {@link LastSent}. */
    public static final String LAST_SENT = "last-sent";

    private static final String SCHEMA = "infinispan";
    private static final Duration PURGE_EVERY = Duration.ofMinutes(5);
    private static final long START_LOCK = 0x4361726176616eL;

    /**
     * How the caches are kept.
     *
     * @param cluster            whether several instances share them
     * @param clusterName        instances of one name and one database are one cluster
     * @param nodeName           this instance's name in logs and claims; unique in the cluster
     * @param bindAddress        where the other instances reach this one: an address, a host name, or JGroups' {@code SITE_LOCAL},
     *                           {@code GLOBAL} or {@code NON_LOOPBACK}
     * @param bindPort           0 for any free one; behind a firewall this one and the next must be open between instances
     * @param entriesInMemory    per cache; older ones are read from the database when asked for
     * @param idempotentLifespan how long it is known that something is done
     * @param lastSentLifespan   how long it is known what was sent
     */
    public record Settings(
            boolean cluster,
            String clusterName,
            String nodeName,
            String bindAddress,
            int bindPort,
            long entriesInMemory,
            Duration idempotentLifespan,
            Duration lastSentLifespan) {
        /** One instance alone. */
        public static Settings alone() {
            return read(name -> null);
        }

        /**
         * Reads {@code caravan.cluster}, {@code .cluster-name}, {@code .node-name}, {@code .cluster-address}, {@code .cluster-port},
         * {@code .cache-entries}, {@code .idempotency-days} and {@code .last-sent-days} after {@code caravan}.
         *
         * @param property gives a setting by name, null when it is not set
         * @throws BadSettings naming the first that is wrong
         */
        public static Settings read(UnaryOperator<String> property) {
            return new Settings(
                    Boolean.parseBoolean(or(property, "caravan.cluster", "false")),
                    or(property, "caravan.cluster-name", "caravan"),
                    or(
                            property,
                            "caravan.node-name",
                            "caravan-" + UUID.randomUUID().toString().substring(0, 8)),
                    or(property, "caravan.cluster-address", "127.0.0.1"),
                    number(property, "caravan.cluster-port", 0, 0, 65_535),
                    number(property, "caravan.cache-entries", 200_000, 1, Integer.MAX_VALUE),
                    Duration.ofDays(number(property, "caravan.idempotency-days", 14, 1, 3_650)),
                    Duration.ofDays(number(property, "caravan.last-sent-days", 90, 1, 3_650)));
        }

        private static String or(UnaryOperator<String> property, String name, String otherwise) {
            var value = property.apply(name);
            return value == null || value.isBlank() ? otherwise : value.trim();
        }

        private static int number(UnaryOperator<String> property, String name, int otherwise, int least, int most) {
            var value = or(property, name, String.valueOf(otherwise));
            try {
                int number = Integer.parseInt(value);
                if (number >= least && number <= most) return number;
            } catch (NumberFormatException e) {
                // told below
            }
            throw new BadSettings(name + " is \"" + value + "\": set a whole number from " + least + " to " + most);
        }
    }

    private final DefaultCacheManager manager;

    private Caches(DefaultCacheManager manager) {
        this.manager = manager;
    }

    /**
     * Starts the caches, creating their tables when they are missing; in a cluster, joins it. Instances that start at the same time wait
     * for each other.
     *
     * @throws BadSettings when the cluster address is not ours
     */
    public static Caches start(DataSource database, Settings settings) {
        try (var connection = database.getConnection()) {
            lock(connection);
            try {
                return startLocked(database, settings);
            } finally {
                execute(connection, "select pg_advisory_unlock(" + START_LOCK + ")");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("caches cannot use the database", e);
        }
    }

    /** Caches of one process that are gone with it. */
    public static Caches inMemory() {
        var manager = new DefaultCacheManager(
                new GlobalConfigurationBuilder()
                        .nonClusteredDefault()
                        .jmx()
                        .disable()
                        .build(),
                false);
        var plain = new ConfigurationBuilder().build();
        manager.defineConfiguration(IDEMPOTENT, plain);
        manager.defineConfiguration(LAST_SENT, plain);
        manager.startCaches(IDEMPOTENT, LAST_SENT);
        return new Caches(manager);
    }

    private static void lock(Connection connection) throws SQLException {
        execute(connection, "select pg_advisory_lock(" + START_LOCK + ")");
        execute(connection, "create schema if not exists " + SCHEMA);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Caches startLocked(DataSource database, Settings settings) {
        var manager = new DefaultCacheManager(global(database, settings), false);
        try {
            manager.defineConfiguration(IDEMPOTENT, configuration(database, settings, settings.idempotentLifespan()));
            manager.defineConfiguration(LAST_SENT, configuration(database, settings, settings.lastSentLifespan()));
            manager.startCaches(IDEMPOTENT, LAST_SENT);
            return new Caches(manager);
        } catch (RuntimeException e) {
            manager.stop();
            throw e;
        }
    }

    private static GlobalConfiguration global(DataSource database, Settings settings) {
        var global = new GlobalConfigurationBuilder().nonClusteredDefault();
        if (settings.cluster()) {
            global.transport()
                    .defaultTransport()
                    .clusterName(settings.clusterName())
                    .nodeName(settings.nodeName())
                    .addProperty(JGroupsTransport.CHANNEL_CONFIGURATOR, new ClusterChannel(database, settings));
        }
        global.jmx().disable();
        global.shutdown()
                .hookBehavior(ShutdownHookBehavior.DONT_REGISTER); // whoever started us closes us, after the routes
        return global.build();
    }

    private static Configuration configuration(DataSource database, Settings settings, Duration lifespan) {
        var cache = new ConfigurationBuilder();
        cache.encoding().mediaType(MediaType.APPLICATION_OBJECT_TYPE);
        cache.memory().maxCount(settings.entriesInMemory()).whenFull(EvictionStrategy.REMOVE);
        cache.expiration().lifespan(lifespan.toMillis()).wakeUpInterval(PURGE_EVERY.toMillis());
        if (settings.cluster()) {
            cache.clustering().cacheMode(CacheMode.REPL_SYNC);
            // After a network split what the two sides say differently is forgotten: a miss is always right, a stale
            // answer never.
            cache.clustering().partitionHandling().mergePolicy(MergePolicy.REMOVE_ALL);
        }
        cache.persistence()
                .addStore(JdbcStringBasedStoreConfigurationBuilder.class)
                .shared(settings.cluster())
                .segmented(false) // so that the tables serve alone and in a cluster
                .dialect(DatabaseType.POSTGRES)
                .table()
                .tableNamePrefix(SCHEMA + ".entries")
                .createOnStart(true)
                .idColumnName("id")
                .idColumnType("TEXT")
                .dataColumnName("entry")
                .dataColumnType("BYTEA")
                .timestampColumnName("expires")
                .timestampColumnType("BIGINT")
                .segmentColumnName("segment")
                .segmentColumnType("INT")
                .dataSource()
                .dataSource(database);
        return cache.build();
    }

    public Cache<String, String> idempotent() {
        return manager.getCache(IDEMPOTENT);
    }

    public Cache<String, String> lastSent() {
        return manager.getCache(LAST_SENT);
    }

    /** How many instances share the caches, this one included. */
    public int members() {
        var members = manager.getMembers();
        return members == null ? 1 : members.size();
    }

    /** Writes are in the database already; this leaves the cluster and frees what the caches hold. */
    @Override
    public void close() {
        manager.stop();
    }
}
