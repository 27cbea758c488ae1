package dev.caravan.customers;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * For how long the tracked attributes of a customer were what they were: a row of a slowly changing dimension of type 2.
 *
 * @param from   inclusive
 * @param to     exclusive; null for the one that is current
 * @param values by attribute; none for what was not known
 */
record Period(Instant from, Instant to, Map<Attribute, String> values) {
    private static final Comparator<Ticket.Status> PRESSING = Comparator.comparing(Ticket.Status::pressing);

    Period {
        values = Map.copyOf(values);
    }

    /**
     * The history of a customer: periods without gaps or overlaps, of which two neighbours differ and the last one is current. It is worked out
     * from all that was seen, so it does not matter in which order that came.
     *
     * @param since   when the customer was first seen, not after any observation
     * @param seen    in any order
     * @param tracked others change nothing
     * @return the oldest first, at least one
     */
    static List<Period> of(Instant since, Collection<Observation> seen, Set<Attribute> tracked) {
        var inOrder = seen.stream()
                .filter(observation -> tracked.contains(observation.attribute()))
                .sorted(Observation.ORDER)
                .toList();
        var periods = new ArrayList<Period>();
        var values = new EnumMap<Attribute, String>(Attribute.class);
        var tickets = new HashMap<String, Ticket.Status>();
        var from = since;
        for (int i = 0; i <= inOrder.size(); i++) {
            var next = i < inOrder.size() ? inOrder.get(i) : null;
            // What is seen at one moment becomes so at once.
            if (next == null || next.at().isAfter(from)) {
                add(periods, from, values);
                if (next == null) break;
                from = next.at();
            }
            if (next.attribute() == Attribute.SUPPORT_STATUS) {
                tickets.put(next.of(), Ticket.Status.of(next.value()));
                values.put(
                        Attribute.SUPPORT_STATUS,
                        tickets.values().stream().max(PRESSING).orElseThrow().text());
            } else {
                values.put(next.attribute(), next.value());
            }
        }
        return periods;
    }

    private static void add(List<Period> periods, Instant from, Map<Attribute, String> values) {
        if (!periods.isEmpty()) {
            var last = periods.get(periods.size() - 1);
            if (last.values().equals(values)) return;
            periods.set(periods.size() - 1, new Period(last.from(), from, last.values()));
        }
        periods.add(new Period(from, null, values));
    }
}
