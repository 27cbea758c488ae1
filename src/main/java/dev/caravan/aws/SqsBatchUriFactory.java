package dev.caravan.aws;

import java.net.URISyntaxException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.spi.EndpointUriFactory;
import org.apache.camel.support.component.EndpointUriFactorySupport;

/** Lets YAML name the queue among the parameters: {@code uri: sqs-batch} with {@code parameters: {queueNameOrArn: …}}. */
public final class SqsBatchUriFactory extends EndpointUriFactorySupport implements EndpointUriFactory {
    private static final Set<String> PROPERTIES = Set.of(
            "queueNameOrArn",
            "amazonSQSClient",
            "queueUrl",
            "queueOwnerAWSAccountId",
            "maxMessagesPerPoll",
            "batchWaitMillis",
            "receiveMillis",
            "settleMillis",
            "waitTimeSeconds",
            "visibilityTimeout",
            "extendMessageVisibility",
            "concurrentConsumers",
            "attributeNames",
            "messageAttributeNames",
            "errorDelay",
            "maxErrorDelay",
            // of every consumer that polls by a schedule
            "backoffErrorThreshold",
            "backoffIdleThreshold",
            "backoffMultiplier",
            "bridgeErrorHandler",
            "delay",
            "exceptionHandler",
            "exchangePattern",
            "greedy",
            "initialDelay",
            "pollStrategy",
            "repeatCount",
            "runLoggingLevel",
            "scheduledExecutorService",
            "scheduler",
            "schedulerProperties",
            "sendEmptyMessageWhenIdle",
            "startScheduler",
            "timeUnit",
            "useFixedDelay");

    @Override
    public boolean isEnabled(String scheme) {
        return SqsBatchComponent.SCHEME.equals(scheme);
    }

    @Override
    public String buildUri(String scheme, Map<String, Object> properties, boolean encode) throws URISyntaxException {
        var syntax = scheme + ":queueNameOrArn";
        var left = new HashMap<>(properties);
        return buildQueryParameters(
                buildPathParameter(syntax, syntax, "queueNameOrArn", null, true, left), left, encode);
    }

    @Override
    public Set<String> propertyNames() {
        return PROPERTIES;
    }

    @Override
    public Set<String> secretPropertyNames() {
        return Set.of();
    }

    @Override
    public Map<String, String> multiValuePrefixes() {
        return Map.of("schedulerProperties", "scheduler.");
    }

    @Override
    public boolean isLenientProperties() {
        return false;
    }
}
