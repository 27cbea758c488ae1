package dev.caravan.orders;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.orders.Order.Status;
import dev.caravan.orders.OrderReports.NoSuchVersion;
import dev.caravan.orders.OrderReports.Wanted;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reports over HTTP. */
final class OrdersApi {
    private static final Set<String> PARAMETERS =
            Set.of("name", "date", "from", "to", "status", "limit", "asOf", "at", "changesSince");
    private static final Set<String> STATUSES =
            Arrays.stream(Status.values()).map(Status::text).collect(Collectors.toUnmodifiableSet());
    private static final int DEFAULT_LIMIT = 1000;
    private static final int MOST = 100_000;

    private final OrderReports reports;
    private final Clock clock;

    OrdersApi(OrderReports reports, Clock clock) {
        this.reports = reports;
        this.clock = clock;
    }

    void addTo(Api api) {
        api.on("GET", "/api/reports/{name}", Role.VIEWER, request -> Answer.ok(report(request)));
    }

    /**
     * The report of that name, or what changed in it.
     *
     * @throws Problem when there is none, or a parameter is wrong
     */
    ObjectNode report(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw wrong("there is no parameter " + name
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
            throw wrong(e.getMessage());
        }
    }

    private Wanted wanted(Request request, Subject subject) {
        var date = day(request, "date");
        var from = day(request, "from");
        var to = day(request, "to");
        if (date != null && (from != null || to != null)) throw wrong("give either date, or from and to");
        if (from != null && to != null && to.isBefore(from)) throw wrong("to must not be before from");
        return new Wanted(
                date == null ? from : date,
                date == null ? to : date,
                statuses(request),
                limit(request),
                asOf(request),
                at(request, subject));
    }

    private Instant asOf(Request request) {
        var asOf = moment(request, "asOf");
        if (asOf != null && asOf.isAfter(clock.instant())) throw wrong("asOf must not be in the future");
        return asOf;
    }

    private static Instant at(Request request, Subject subject) {
        var at = moment(request, "at");
        if (at != null && !subject.isOfAMoment()) throw wrong("at is for stock and low-stock; others have from and to");
        return at;
    }

    private static Instant moment(Request request, String name) {
        var text = request.parameter(name).orElse(null);
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw wrong(name + " must be a time such as 2026-11-21T07:00:00Z, not \"" + text + "\"");
        }
    }

    private static Long since(Request request) {
        var text = request.parameter("changesSince").orElse(null);
        if (text != null && !text.matches("[0-9]{1,18}"))
            throw wrong("changesSince must be the version of a report, a whole number, not \"" + text + "\"");
        return text == null ? null : Long.valueOf(text);
    }

    private static LocalDate day(Request request, String name) {
        var text = request.parameter(name).orElse(null);
        try {
            return text == null ? null : LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw wrong(name + " must be a day such as 2026-11-21, not \"" + text + "\"");
        }
    }

    private static List<String> statuses(Request request) {
        var statuses = List.of(
                request.parameter("status").orElse(Status.CONFIRMED.text()).split(","));
        if (!STATUSES.containsAll(statuses))
            throw wrong("status must be some of pending, confirmed, cancelled, with commas, not \""
                    + String.join(",", statuses) + "\"");
        return statuses;
    }

    private static int limit(Request request) {
        var text = request.parameter("limit").orElse(String.valueOf(DEFAULT_LIMIT));
        if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MOST)
            throw wrong("limit must be a whole number from 1 to " + MOST);
        return Integer.parseInt(text);
    }

    private static Problem wrong(String detail) {
        return new Problem(400, "Invalid parameter", detail);
    }
}
