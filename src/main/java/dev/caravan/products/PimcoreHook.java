package dev.caravan.products;

import dev.caravan.api.Api.Answer;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.BadMessage;
import dev.caravan.products.Notices.Change;
import dev.caravan.products.pimcore.PimcoreWebhook;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.util.List;

/**
 * {@code POST /hooks/pimcore}: takes Pimcore's word that a product changed, when its signature is right, and notes it. Of a variant it says
 * nothing of the product itself, which therefore counts as published until it is read.
 */
public final class PimcoreHook {
    private final StandardWebhooks webhooks;
    private final RememberedIds ids;
    private final Publications publications;

    PimcoreHook(StandardWebhooks webhooks, RememberedIds ids, Publications publications) {
        this.webhooks = webhooks;
        this.ids = ids;
        this.publications = publications;
    }

    /** 204 once the change is noted durably; 401 for a signature that is missing, wrong, old or seen before; 400 for a body that is no change. */
    public Answer receive(Request request) {
        var verdict = webhooks.verify(request.headers()::get, request.body());
        verdict.refusal().ifPresent(refusal -> {
            throw new Problem(401, "Unauthorized", refusal.explanation());
        });
        try {
            PimcoreWebhook.parse(request.body())
                    .ifPresent(change -> publications.notice(
                            List.of(new Change(
                                    change.fullpath(), change.variant() || change.published() && !change.deleted())),
                            Notices.WEBHOOK));
        } catch (BadMessage e) {
            throw new Problem(400, "Invalid body", e.getMessage());
        } catch (RuntimeException e) {
            ids.forget(verdict.id());
            throw e;
        }
        return new Answer(204, null);
    }
}
