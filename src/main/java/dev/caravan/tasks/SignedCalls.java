package dev.caravan.tasks;

import dev.caravan.failure.Refused;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.webhooks.StandardWebhooks;
import java.time.Duration;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;

/** What the routes that call out do to a request before it goes, and make of its answer: signed as Standard Webhooks, judged by status. */
public final class SignedCalls {
    private static final String TARGET = "tasks";

    private final Optional<StandardWebhooks> handler;
    private final Optional<StandardWebhooks> notifier;

    /** @param handler signs calls of the handler {@code http}; @param notifier those that tell of tasks */
    SignedCalls(Optional<StandardWebhooks> handler, Optional<StandardWebhooks> notifier) {
        this.handler = handler;
        this.notifier = notifier;
    }

    /** Signs a task for {@code tasks.http-url}. */
    public void signTask(Exchange exchange) {
        sign(exchange.getMessage(), handler);
    }

    /** Signs a webhook for {@code tasks.notify-url}. */
    public void signNotice(Exchange exchange) {
        sign(exchange.getMessage(), notifier);
    }

    private static void sign(Message message, Optional<StandardWebhooks> key) {
        var id = message.getHeader(HandlerRoutes.ID_HEADER, String.class);
        var body = message.getBody(byte[].class);
        key.orElseThrow().sign(id, body).forEach(message::setHeader);
    }

    /**
     * Says what an answer means: 2xx is done; 408, 425, 429 and 5xx may be another answer later; all else is a refusal for good.
     *
     * @param retryAfter in seconds; ignored when it is anything else
     */
    public void judge(
            @Header(Exchange.HTTP_RESPONSE_CODE) Integer status,
            @Header("Retry-After") String retryAfter,
            @Body byte[] body,
            @Header(StandardWebhooks.ID) String id) {
        if (status == null) throw new TargetUnavailable(TARGET, "no answer to " + id);
        if (status >= 200 && status < 300) return;
        var said = "answered " + status + " to " + id;
        if (status == 408 || status == 425 || status == 429 || status >= 500) {
            var wait = retryAfter != null && retryAfter.matches("\\d{1,6}")
                    ? Duration.ofSeconds(Long.parseLong(retryAfter))
                    : null;
            throw new TargetUnavailable(TARGET, said, wait, null);
        }
        throw new Refused(TARGET, said, Json.sha256(body == null ? new byte[0] : body));
    }
}
