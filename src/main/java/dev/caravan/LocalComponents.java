package dev.caravan;

import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.impl.engine.DefaultComponentResolver;
import org.apache.camel.spi.ComponentResolver;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Components that stay within the process are what they are; every other one takes what it is given, says so in the log, and keeps it. */
final class LocalComponents implements ComponentResolver {
    private static final Logger LOG = LoggerFactory.getLogger(LocalComponents.class);

    /** S3 among them: in a rehearsal its client only looks. */
    private static final Set<String> LOCAL = Set.of(
            "direct",
            "seda",
            "bean",
            "class",
            "language",
            "log",
            "mock",
            "jslt",
            "json-validator",
            "validator",
            "xslt",
            "dataformat",
            "kamelet",
            "aws2-s3");

    private final ComponentResolver camel = new DefaultComponentResolver();

    @Override
    public Component resolveComponent(String name, CamelContext context) throws Exception {
        return LOCAL.contains(name) ? camel.resolveComponent(name, context) : new Dumb();
    }

    /** Its endpoints accept any parameter. */
    private static final class Dumb extends DefaultComponent {
        Dumb() {
            // Camel would set what the component has whose place it takes.
            setAutowiredEnabled(false);
        }

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            parameters.clear();
            return new DumbEndpoint(uri, this);
        }
    }

    private static final class DumbEndpoint extends DefaultEndpoint {
        DumbEndpoint(String uri, Component component) {
            super(uri, component);
        }

        @Override
        public Producer createProducer() {
            return new DefaultProducer(this) {
                @Override
                public void process(Exchange exchange) {
                    LOG.info("rehearsed, and not sent: {}", getEndpoint());
                }
            };
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            throw new UnsupportedOperationException("nothing comes in by itself in a rehearsal: " + this);
        }
    }
}
