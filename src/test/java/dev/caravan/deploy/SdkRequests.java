package dev.caravan.deploy;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/**
 * Writes down each request of AWS by a process that is told where ({@code -Dcaravan.requests=FILE}), a line each:
 *
 * <pre>
 * request OPERATION UNITS BYTES   what AWS bills it as (each 64 KB of a message or an event is one), and bytes both ways
 * poll    QUEUE     1|-1 SECONDS  a receive begins or ends, and how long it may wait
 * look    QUEUE                   a queue is asked how much waits in it
 * </pre>
 *
 * <p>A receive that brought nothing is no request: how many of them there are depends on the time alone.
 */
public final class SdkRequests implements ExecutionInterceptor {
    static final String FILE = "caravan.requests";

    private static final int UNIT_BYTES = 64 * 1024;
    private static final BufferedWriter OUT = out();

    private static BufferedWriter out() {
        var file = System.getProperty(FILE);
        try {
            return file == null
                    ? null
                    : Files.newBufferedWriter(Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        if (OUT == null) return;
        if (context.request() instanceof ReceiveMessageRequest receive) polls(receive, 1);
        if (context.request() instanceof GetQueueAttributesRequest look) line("look", look.queueUrl());
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        if (OUT == null || context.request() instanceof GetQueueAttributesRequest) return;
        if (context.request() instanceof ReceiveMessageRequest receive) {
            polls(receive, -1);
            if (((ReceiveMessageResponse) context.response()).messages().isEmpty()) return;
        }
        long sent = length(
                context.httpRequest().firstMatchingHeader("Content-Length").orElse("0"));
        long received = length(
                context.httpResponse().firstMatchingHeader("Content-Length").orElse("0"));
        var service =
                attributes.getAttribute(SdkExecutionAttribute.SERVICE_NAME).toLowerCase(Locale.ROOT);
        line(
                "request",
                service + "." + attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME),
                service.equals("sqs") ? units(context.response(), sent) : units(context),
                sent + received);
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        if (OUT != null && context.request() instanceof ReceiveMessageRequest receive) polls(receive, -1);
    }

    private static void polls(ReceiveMessageRequest receive, int change) {
        line("poll", receive.queueUrl(), change, receive.waitTimeSeconds());
    }

    private static long units(Context.AfterExecution context) {
        if (!(context.request() instanceof PutEventsRequest events)) return 1;
        return events.entries().stream()
                .mapToLong(entry -> units(entry.detail().length()))
                .sum();
    }

    private static long units(SdkResponse response, long sent) {
        if (!(response instanceof ReceiveMessageResponse received)) return units(sent);
        return units(received.messages().stream()
                .mapToLong(message -> message.body().length())
                .sum());
    }

    private static long units(long bytes) {
        return Math.max(1, (bytes + UNIT_BYTES - 1) / UNIT_BYTES);
    }

    private static long length(String header) {
        return Long.parseLong(header);
    }

    private static synchronized void line(Object... words) {
        try {
            for (var word : words) OUT.append(String.valueOf(word)).append(' ');
            OUT.newLine();
            OUT.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
