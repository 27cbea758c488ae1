package dev.caravan.products;

import dev.caravan.api.Api.Answer;
import dev.caravan.api.Request;
import dev.caravan.products.Notices.Change;
import dev.caravan.products.pimcore.PimcoreWebhook;
import dev.caravan.webhooks.SignedHook;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.util.List;

/**
 * {@code POST /hooks/pimcore}: takes Pimcore's word that a product changed, and notes it. Of a variant it says nothing of the product itself,
 * which therefore counts as published until it is read.
 */
public final class PimcoreHook {
    private final SignedHook hook;

    PimcoreHook(StandardWebhooks webhooks, RememberedIds ids, Publications publications) {
        hook = new SignedHook(webhooks, ids, body -> PimcoreWebhook.parse(body)
                .ifPresent(change -> publications.notice(
                        List.of(new Change(
                                change.fullpath(), change.variant() || change.published() && !change.deleted())),
                        Notices.WEBHOOK)));
    }

    /** As {@link SignedHook#receive}. */
    public Answer receive(Request request) {
        return hook.receive(request);
    }
}
