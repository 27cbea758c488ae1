package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What an environment costs in a month of 730 hours: what its templates make, and what AWS bills for each order, click and product, as
 * {@code requests.yaml} says it was counted, at the prices of {@code prices.yaml}.
 */
public final class CostModel {
    private static final BigDecimal HOURS = new BigDecimal(730);
    private static final BigDecimal THOUSAND = new BigDecimal(1000);
    private static final BigDecimal MILLION = new BigDecimal(1_000_000);
    private static final BigDecimal GIGABYTE = new BigDecimal(1_000_000_000);
    private static final BigDecimal DAYS_A_MONTH = new BigDecimal(30);
    private static final int CPU_UNITS = 1024;
    private static final int MEGABYTES = 1024;

    private static final String PLATFORMS = "platforms";

    /** Medusa and Pimcore: each has a task and a database. */
    private static final BigDecimal BOTH = new BigDecimal(2);

    private final Map<String, JsonNode> templates;
    private final JsonNode environment;
    private final JsonNode prices;
    private final JsonNode requests;

    /**
     * What happens in a month.
     *
     * @param orders   in files, as many in each as were counted
     * @param clicks   sent to the public port
     * @param products new or changed ones; what did not change is sent nowhere
     */
    public record Use(long orders, long clicks, long products) {}

    /**
     * A line of the bill.
     *
     * @param part     {@code fixed}, {@code platforms}, or the things it is for
     * @param quantity of what is billed, such as CPU hours
     * @param per      what the price is of
     * @param price    US dollars
     * @param sure     {@code high}, {@code medium} or {@code guess}, see {@code prices.yaml}
     */
    public record Line(String part, String what, BigDecimal quantity, String per, BigDecimal price, String sure) {
        /** US dollars a month, to the cent. */
        public BigDecimal dollars() {
            return quantity.multiply(price).setScale(2, RoundingMode.HALF_UP);
        }
    }

    private CostModel(Map<String, JsonNode> templates, JsonNode environment, JsonNode prices, JsonNode requests) {
        this.templates = templates;
        this.environment = environment;
        this.prices = prices;
        this.requests = requests;
    }

    /**
     * Reads templates, prices, counted requests and {@code FOLDER/environments/ENVIRONMENT.yaml}.
     *
     * @throws BadSettings when one of them is not there
     */
    public static CostModel read(Path folder, String environment) {
        var values = Plan.tree(folder.resolve("environments").resolve(environment + ".yaml"));
        var templates = new TreeMap<String, JsonNode>();
        for (var name : Plan.of(values)) templates.put(name, Plan.tree(folder.resolve(name + ".yaml")));
        return new CostModel(
                templates,
                values,
                Plan.tree(folder.resolve("prices.yaml")),
                Plan.tree(folder.resolve("requests.yaml")));
    }

    /** The day of the prices, {@code 2026-11-22}. */
    public String pricesAsOf() {
        return prices.path("as-of").asText();
    }

    /** The day on which requests were counted. */
    public String countedAsOf() {
        return requests.path("as-of").asText();
    }

    /**
     * The bill, what is always there first; lines of nothing are left out.
     *
     * @param tasks      that run on average; what autoscaling adds is for the caller to say
     * @param publicPort whether there are a load balancer and a firewall
     * @throws BadSettings when {@code prices.yaml} lacks a price
     */
    public List<Line> month(Use use, BigDecimal tasks, boolean publicPort) {
        var lines = new ArrayList<Line>();
        compute(lines, "fixed", "runtime", tasks);
        lines.add(line("fixed", "registry", always("registry")));
        network(lines, tasks);
        state(lines);
        watching(lines, tasks);
        if (templates.containsKey(PLATFORMS)) platforms(lines);
        if (publicPort) publicPort(lines);
        things(lines, "orders", use.orders(), publicPort);
        things(lines, "clicks", use.clicks(), publicPort);
        things(lines, "products", use.products(), publicPort);
        lines.removeIf(line -> line.quantity().signum() == 0);
        return List.copyOf(lines);
    }

    /** How many tasks the environment runs when nothing comes. */
    public BigDecimal leastTasks() {
        return number("runtime", "LeastTasks");
    }

    /** US dollars a month above which the environment's budget tells somebody. */
    public BigDecimal budget() {
        return number("observability", "MonthlyBudget");
    }

    private void compute(List<Line> lines, String part, String template, BigDecimal tasks) {
        var kind = text(template, "Architecture").equals("ARM64") ? "arm" : "x86";
        var share = text(template, "Capacity").equals("FARGATE_SPOT") ? price("fargate-spot-share") : BigDecimal.ONE;
        var hours = HOURS.multiply(tasks);
        var cpus = number(template, "Cpu").divide(new BigDecimal(CPU_UNITS), MathContext.DECIMAL64);
        var gigabytes = number(template, "Memory").divide(new BigDecimal(MEGABYTES), MathContext.DECIMAL64);
        for (var billed : List.of(
                Map.entry("fargate-cpu-" + kind, hours.multiply(cpus)),
                Map.entry("fargate-memory-" + kind, hours.multiply(gigabytes)))) {
            var line = line(part, billed.getKey(), billed.getValue());
            lines.add(new Line(
                    line.part(),
                    line.what() + (share.equals(BigDecimal.ONE) ? "" : ", Spot"),
                    line.quantity(),
                    line.per(),
                    line.price().multiply(share),
                    share.equals(BigDecimal.ONE) ? line.sure() : sure("fargate-spot-share")));
        }
    }

    /** What Medusa and Pimcore add; their key and their secrets are counted with the others. */
    private void platforms(List<Line> lines) {
        compute(lines, PLATFORMS, PLATFORMS, BOTH);
        if (text("network", "WayOut").equals("public-address"))
            lines.add(line(PLATFORMS, "address", BOTH.multiply(HOURS)));
        lines.add(line(PLATFORMS, "rds." + text(PLATFORMS, "InstanceClass"), BOTH.multiply(HOURS)));
        lines.add(line(
                PLATFORMS, "rds-storage", number(PLATFORMS, "StorageGigabytes").multiply(BOTH)));
        prices.path("always-of-platforms")
                .properties()
                .forEach(thing -> lines.add(line(PLATFORMS, thing.getKey(), decimal(thing.getValue()))));
        lines.add(line(
                PLATFORMS,
                "logs-kept",
                decimal(prices.at("/always-of-platforms/logs")).multiply(months(PLATFORMS, "LogDays"))));
    }

    private void network(List<Line> lines, BigDecimal tasks) {
        var nats = new BigDecimal(
                switch (text("network", "WayOut")) {
                    case "one-nat" -> 1;
                    case "nat-per-zone" -> 2;
                    default -> 0;
                });
        var addresses = text("network", "WayOut").equals("public-address") ? tasks : nats;
        lines.add(line("fixed", "address", addresses.multiply(HOURS)));
        lines.add(line("fixed", "nat", nats.multiply(HOURS)));
        if (endpoints())
            lines.add(line(
                    "fixed",
                    "endpoint",
                    count("AWS::EC2::VPCEndpoint", "VpcEndpointType", "Interface")
                            .multiply(new BigDecimal(2))
                            .multiply(HOURS)));
    }

    private void state(List<Line> lines) {
        var copies = text("database", "MultiAz").equals("true") ? new BigDecimal(2) : BigDecimal.ONE;
        lines.add(line("fixed", "rds." + text("database", "InstanceClass"), HOURS.multiply(copies)));
        lines.add(line(
                "fixed", "rds-storage", number("database", "StorageGigabytes").multiply(copies)));
        lines.add(line("fixed", "key", count("AWS::KMS::Key", "", "")));
        // RDS keeps the password of a database in one of its own.
        lines.add(line(
                "fixed",
                "secret",
                count("AWS::SecretsManager::Secret", "", "").add(count("AWS::RDS::DBInstance", "", ""))));
    }

    private void watching(List<Line> lines, BigDecimal tasks) {
        for (var name : List.of("alarm", "metric", "logs")) lines.add(line("fixed", name, always(name)));
        lines.add(line("fixed", "logs-kept", always("logs").multiply(months("observability", "LogDays"))));
        var idle = requests.path("idle");
        var asked = decimal(idle.path("receives-an-hour")).add(decimal(idle.path("measurements-an-hour")));
        lines.add(line("fixed", "queue", asked.multiply(HOURS).multiply(tasks).divide(MILLION, MathContext.DECIMAL64)));
    }

    private void publicPort(List<Line> lines) {
        var rules = new BigDecimal(templates
                .get("runtime")
                .at("/Resources/Firewall/Properties/Rules")
                .size());
        lines.add(line("fixed", "load-balancer", HOURS));
        lines.add(line("fixed", "load-balancer-units", HOURS));
        lines.add(line("fixed", "firewall", BigDecimal.ONE));
        lines.add(line("fixed", "firewall-rule", rules));
    }

    /** What so many things of a kind add. Numbers in {@code requests.yaml} are for a thousand. */
    private void things(List<Line> lines, String kind, long count, boolean publicPort) {
        var thousands = new BigDecimal(count).divide(THOUSAND, MathContext.DECIMAL64);
        var counted = requests.path(kind);
        var uploads = decimal(counted.path("uploads"));
        var delivered = decimal(counted.path("delivered-by-rules"));
        var published = decimal(counted.at("/requests/eventbridge.PutEvents"));
        // Whoever uploads is billed to the bucket's owner, too.
        var writes = uploads;
        var reads = BigDecimal.ZERO;
        var queue = delivered;
        for (var operation : counted.path("requests").properties()) {
            var units = decimal(operation.getValue());
            var name = operation.getKey();
            if (name.startsWith("sqs.")) queue = queue.add(units);
            else if (name.matches("s3\\.(Get|Head).*")) reads = reads.add(units);
            else if (name.startsWith("s3.")) writes = writes.add(units);
        }
        lines.add(line(kind, "s3-write", writes.multiply(thousands).divide(THOUSAND, MathContext.DECIMAL64)));
        lines.add(line(kind, "s3-read", reads.multiply(thousands).divide(THOUSAND, MathContext.DECIMAL64)));
        lines.add(line(kind, "queue", queue.multiply(thousands).divide(MILLION, MathContext.DECIMAL64)));
        lines.add(line(
                kind, "events", published.add(uploads).multiply(thousands).divide(MILLION, MathContext.DECIMAL64)));
        lines.add(line(
                kind,
                "key-requests",
                published.add(delivered).multiply(thousands).divide(new BigDecimal(10_000), MathContext.DECIMAL64)));
        var archived = gigabytes(counted.path("event-bytes"), thousands);
        lines.add(line(kind, "event-archive", archived));
        lines.add(line(kind, "event-archive-kept", archived.multiply(months("messaging", "EventDays"))));
        var logged = gigabytes(counted.path("log-bytes"), thousands);
        lines.add(line(kind, "logs", logged));
        lines.add(line(kind, "logs-kept", logged.multiply(months("observability", "LogDays"))));
        var moved = gigabytes(counted.path("moved-bytes"), thousands);
        if (endpoints()) lines.add(line(kind, "endpoint-data", moved));
        else if (text("network", "WayOut").contains("nat")) lines.add(line(kind, "nat-data", moved));
        stored(lines, kind, gigabytes(counted.path("stored-bytes"), thousands), uploads.signum() > 0);
        if (publicPort && counted.has("calls"))
            lines.add(line(
                    kind,
                    "firewall-requests",
                    decimal(counted.path("calls")).multiply(thousands).divide(MILLION, MathContext.DECIMAL64)));
    }

    /** Once what comes and what expires are in balance: what is stored then was added by the months before. */
    private void stored(List<Line> lines, String kind, BigDecimal monthly, boolean inInbox) {
        var rule = ruleOfOriginals(kind);
        int kept = number("storage", rule.path("ExpirationInDays").asText()).intValueExact();
        int infrequent = Math.min(kept, after(rule, "STANDARD_IA"));
        int glacier = Math.min(kept, after(rule, "GLACIER_IR"));
        var inbox = inInbox ? months("storage", "InboxDays") : BigDecimal.ZERO;
        lines.add(line(kind, "s3", monthly.multiply(inbox.add(months(infrequent)))));
        lines.add(line(kind, "s3-infrequent", monthly.multiply(months(glacier - infrequent))));
        lines.add(line(kind, "s3-glacier", monthly.multiply(months(kept - glacier))));
    }

    private JsonNode ruleOfOriginals(String kind) {
        return templates
                .get("storage")
                .at("/Resources/Archive/Properties/LifecycleConfiguration/Rules")
                .valueStream()
                .filter(rule -> rule.path("Prefix").asText().equals("raw/" + kind + "/"))
                .findFirst()
                .orElseThrow();
    }

    /** After how many days the rule puts objects there; never when it does not say. */
    private static int after(JsonNode rule, String storageClass) {
        return rule.path("Transitions")
                .valueStream()
                .filter(to -> to.path("StorageClass").asText().equals(storageClass))
                .mapToInt(to -> to.path("TransitionInDays").asInt())
                .findFirst()
                .orElse(Integer.MAX_VALUE);
    }

    private BigDecimal months(String template, String days) {
        return months(number(template, days).intValueExact());
    }

    private static BigDecimal months(int days) {
        return new BigDecimal(days).divide(DAYS_A_MONTH, MathContext.DECIMAL64);
    }

    private static BigDecimal gigabytes(JsonNode bytesOfThousand, BigDecimal thousands) {
        return decimal(bytesOfThousand).multiply(thousands).divide(GIGABYTE, MathContext.DECIMAL64);
    }

    private boolean endpoints() {
        return text("network", "Endpoints").equals("yes");
    }

    /** Resources of a type in all templates, with that property if one is named. */
    private BigDecimal count(String type, String property, String value) {
        return new BigDecimal(templates.values().stream()
                .flatMap(template -> template.path("Resources").valueStream())
                .filter(resource -> resource.path("Type").asText().equals(type))
                .filter(resource -> property.isEmpty()
                        || resource.path("Properties").path(property).asText().equals(value))
                .count());
    }

    private Line line(String part, String price, BigDecimal quantity) {
        var stated = stated(price);
        return new Line(
                part, stated.path("what").asText(), quantity, stated.path("per").asText(), price(price), sure(price));
    }

    private BigDecimal price(String name) {
        return decimal(stated(name).path("dollars"));
    }

    private String sure(String name) {
        return stated(name).path("sure").asText();
    }

    private JsonNode stated(String price) {
        var stated = prices.path("prices").path(price);
        if (stated.isMissingNode()) throw new BadSettings("prices.yaml has no price " + price + ": add it");
        return stated;
    }

    private BigDecimal always(String name) {
        return decimal(prices.path("always").path(name));
    }

    /** A parameter, as the environment says, or else as the template does. */
    private String text(String template, String parameter) {
        return Stream.of(
                        environment.path(template).path(parameter),
                        templates
                                .get(template)
                                .path("Parameters")
                                .path(parameter)
                                .path("Default"))
                .filter(value -> !value.isMissingNode())
                .findFirst()
                .orElseThrow(() -> new BadSettings(template + "." + parameter + " is not set"))
                .asText();
    }

    private BigDecimal number(String template, String parameter) {
        return new BigDecimal(text(template, parameter));
    }

    private static BigDecimal decimal(JsonNode number) {
        return new BigDecimal(number.asText("0"));
    }
}
