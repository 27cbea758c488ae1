package dev.caravan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;

class HealthCommandTest {
    private final StringWriter said = new StringWriter();

    @Test
    void whoever_answers_200_is_well_and_nobody_else() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        for (int status : new int[] {200, 503})
            server.createContext("/" + status, exchange -> {
                exchange.sendResponseHeaders(status, -1);
                exchange.close();
            });
        server.start();

        assertThat(look(address.resolve("/200"))).isEqualTo(Caravan.OK);
        assertThat(said.toString()).isEmpty();
        assertThat(look(address.resolve("/503"))).isEqualTo(Caravan.FOUND);
        assertThat(said.toString()).contains("/503 answers 503");

        server.stop(0);
        assertThat(look(address.resolve("/200"))).isEqualTo(Caravan.FOUND);
        assertThat(said.toString()).contains("/200: Connection refused");
    }

    private int look(URI address) {
        return HealthCommand.look(address, new PrintWriter(said, true));
    }
}
