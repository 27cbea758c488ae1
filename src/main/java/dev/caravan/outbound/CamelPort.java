package dev.caravan.outbound;

import dev.caravan.failure.TargetUnavailable;
import java.io.IOException;
import java.util.HashMap;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;

/** Sends calls through a route, whose Kamelet knows the target's address, key and timeouts: how a target is called is YAML. */
public final class CamelPort implements Port {
    private final String target;
    private final Supplier<CamelContext> context;
    private volatile ProducerTemplate template;
    private final String endpoint;

    /**
     * @param context  asked at the first call: ports are made before the context starts
     * @param target   name used in failures, such as {@code medusa}
     * @param endpoint Camel URI the call is handed to; it answers with Camel's HTTP headers
     */
    public CamelPort(Supplier<CamelContext> context, String target, String endpoint) {
        this.context = context;
        this.target = target;
        this.endpoint = endpoint;
    }

    @Override
    public Reply send(Call call) {
        int question = call.path().indexOf('?');
        if (template == null) template = context.get().createProducerTemplate();
        var answer = template.request(endpoint, exchange -> {
            var message = exchange.getMessage();
            message.setHeader(Exchange.HTTP_METHOD, call.method());
            message.setHeader(
                    Exchange.HTTP_PATH, question < 0 ? call.path() : call.path().substring(0, question));
            if (question >= 0)
                message.setHeader(Exchange.HTTP_RAW_QUERY, call.path().substring(question + 1));
            if (call.body() != null) {
                message.setHeader(Exchange.CONTENT_TYPE, "application/json");
                message.setBody(call.body());
            }
        });
        var status = answer.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        if (answer.getException() != null || status == null) {
            var cause = answer.getException();
            // The error net covers a Kamelet's inside too: what it has handled is no exception any more, but an answer
            // it is neither.
            if (cause == null) cause = answer.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
            if (cause != null && !lostConnection(cause))
                throw new IllegalStateException("call " + call + " to " + target, cause);
            throw new TargetUnavailable(target, call + " got no answer: " + cause, null, cause);
        }
        var headers = new HashMap<String, String>();
        answer.getMessage().getHeaders().forEach((name, value) -> {
            if (!name.startsWith("Camel") && value != null) headers.put(name, value.toString());
        });
        var body = answer.getMessage().getBody(byte[].class);
        return new Reply(status, headers, body == null ? new byte[0] : body);
    }

    private static boolean lostConnection(Throwable cause) {
        for (var e = cause; e != null; e = e.getCause()) {
            if (e instanceof IOException) return true;
        }
        return false;
    }
}
