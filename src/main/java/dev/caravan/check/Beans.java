package dev.caravan.check;

import dev.caravan.Shadow;
import dev.caravan.alerts.AlertEvents;
import dev.caravan.archive.ArchivedDays;
import dev.caravan.aws.EventPublisher;
import dev.caravan.aws.QueueGauges;
import dev.caravan.clickstream.ClickFiles;
import dev.caravan.clickstream.ClickIntake;
import dev.caravan.clickstream.ClickLedger;
import dev.caravan.clickstream.ClickLog;
import dev.caravan.clickstream.ClickQueue;
import dev.caravan.clickstream.ClickRetention;
import dev.caravan.clickstream.ClickWorker;
import dev.caravan.customers.CustomerSessions;
import dev.caravan.customers.CustomerStep;
import dev.caravan.customers.Retention;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Replays;
import dev.caravan.erasure.Erasures;
import dev.caravan.lineage.Lineage;
import dev.caravan.observe.Dependencies;
import dev.caravan.observe.StateGauges;
import dev.caravan.orders.LateSums;
import dev.caravan.orders.OrderRetention;
import dev.caravan.orders.OrderStep;
import dev.caravan.orders.OrderWatch;
import dev.caravan.orders.PublishedProducts;
import dev.caravan.orders.ShopOrders;
import dev.caravan.products.MedusaStep;
import dev.caravan.products.PimcoreComparison;
import dev.caravan.products.PimcoreStep;
import dev.caravan.products.ProductIntake;
import dev.caravan.products.ProductNormalise;
import dev.caravan.products.Publications;
import dev.caravan.reports.DayReports;
import dev.caravan.state.EvidenceRetention;
import dev.caravan.state.InProgressIdempotentRepository;
import dev.caravan.tasks.Notices;
import dev.caravan.tasks.SignedCalls;
import dev.caravan.tasks.TaskWorker;
import dev.caravan.tasks.Wakeups;
import dev.caravan.uploads.FileIntake;
import dev.caravan.uploads.Originals;
import dev.caravan.uploads.Uploads;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.spi.RoutePolicy;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** What a running instance offers to routes by name. */
final class Beans {
    private static final Map<String, Class<?>> TYPES = new TreeMap<>(Map.ofEntries(
            Map.entry("s3", S3Client.class),
            Map.entry("sqs", SqsClient.class),
            Map.entry("eventBridge", EventBridgeClient.class),
            Map.entry("failures", Failures.class),
            Map.entry("replays", Replays.class),
            Map.entry("events", EventPublisher.class),
            Map.entry("dependencies", Dependencies.class),
            Map.entry("queueGauges", QueueGauges.class),
            Map.entry("stateGauges", StateGauges.class),
            Map.entry("shadow", Shadow.class),
            Map.entry("uploads", Uploads.class),
            Map.entry("originals", Originals.class),
            Map.entry("evidenceRetention", EvidenceRetention.class),
            Map.entry("erasures", Erasures.class),
            Map.entry("lineage", Lineage.class),
            Map.entry("idempotent", InProgressIdempotentRepository.class),
            Map.entry("noOwnRetries", HttpClientConfigurer.class),
            Map.entry("pimcoreCircuit", RoutePolicy.class),
            Map.entry("medusaCircuit", RoutePolicy.class),
            Map.entry("productIntake", ProductIntake.class),
            Map.entry("productNormalise", ProductNormalise.class),
            Map.entry("pimcoreStep", PimcoreStep.class),
            Map.entry("medusaStep", MedusaStep.class),
            Map.entry("publications", Publications.class),
            Map.entry("orderIntake", FileIntake.class),
            Map.entry("publishedProducts", PublishedProducts.class),
            Map.entry("shopOrders", ShopOrders.class),
            Map.entry("orderStep", OrderStep.class),
            Map.entry("pairSums", LateSums.class),
            Map.entry("customerSums", LateSums.class),
            Map.entry("dayReports", DayReports.class),
            Map.entry("orderDays", ArchivedDays.class),
            Map.entry("orderWatch", OrderWatch.class),
            Map.entry("orderAlertEvents", AlertEvents.class),
            Map.entry("customerIntake", FileIntake.class),
            Map.entry("customerDayReports", DayReports.class),
            Map.entry("customerDays", ArchivedDays.class),
            Map.entry("customerRetention", Retention.class),
            Map.entry("orderRetention", OrderRetention.class),
            Map.entry("customerSessions", CustomerSessions.class),
            Map.entry("customerStep", CustomerStep.class),
            Map.entry("clickIntake", ClickIntake.class),
            Map.entry("clickLog", ClickLog.class),
            Map.entry("clickQueue", ClickQueue.class),
            Map.entry("clickWorker", ClickWorker.class),
            Map.entry("clickLedger", ClickLedger.class),
            Map.entry("clickAlertEvents", AlertEvents.class),
            Map.entry("clickFiles", ClickFiles.class),
            Map.entry("sessionDays", ArchivedDays.class),
            Map.entry("clickRetention", ClickRetention.class),
            Map.entry("wakeups", Wakeups.class),
            Map.entry("taskWorker", TaskWorker.class),
            Map.entry("taskNotices", Notices.class),
            Map.entry("signedCalls", SignedCalls.class),
            Map.entry("pimcoreComparison", PimcoreComparison.class)));

    private Beans() {}

    static Set<String> names() {
        return TYPES.keySet();
    }

    static boolean has(String name) {
        return TYPES.containsKey(name);
    }

    /** The exchange properties that methods of beans ask for. */
    static Set<String> propertiesRead() {
        return TYPES.values().stream()
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .flatMap(method -> Arrays.stream(method.getParameters()))
                .map(parameter -> parameter.getAnnotation(ExchangeProperty.class))
                .filter(Objects::nonNull)
                .map(ExchangeProperty::value)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> methods(String name) {
        return Arrays.stream(TYPES.get(name).getMethods())
                .filter(candidate -> candidate.getDeclaringClass() != Object.class)
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static long forms(String name, String method) {
        return Arrays.stream(TYPES.get(name).getMethods())
                .filter(candidate -> candidate.getName().equals(method) && !candidate.isBridge())
                .count();
    }

    private static String unnamed(String name) {
        return "Camel would guess which method of bean " + name + " to call: add \"method\", which can be "
                + String.join(" or ", methods(name));
    }

    /**
     * What is wrong with a reference; null when nothing is.
     *
     * @param method blank when a method has to be named and is not; null when none is called
     */
    static String wrong(String name, String method) {
        if (!has(name)) return "there is no bean \"" + name + "\": " + Names.advice(name, TYPES.keySet());
        if (method == null) return null;
        if (method.isBlank()) return unnamed(name);
        var called = method.replaceFirst("\\(.*", "");
        var methods = methods(name);
        if (!methods.contains(called))
            return "bean " + name + " has no method \"" + called + "\": " + Names.advice(called, methods);
        return called.equals(method) && forms(name, called) > 1
                ? "Camel would guess which method \"" + called + "\" of bean " + name
                        + " to call: there are several; name its parameters, as in \"" + called + "(${body})\""
                : null;
    }
}
