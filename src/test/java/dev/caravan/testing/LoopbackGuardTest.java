package dev.caravan.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class LoopbackGuardTest {
    /** TEST-NET-1 (RFC 5737): nobody's, should the guard ever be broken. */
    private static final String ELSEWHERE = "192.0.2.1";

    @Test
    void a_socket_does_not_leave() {
        assertRefused("connect to 192.0.2.1:443", () -> new Socket(ELSEWHERE, 443));
    }

    @Test
    void a_channel_does_not_leave() {
        assertRefused("connect to 192.0.2.1:443", () -> SocketChannel.open(new InetSocketAddress(ELSEWHERE, 443)));
    }

    @Test
    void a_channel_that_does_not_wait_does_not_leave() {
        assertRefused("connect to 192.0.2.1:443", () -> {
            try (var channel = SocketChannel.open()) {
                channel.configureBlocking(false);
                channel.connect(new InetSocketAddress(ELSEWHERE, 443));
            }
        });
    }

    @Test
    void an_asynchronous_channel_does_not_leave() {
        assertRefused("connect to 192.0.2.1:443", () -> {
            try (var channel = AsynchronousSocketChannel.open()) {
                channel.connect(new InetSocketAddress(ELSEWHERE, 443)).get();
            }
        });
    }

    @Test
    void the_address_of_no_machine_in_ipv6_is_refused_too() {
        assertRefused("connect to 2001:db8:0:0:0:0:0:1:443", () -> new Socket("2001:db8::1", 443));
    }

    @Test
    void a_datagram_does_not_leave() {
        assertRefused("send to 192.0.2.1", () -> {
            try (var channel = DatagramChannel.open()) {
                channel.bind(new InetSocketAddress("127.0.0.1", 0));
                channel.send(ByteBuffer.allocate(1), new InetSocketAddress(ELSEWHERE, 53));
            }
        });
        assertRefused("send to 192.0.2.1", () -> {
            try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                socket.send(new DatagramPacket(new byte[1], 1, new InetSocketAddress(ELSEWHERE, 53)));
            }
        });
    }

    @Test
    void a_name_is_not_asked_for_outside() {
        assertRefused("look up of shop.example", () -> InetAddress.getByName("shop.example"));
    }

    @Test
    void a_name_that_nobody_can_have_is_unknown_without_asking() {
        assertThatThrownBy(() -> InetAddress.getByName("shop.invalid")).isInstanceOf(UnknownHostException.class);

        assertThat(LoopbackGuard.takeViolations()).isEmpty();
    }

    @Test
    void a_server_is_not_open_to_others() {
        assertRefused("bind to 0.0.0.0:0", () -> new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0")));
        assertRefused("bind to 0:0:0:0:0:0:0:0:0", () -> {
            try (var server = ServerSocketChannel.open()) {
                server.bind(new InetSocketAddress(InetAddress.getByName("::"), 0));
            }
        });
    }

    @Test
    void loopback_is_free() throws IOException, InterruptedException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = new Socket("localhost", server.getLocalPort())) {
            assertThat(client.isConnected()).isTrue();
        }
        try (var server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                var client = SocketChannel.open(server.getLocalAddress())) {
            assertThat(client.isConnected()).isTrue();
        }
        try (var client = new Socket()) {
            client.bind(new InetSocketAddress(0));
            assertThat(client.isBound()).isTrue();
        }
        assertThatCode(InetAddress::getLocalHost).doesNotThrowAnyException();
        assertThat(LoopbackGuard.takeViolations()).isEmpty();
    }

    @Test
    void an_attempt_that_was_swallowed_still_fails_the_test() {
        var request = HttpRequest.newBuilder(URI.create("http://" + ELSEWHERE)).build();
        HttpClient.newHttpClient()
                .sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .handle((reply, failure) -> reply)
                .join();

        assertThatThrownBy(() -> new StayedOnLoopback().afterEach(null))
                .isInstanceOf(AssertionError.class)
                .hasMessage("left loopback: connect to 192.0.2.1:80");
    }

    private static void assertRefused(String sentence, ThrowingCallable attempt) {
        assertThatThrownBy(attempt)
                .satisfiesAnyOf(
                        failure -> assertThat(failure).isInstanceOf(SecurityException.class),
                        failure -> assertThat(failure).hasRootCauseInstanceOf(SecurityException.class));
        assertThat(LoopbackGuard.takeViolations()).containsExactly(sentence);
    }
}
