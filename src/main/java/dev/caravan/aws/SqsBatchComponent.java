package dev.caravan.aws;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.support.HealthCheckComponent;

/**
 * {@code sqs-batch:QUEUE}: receives pages of SQS messages and hands each page to the route as one exchange. See
 * {@link SqsBatchEndpoint} for the options and {@link Batch} for what a route does with a page.
 */
public final class SqsBatchComponent extends HealthCheckComponent {
    static final String SCHEME = "sqs-batch";

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        var endpoint = new SqsBatchEndpoint(uri, this);
        endpoint.setQueueNameOrArn(remaining);
        setProperties(endpoint, parameters);
        return endpoint;
    }
}
