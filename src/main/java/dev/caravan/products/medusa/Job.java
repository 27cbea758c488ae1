package dev.caravan.products.medusa;

import dev.caravan.failure.TargetUnavailable;
import java.util.HashMap;
import java.util.Map;

/** One product on its way into the shop, and what has happened to it in this write. */
final class Job {
    final String handle;
    /** Null when it is only to be taken off sale. */
    final ShopProduct product;

    /** Null as long as there is something to do. */
    Outcome outcome;
    /** The shop's id, once known. */
    String id;

    boolean created;
    boolean wrote;
    /** Why Medusa will not take part of it; the rest is still brought in order before this is reported. */
    String problem;
    /** The last thing that was not as we thought, and made us look again. */
    String surprise;
    /** Medusa does not let go of a variant that is gone from the source, because somebody has ordered it. */
    boolean reserved;
    /** SKU to the inventory item that bears it and belongs to no variant. */
    final Map<String, String> orphans = new HashMap<>();

    Job(ShopProduct product) {
        this.product = product;
        this.handle = product.handle();
    }

    Job(String handle) {
        this.product = null;
        this.handle = handle;
    }

    boolean open() {
        return outcome == null;
    }

    /** Whether the shop has it as asked. */
    boolean inOrder() {
        return outcome != null && !(outcome instanceof Outcome.Failed);
    }

    void fail(Outcome.Kind kind, String message) {
        outcome = new Outcome.Failed(kind, message);
    }

    void fail(TargetUnavailable e) {
        outcome = new Outcome.Failed(
                Outcome.Kind.HEALS, e.getMessage(), e.retryAfter().orElse(null));
    }

    /** Nothing is left to do. */
    void settle() {
        if (problem != null) fail(Outcome.Kind.BAD_MESSAGE, problem);
        else if (created) outcome = new Outcome.Created(id);
        else outcome = wrote ? new Outcome.Updated(id) : new Outcome.Unchanged(id);
    }

    /** Medusa will not take part of it, whatever we do. The first reason counts. */
    void problem(String message) {
        if (problem == null) problem = "product \"" + handle + "\": " + message;
    }
}
