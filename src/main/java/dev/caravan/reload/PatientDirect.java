package dev.caravan.reload;

import java.util.Map;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;
import org.apache.camel.component.direct.DirectEndpoint;
import org.apache.camel.support.DefaultAsyncProducer;

/**
 * Camel's {@code direct:}, whose callers all wait while a route is away. Camel's own remembers the route it called last; when that is gone
 * one caller waits for the next, and meanwhile the others still call what is being taken down.
 */
public final class PatientDirect extends DirectComponent {
    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        var endpoint = new PatientEndpoint(uri, this);
        endpoint.setBlock(isBlock());
        endpoint.setTimeout(getTimeout());
        setProperties(endpoint, parameters);
        return endpoint;
    }

    private static final class PatientEndpoint extends DirectEndpoint {
        PatientEndpoint(String uri, DirectComponent component) {
            super(uri, component);
        }

        @Override
        public Producer createProducer() {
            return new PatientProducer(this);
        }
    }

    private static final class PatientProducer extends DefaultAsyncProducer {
        private final DirectEndpoint endpoint;

        PatientProducer(PatientEndpoint endpoint) {
            super(endpoint);
            this.endpoint = endpoint;
        }

        /** Waits for the route, and gives up when it does not come in time. */
        @Override
        @SuppressWarnings("deprecation") // Deprecated for callers that Camel's own producer serves.
        public boolean process(Exchange exchange, AsyncCallback callback) {
            try {
                var route = endpoint.getConsumer();
                if (route != null) return route.getAsyncProcessor().process(exchange, callback);
                exchange.setException(
                        new DirectConsumerNotAvailableException("No route begins with " + endpoint, exchange));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.setException(e);
            }
            callback.done(true);
            return true;
        }
    }
}
