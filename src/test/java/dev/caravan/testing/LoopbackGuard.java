package dev.caravan.testing;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.none;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.utility.JavaModule;

/**
 * Keeps a test JVM on loopback: connecting, binding, sending and looking up a name fail with a {@link SecurityException}, before
 * anything leaves, unless they stay on this machine.
 *
 * <p>It sits in the JDK's own classes below sockets and channels, so libraries cannot get around it (Netty's native transports,
 * which could, are not on the class path). Code under test may swallow the exception, so each one is also kept and fails the test
 * that is running: see {@link StayedOnLoopback}.
 */
public final class LoopbackGuard {
    /** The advice is copied into JDK classes that cannot see this one: system properties are where both sides can look. */
    static final String VIOLATION = "caravan.left-loopback.";

    static final String OWN_NAME = "caravan.own-host-name";

    private static boolean installed;

    private LoopbackGuard() {}

    /** From now on, until this JVM ends. Doing it again changes nothing. */
    public static synchronized void install() {
        if (installed) return;
        System.setProperty(OWN_NAME, ownName());
        var guarded = new Guarded();
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .with(guarded)
                .ignore(none())
                .type(named("sun.nio.ch.Net"))
                .transform((type, description, loader, module, domain) -> type.visit(Advice.to(OnConnect.class)
                                .on(named("connect").and(takesArgument(2, InetAddress.class))))
                        .visit(Advice.to(OnBind.class).on(named("bind").and(takesArgument(2, InetAddress.class)))))
                .type(named("sun.nio.ch.DatagramChannelImpl"))
                .transform((type, description, loader, module, domain) -> type.visit(
                        Advice.to(OnSend.class).on(named("send").and(takesArgument(2, InetSocketAddress.class)))))
                .type(named("java.net.InetAddress$PlatformNameService")
                        .or(named("java.net.InetAddress$PlatformResolver")))
                .transform((type, description, loader, module, domain) -> type.visit(Advice.to(OnLookup.class)
                        .on(named("lookupAllHostAddr").or(named("lookupByName")).and(takesArgument(0, String.class)))))
                .installOn(ByteBuddyAgent.install());
        guarded.requireAll();
        installed = true;
    }

    /** What was tried since this was asked last, and is now forgotten: one sentence each. */
    public static Set<String> takeViolations() {
        var sentences = new TreeSet<String>();
        for (var name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(VIOLATION)) sentences.add(System.clearProperty(name));
        }
        return sentences;
    }

    private static String ownName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Which of the JDK's classes the guard got into: an unguarded one would let packets out in silence. */
    private static final class Guarded extends AgentBuilder.Listener.Adapter {
        private final Set<String> names = new TreeSet<>();
        private Throwable failure;

        @Override
        public void onTransformation(
                TypeDescription type, ClassLoader loader, JavaModule module, boolean loaded, DynamicType result) {
            names.add(type.getSimpleName());
        }

        @Override
        public void onError(String type, ClassLoader loader, JavaModule module, boolean loaded, Throwable cause) {
            failure = cause;
        }

        private void requireAll() {
            try {
                Class.forName("sun.nio.ch.Net");
                Class.forName("sun.nio.ch.DatagramChannelImpl");
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
            var lookup = Stream.of("PlatformNameService", "PlatformResolver").anyMatch(names::contains);
            if (failure != null || !lookup || !names.contains("Net") || !names.contains("DatagramChannelImpl")) {
                throw new IllegalStateException(
                        "the loopback guard does not fit this JDK, it covers only " + names, failure);
            }
        }
    }

    private static final class OnConnect {
        @Advice.OnMethodEnter
        static void check(@Advice.Argument(2) InetAddress address, @Advice.Argument(3) int port) {
            if (!address.isLoopbackAddress()) {
                var sentence = "connect to "
                        .concat(address.getHostAddress())
                        .concat(":")
                        .concat(Integer.toString(port));
                System.setProperty(VIOLATION.concat(Long.toString(System.nanoTime())), sentence);
                throw new SecurityException(sentence.concat(": tests stay on loopback"));
            }
        }
    }

    /** Who listens, or takes a port of its choice, does so on loopback; a client may leave its own end to the system. */
    private static final class OnBind {
        @Advice.OnMethodEnter
        static void check(@Advice.Argument(2) InetAddress address, @Advice.Argument(3) int port) {
            if (!address.isLoopbackAddress()) {
                var open = port != 0;
                for (var caller : new Throwable().getStackTrace()) {
                    // Zonky's Postgres opens and closes such a socket at once, to find a free port; nobody is served.
                    if (caller.getMethodName().equals("detectPort")
                            && caller.getClassName().startsWith("io.zonky.")) return;
                    if (caller.getClassName().contains("ServerSocket")) open = true;
                }
                if (open) {
                    var sentence = "bind to "
                            .concat(address.getHostAddress())
                            .concat(":")
                            .concat(Integer.toString(port));
                    System.setProperty(VIOLATION.concat(Long.toString(System.nanoTime())), sentence);
                    throw new SecurityException(sentence.concat(": tests stay on loopback"));
                }
            }
        }
    }

    private static final class OnSend {
        @Advice.OnMethodEnter
        static void check(@Advice.Argument(2) InetSocketAddress target) {
            if (!target.getAddress().isLoopbackAddress()) {
                var sentence = "send to ".concat(target.getAddress().getHostAddress());
                System.setProperty(VIOLATION.concat(Long.toString(System.nanoTime())), sentence);
                throw new SecurityException(sentence.concat(": tests stay on loopback"));
            }
        }
    }

    private static final class OnLookup {
        @Advice.OnMethodEnter
        static void check(@Advice.Argument(0) String name) throws UnknownHostException {
            // Reserved to be nobody's (RFC 2606): the answer is known without asking.
            if (name.endsWith(".invalid")) throw new UnknownHostException(name);
            if (!name.equalsIgnoreCase("localhost")
                    && !name.endsWith(".localhost")
                    && !name.equals(System.getProperty(OWN_NAME))) {
                var sentence = "look up of ".concat(name);
                System.setProperty(VIOLATION.concat(Long.toString(System.nanoTime())), sentence);
                throw new SecurityException(sentence.concat(": tests stay on loopback"));
            }
        }
    }
}
