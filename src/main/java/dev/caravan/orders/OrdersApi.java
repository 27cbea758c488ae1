package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.orders.Order.Status;
import dev.caravan.orders.OrderReports.NoSuchVersion;
import dev.caravan.orders.OrderReports.Wanted;
import dev.caravan.reports.Asked;
import dev.caravan.reports.ReportsApi;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reports about orders and stock, as they are asked for over HTTP. */
final class OrdersApi implements ReportsApi.Desk {
    private static final Set<String> PARAMETERS =
            Set.of("name", "date", "from", "to", "status", "limit", "asOf", "at", "changesSince");
    private static final Set<String> STATUSES =
            Arrays.stream(Status.values()).map(Status::text).collect(Collectors.toUnmodifiableSet());

    private final OrderReports reports;
    private final Clock clock;

    OrdersApi(OrderReports reports, Clock clock) {
        this.reports = reports;
        this.clock = clock;
    }

    @Override
    public List<String> names() {
        return Subject.names();
    }

    /**
     * The report of that name, or what changed in it.
     *
     * @throws Problem when there is none, or a parameter is wrong
     */
    @Override
    public ObjectNode report(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw Asked.wrong("there is no parameter " + name
                        + ": date, from, to, status, limit, asOf, at and changesSince are known");
        var name = request.parameters().get("name");
        var subject = Subject.of(name)
                .orElseThrow(() -> new Problem(
                        404, "Not found", "no report " + name + ": there are " + String.join(", ", Subject.names())));
        var since = since(request);
        try {
            return (since == null
                            ? reports.find(subject, wanted(request, subject))
                            : reports.restatement(subject, wanted(request, subject), since))
                    .json();
        } catch (NoSuchVersion e) {
            throw Asked.wrong(e.getMessage());
        }
    }

    private Wanted wanted(Request request, Subject subject) {
        var asked = Asked.of(request);
        return new Wanted(
                asked.from(), asked.to(), statuses(request), asked.limit(), asOf(request), at(request, subject));
    }

    private Instant asOf(Request request) {
        var asOf = moment(request, "asOf");
        if (asOf != null && asOf.isAfter(clock.instant())) throw Asked.wrong("asOf must not be in the future");
        return asOf;
    }

    private static Instant at(Request request, Subject subject) {
        var at = moment(request, "at");
        if (at != null && !subject.isOfAMoment())
            throw Asked.wrong("at is for stock and low-stock; others have from and to");
        return at;
    }

    private static Instant moment(Request request, String name) {
        var text = request.parameter(name).orElse(null);
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Asked.wrong(name + " must be a time such as 2026-11-21T07:00:00Z, not \"" + text + "\"");
        }
    }

    private static Long since(Request request) {
        var text = request.parameter("changesSince").orElse(null);
        if (text != null && !text.matches("[0-9]{1,18}"))
            throw Asked.wrong("changesSince must be the version of a report, a whole number, not \"" + text + "\"");
        return text == null ? null : Long.valueOf(text);
    }

    private static List<String> statuses(Request request) {
        var statuses = List.of(
                request.parameter("status").orElse(Status.CONFIRMED.text()).split(","));
        if (!STATUSES.containsAll(statuses))
            throw Asked.wrong("status must be some of pending, confirmed, cancelled, with commas, not \""
                    + String.join(",", statuses) + "\"");
        return statuses;
    }
}
