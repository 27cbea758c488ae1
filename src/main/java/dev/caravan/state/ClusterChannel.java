package dev.caravan.state;

import dev.caravan.failure.BadSettings;
import java.net.InetAddress;
import java.util.List;
import javax.sql.DataSource;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.JDBC_PING2;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;
import org.jgroups.util.Util;

/**
 * How instances talk to each other: Infinispan's TCP stack, but they find each other in a table of the database instead of by multicast.
 *
 * <p>Given to Infinispan as a configurator, because a transport with a channel of its own is replaced by the default one, on UDP, when the
 * cache manager copies its configuration.
 */
final class ClusterChannel extends AbstractJGroupsChannelConfigurator {
    /** Those who were killed stand in the table still; asking them to let us in is given up after these attempts of two seconds. */
    private static final int JOIN_ATTEMPTS = 3;

    private final DataSource database;
    private final Caches.Settings settings;
    private final InetAddress address;

    /** @throws BadSettings when the address is none of this machine's */
    ClusterChannel(DataSource database, Caches.Settings settings) {
        this.database = database;
        this.settings = settings;
        this.address = address(settings.bindAddress());
    }

    private static InetAddress address(String name) {
        try {
            var address = Util.getAddress(name, Util.getIpStackType());
            return address != null ? address : InetAddress.getByName(name);
        } catch (Exception e) {
            throw new BadSettings(
                    "caravan.cluster-address is \"" + name + "\": set an address of this machine, or SITE_LOCAL");
        }
    }

    @Override
    public JChannel createChannel(String name) throws Exception {
        var tcp = new TCP();
        tcp.setBindAddress(address).setBindPort(settings.bindPort()).setPortRange(0);
        var discovery = new JDBC_PING2()
                .setDataSource(database)
                .setInitializeSql(
                        "create table if not exists infinispan.members (address varchar(200) primary key, name varchar(200),"
                                + " cluster varchar(200) not null, ip varchar(200) not null, coord boolean)")
                .setInsertSingleSql("insert into infinispan.members values (?, ?, ?, ?, ?)")
                .setDeleteSingleSql("delete from infinispan.members where address = ?")
                .setClearSql("delete from infinispan.members where cluster = ?")
                .setSelectAllPingdataSql("select address, name, ip, coord from infinispan.members where cluster = ?");
        discovery.removeAllDataOnViewChange(true).registerShutdownHook(false);
        return amendChannel(new JChannel(
                tcp,
                discovery,
                new MERGE3().setMinInterval(10_000).setMaxInterval(30_000),
                new FD_SOCK2().setBindAddress(address).setOffset(1),
                new FD_ALL3(),
                new VERIFY_SUSPECT2().setTimeout(1_000),
                new NAKACK2().useMcastXmit(false),
                new UNICAST3(),
                new STABLE().setMaxBytes(1_000_000),
                new GMS().printLocalAddress(false).setJoinTimeout(2_000).setMaxJoinAttempts(JOIN_ATTEMPTS),
                new UFC(),
                new MFC(),
                new FRAG4().setFragSize(60_000)));
    }

    @Override
    public String getName() {
        return "caravan";
    }

    /** Not asked for, as the channel is made here. */
    @Override
    public String getProtocolStackString() {
        return getName();
    }

    /** Not asked for, as the channel is made here. */
    @Override
    public List<ProtocolConfiguration> getProtocolStack() {
        return List.of();
    }

    @Override
    public void afterCreation(Protocol protocol) {
        // Nothing is left to set.
    }
}
