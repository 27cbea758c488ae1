package dev.caravan.products.medusa;

import dev.caravan.outbound.Call;

/** Medusa understood a call and did not do it. What that means is in {@link MedusaErrors}. */
final class Refusal extends RuntimeException {
    private final int status;
    private final String said;
    private final MedusaErrors.Verdict verdict;

    Refusal(Call call, int status, String said) {
        super(
                "Medusa answered " + status + " to " + call.toString().replaceFirst("\\?.*", "") + ": " + said,
                null,
                false,
                false);
        this.status = status;
        this.said = said;
        this.verdict = MedusaErrors.verdict(status, said);
    }

    int status() {
        return status;
    }

    /** Medusa's own words. */
    String said() {
        return said;
    }

    MedusaErrors.Verdict verdict() {
        return verdict;
    }
}
