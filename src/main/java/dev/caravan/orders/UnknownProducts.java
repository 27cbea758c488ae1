package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.caravan.records.Reason;
import dev.caravan.records.Shaped;
import java.util.ArrayList;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Orders name products, which the catalogue has to know. */
final class UnknownProducts {
    private UnknownProducts() {}

    /**
     * What becomes of an order that names products the catalogue does not know: refused, with a reason a line that names one. Itself when there is
     * none, or its channel's products are in no catalogue.
     */
    static Shaped refused(Order order, Shaped.Accepted accepted, Predicate<String> isUnknown) {
        if (!accepted.variant().catalogued()) return accepted;
        var rule = OrderRule.PRODUCT_UNKNOWN.rule();
        var reasons = new ArrayList<Reason>();
        for (int i = 0; i < order.lines().size(); i++) {
            var product = order.lines().get(i).product();
            if (!isUnknown.test(product)) continue;
            var value = TextNode.valueOf(product);
            reasons.add(new Reason(
                    accepted.pointerFor("/lines/" + i + "/product"), rule.id(), rule.messageFor(value), value));
        }
        return reasons.isEmpty()
                ? accepted
                : new Shaped.Rejected(reasons, accepted.variant(), accepted.value(), accepted.source());
    }

    /** The products for which an order was refused. */
    static Set<String> of(Shaped.Rejected refused) {
        return refused.reasons().stream()
                .map(reason -> reason.value().textValue())
                .collect(Collectors.toSet());
    }
}
