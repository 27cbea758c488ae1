package dev.caravan.webhooks;

import dev.caravan.api.Api.Answer;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.BadMessage;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.util.function.Consumer;

/** An endpoint that takes its sender's word when the signature is right, and notes it. */
public final class SignedHook {
    private final StandardWebhooks webhooks;
    private final RememberedIds ids;
    private final Consumer<byte[]> note;

    /**
     * @param ids  what {@code webhooks} remembers ids with
     * @param note notes durably what a body says; throws {@link BadMessage} when it says nothing that is understood
     */
    public SignedHook(StandardWebhooks webhooks, RememberedIds ids, Consumer<byte[]> note) {
        this.webhooks = webhooks;
        this.ids = ids;
        this.note = note;
    }

    /**
     * 204 once it is noted durably; 401 for a signature that is missing, wrong, old or seen before; 400 for a body that is not understood.
     * When it could not be noted, the same webhook is let in again.
     */
    public Answer receive(Request request) {
        var verdict = webhooks.verify(request.headers()::get, request.body());
        verdict.refusal().ifPresent(refusal -> {
            throw new Problem(401, "Unauthorized", refusal.explanation());
        });
        try {
            note.accept(request.body());
        } catch (BadMessage e) {
            throw new Problem(400, "Invalid body", e.getMessage());
        } catch (RuntimeException e) {
            ids.forget(verdict.id());
            throw e;
        }
        return new Answer(204, null);
    }
}
