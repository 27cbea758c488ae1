package dev.caravan.api;

import io.vertx.ext.web.Router;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.Service;
import org.apache.camel.component.platform.http.main.DefaultMainHttpServerFactory;
import org.apache.camel.component.platform.http.main.MainHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServerConfiguration;
import org.apache.camel.main.HttpServerConfigurationProperties;

/** The public port. Camel opens it before the routes start; what answers whoever comes in between is there before it is open. */
public final class PublicServer extends VertxPlatformHttpServer {
    private Consumer<Router> prepare = router -> {};

    /** By which Camel makes the public server, where it finds this among its beans; the one for management stays as it is. */
    public static final class Factory extends DefaultMainHttpServerFactory {
        @Override
        public Service newHttpServer(CamelContext context, HttpServerConfigurationProperties properties) {
            // Camel's own is not started: it knows what stands in the properties.
            var configured = (MainHttpServer) super.newHttpServer(context, properties);
            return new PublicServer(configured.getConfiguration());
        }
    }

    private PublicServer(VertxPlatformHttpServerConfiguration configuration) {
        super(configuration);
    }

    /** @param prepare what is done with the router of the routes before the port is open */
    void prepare(Consumer<Router> prepare) {
        this.prepare = prepare;
    }

    @Override
    protected void initializeServer() {
        super.initializeServer();
        var name = VertxPlatformHttpRouter.getRouterNameFromPort(getPort());
        prepare.accept(VertxPlatformHttpRouter.lookup(getCamelContext(), name));
    }

    @Override
    protected void startServer() throws Exception {
        super.startServer();
        // A path or query that cannot be decoded fails in the router around that of the routes.
        if (getServer().requestHandler() instanceof Router outer)
            outer.errorHandler(400, PublicErrors::answerUnreadable);
    }
}
