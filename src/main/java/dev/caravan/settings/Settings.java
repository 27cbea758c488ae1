package dev.caravan.settings;

import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What can be set, and what is. A value comes from the environment, else from {@code application.properties} in the working directory,
 * else from the one in the JAR.
 */
public final class Settings {
    private static final String NAMED_VALUES = "([^=,\\s]+=[^,]*(,\\s*[^=,\\s]+=[^,]*)*)?";

    /** Every setting there is, in the order of {@code docs/settings.md}. */
    static final List<Setting> ALL = List.of(
            Setting.matching(
                            "database.url",
                            "jdbc:postgresql://.+",
                            "must look like jdbc:postgresql://HOST:PORT/DATABASE?user=…&password=…",
                            "PostgreSQL, as a JDBC URL with user and password in it.")
                    .needed(),
            Setting.text("database.user", "User of the database, when the URL names none."),
            Setting.text(
                    "database.password",
                    "That user's password, when it is not in the URL: stores of secrets give it apart, and change it."),
            Setting.integer(
                    "database.connections",
                    2,
                    200,
                    "Connections in the pool; each worker of a queue holds one while it works."),
            Setting.url("pimcore.url", "Pimcore's Data Hub GraphQL endpoint."),
            Setting.text("pimcore.api-key", "API key of that Data Hub configuration.")
                    .needed(),
            Setting.matching(
                            "pimcore.webhook-secret",
                            "(whsec_[A-Za-z0-9+/=]+)(\\s+whsec_[A-Za-z0-9+/=]+)*",
                            "must be whsec_… (several, separated by blanks, while rotating)",
                            "Secrets that sign Pimcore's webhooks, as in Standard Webhooks.")
                    .needed(),
            Setting.integer("pimcore.timeout-seconds", 1, 600, "How long a call to Pimcore may take."),
            Setting.integer("pimcore.objects-per-request", 1, 50, "Objects written by one GraphQL request."),
            Setting.url("medusa.url", "Medusa's base URL."),
            Setting.text("medusa.api-key", "Medusa secret API key (sk_…).").needed(),
            Setting.matching(
                    "medusa.webhook-secret",
                    "((whsec_[A-Za-z0-9+/=]+)(\\s+whsec_[A-Za-z0-9+/=]+)*)?",
                    "must be whsec_… (several, separated by blanks, while rotating)",
                    "Secrets that sign the webhooks of medusa/src/subscribers/caravan-orders.js; empty: there is no /hooks/medusa."),
            Setting.integer("medusa.timeout-seconds", 1, 600, "How long a call to Medusa may take."),
            Setting.integer("medusa.products-per-request", 1, 200, "Products in one batch call."),
            Setting.integer(
                    "medusa.parallel-requests",
                    1,
                    64,
                    "Calls to Medusa at a time, at most; fewer while more of them only make each slower."),
            Setting.text(
                    "medusa.sales-channel",
                    "Name or id of the sales channel products are put into; empty: the store's default."),
            Setting.text("medusa.stock-location", "Name or id of the stock location; empty: the only one."),
            Setting.text(
                    "medusa.shipping-profile", "Name or id of the shipping profile; empty: the one named default."),
            Setting.matching(
                    "medusa.arabic-locale",
                    "([a-z]{2}-[A-Z]{2})?",
                    "must look like ar-SA, or be empty",
                    "Locale under which Arabic is kept as Medusa's own translations, for a Medusa whose translation module is on; empty: in metadata alone."),
            Setting.matching(
                    "medusa.regions",
                    "[^:,]+:[A-Za-z]{3}:[A-Za-z]{2}( [A-Za-z]{2})*(,[^:,]+:[A-Za-z]{3}:[A-Za-z]{2}( [A-Za-z]{2})*)*",
                    "must look like Saudi Arabia:SAR:SA,United States:USD:US, several countries separated by blanks",
                    "Where the shop sells and in which currency, for `setup medusa` and `check --live`."),
            Setting.matching(
                    "caravan.prefix",
                    "[a-z][a-z0-9-]{0,30}",
                    "must be lower-case letters, digits and hyphens",
                    "What the names of buckets, queues and the bus start with."),
            Setting.matching(
                    "caravan.flows",
                    "(products|tasks|orders|clickstream|customers)(,(products|tasks|orders|clickstream|customers))*",
                    "must be a comma-separated list of flows (products)",
                    "Which flows this instance runs; dead letters always run."),
            Setting.text(
                    "caravan.api-keys",
                    "Keys of the HTTP API: comma-separated NAME:ROLE:SHA256, roles producer, viewer, operator; "
                            + "`caravan api-key` makes one."),
            Setting.matching(
                    "caravan.routes",
                    "(classpath|file):.+",
                    "must be classpath:routes or file:FOLDER",
                    "Where routes, mappings and schemas are read from."),
            Setting.matching(
                    "caravan.kamelets",
                    "(classpath|file):.+",
                    "must be classpath:kamelets or file:FOLDER",
                    "Where Kamelets are read from."),
            Setting.integer(
                    "caravan.routes-reload-seconds",
                    0,
                    3_600,
                    "How often files in file:FOLDER are looked at for edits, which take effect at once; 0: only at start."),
            Setting.bool(
                    "caravan.cluster",
                    "Whether Infinispan joins the other instances (found through PostgreSQL); without it a second instance on the same database is refused."),
            Setting.text("caravan.cluster-name", "Instances of one name and one database are one cluster."),
            Setting.text(
                    "caravan.cluster-address",
                    "Where the other instances reach this one: an address, a host name, SITE_LOCAL, GLOBAL or NON_LOOPBACK."),
            Setting.integer(
                    "caravan.cluster-port",
                    0,
                    65_535,
                    "Port for the other instances, and the next one; 0: any free one."),
            Setting.text(
                    "caravan.node-name",
                    "This instance's name in logs and claims, unique in the cluster; empty: a random one."),
            Setting.integer(
                    "caravan.cache-entries",
                    1,
                    Integer.MAX_VALUE,
                    "Entries of each cache that are kept in memory; the others are read from PostgreSQL."),
            Setting.integer(
                    "caravan.last-sent-days", 1, 3_650, "How long it is remembered what a target has confirmed."),
            Setting.integer(
                    "caravan.idempotency-days",
                    1,
                    60,
                    "How long a finished upload is remembered by the fast duplicate check."),
            Setting.integer("caravan.shutdown-seconds", 1, 120, "How long SIGTERM waits for work in hand."),
            Setting.integer("camel.server.port", 0, 65535, "Public port."),
            Setting.text("camel.server.host", "Address the public port listens on."),
            Setting.integer("camel.management.port", 0, 65535, "Management port."),
            Setting.text("camel.management.host", "Address the management port listens on; keep it local."),
            Setting.bool(
                    "hawtio.enabled",
                    "Whether Hawtio and Jolokia answer on the management port; without them routes are no management beans either."),
            Setting.matching(
                    "lineage.transport",
                    "off|file|http",
                    "must be off, file or http",
                    "Whether others are told what is made of what, as OpenLineage events: by lines of lineage.file, or calls of lineage.url."),
            Setting.text("lineage.file", "File to which OpenLineage events are added, a line each."),
            Setting.text(
                    "lineage.url",
                    "Base URL of what takes OpenLineage events, such as Marquez; api/v1/lineage is added."),
            Setting.text("lineage.api-key", "API key for lineage.url; empty: none is sent."),
            Setting.integer("lineage.timeout-seconds", 1, 300, "How long a call of lineage.url may take."),
            Setting.integer(
                    "lineage.seconds", 1, 3600, "How often it is looked whether there is something to tell of."),
            Setting.text("inbox.bucket", "Bucket the files are dropped in."),
            Setting.text(
                    "archive.bucket",
                    "Bucket for originals (raw/), claim checks (claims/), order lines by day (parquet/) and reports (reports/)."),
            Setting.text("events.bus", "EventBridge bus for Caravan's own events."),
            Setting.integer(
                    "events.max-request-bytes",
                    1000,
                    1_000_000,
                    "Largest PutEvents request; a single event above it goes through S3 (claim check)."),
            Setting.integer(
                    "events.attempts", 1, 20, "How often a failed PutEvents entry is sent before the page fails."),
            Setting.text("uploads.queue", "Queue of Object Created events."),
            Setting.integer("uploads.consumers", 1, 32, "Uploads read at a time."),
            Setting.integer(
                    "uploads.visibility-seconds",
                    5,
                    43_200,
                    "How long an upload's message stays hidden after a crash."),
            Setting.integer("uploads.page-size", 1, 1000, "Records that travel together from the file to the bus."),
            Setting.integer("uploads.max-record-bytes", 1_000, 100_000_000, "A longer record is quarantined."),
            Setting.integer(
                    "uploads.max-inflated-bytes",
                    1_000_000,
                    Long.MAX_VALUE,
                    "A gzip file that inflates to more is cut off there."),
            Setting.text("products.queue", "Queue of ProductIngested events."),
            Setting.integer("products.consumers", 1, 32, "Pages of products written to Pimcore at a time."),
            Setting.integer("products.page-size", 1, 100, "Products in a page on their way to Pimcore."),
            Setting.integer(
                    "products.visibility-seconds",
                    5,
                    43_200,
                    "How long a product's message stays hidden after a crash."),
            Setting.oneOf(
                    "products.publish",
                    "Whether Caravan publishes a product in Pimcore once it is complete, or a person does.",
                    "when-complete",
                    "manual"),
            Setting.bool("products.image-required", "Whether a product without an image is held back."),
            Setting.oneOf(
                    "products.variants-gone",
                    "What happens in the shop to a variant its supplier no longer lists.",
                    "out-of-stock",
                    "delete"),
            Setting.text("publications.queue", "Queue of ProductPublished and ProductUnpublished events."),
            Setting.integer("publications.consumers", 1, 32, "Pages of products written to Medusa at a time."),
            Setting.integer("publications.page-size", 1, 200, "Products in a page on their way to Medusa."),
            Setting.integer(
                    "publications.wait-milliseconds",
                    0,
                    10_000,
                    "How long a page waits to be filled after its first product: Medusa takes fifty nearly as fast as five."),
            Setting.integer(
                    "publications.visibility-seconds",
                    5,
                    43_200,
                    "How long a publication's message stays hidden after a crash."),
            Setting.integer(
                    "publications.notice-milliseconds",
                    50,
                    60_000,
                    "How often noticed changes in Pimcore are put on the bus."),
            Setting.integer(
                    "publications.sweep-seconds",
                    1,
                    86_400,
                    "How often Pimcore is asked for changes its webhook may have missed."),
            Setting.integer(
                    "publications.sweep-overlap-seconds",
                    1,
                    3_600,
                    "How far each sweep looks back behind the last change it saw."),
            Setting.integer(
                    "publications.compare-seconds",
                    10,
                    604_800,
                    "How often all products in Pimcore are compared with those last seen there, to find deleted ones."),
            Setting.matching(
                    "orders.currency",
                    "[A-Z]{3}",
                    "must be three capital letters, as in ISO 4217",
                    "Currency of orders that tell none."),
            Setting.matching(
                    "orders.channels",
                    "[a-z0-9_-]+(,[a-z0-9_-]+)*",
                    "must be names in lower case, with commas",
                    "Channels that orders come from, with commas; what comes from another counts as other."),
            Setting.text("catalogue.queue", "Queue of ProductPublished events, for the catalogue of orders."),
            Setting.integer(
                    "orders.shop-sweep-seconds",
                    1,
                    86_400,
                    "How often the shop is asked for orders its webhook may have missed."),
            Setting.integer("orders.low-stock", 0, 1_000_000, "Fewer of a product than this are low stock."),
            Setting.integer(
                    "orders.report-seconds",
                    1,
                    3600,
                    "How often it is looked whether there is a report to write, or pairs of products to add up."),
            Setting.bool(
                    "orders.parquet",
                    "Whether the order lines of days that are over are written to the archive as Parquet."),
            Setting.integer(
                    "orders.kept-days",
                    1,
                    36_500,
                    "For how long orders are kept in the database, and their lines in the archive as Parquet, from the end of their day on."),
            Setting.integer(
                    "orders.retention-seconds",
                    1,
                    86_400,
                    "How often it is looked which orders have been kept for long enough."),
            Setting.integer(
                    "orders.watch-seconds",
                    1,
                    3600,
                    "How often orders and stock are looked at for what is out of the ordinary."),
            Setting.matching(
                    "alerts.task-kind",
                    "[a-z][a-z0-9-]{0,49}",
                    "must be lower-case letters, digits and hyphens",
                    "Kind of the tasks that alerts become: the route tasks-handle-KIND does them."),
            Setting.integer(
                    "alerts.listeners",
                    1,
                    10_000,
                    "How many may listen to an instance's alerts as they come, at /api/alerts and on the console's live page."),
            Setting.integer("orders.page-size", 1, 10_000, "Orders that are decided about in one transaction."),
            Setting.integer(
                    "orders.requests-per-second",
                    1,
                    100_000,
                    "How often each API key may hand orders in, in the long run."),
            Setting.integer("orders.requests-at-once", 1, 100_000, "And how often at once, after a pause."),
            Setting.integer("orders.max-record-bytes", 1_000, 100_000_000, "A longer order is quarantined."),
            Setting.oneOf(
                    "customers.transaction-user-missing",
                    "What becomes of a transaction that is nobody's: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-amount-mismatch",
                    "What becomes of an amount that is not the sum of the items, by more than 0.005: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-amount-not-positive",
                    "What becomes of an amount that is not above zero: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-currency-unknown",
                    "What becomes of a currency that is not in ISO 4217: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-status-unknown",
                    "What becomes of a status that is not known: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-country-unknown",
                    "What becomes of a country that is not in ISO 3166: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-country-missing",
                    "What becomes of a transaction without a country: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-country-alias",
                    "What becomes of UK, which counts as GB: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-address-invalid",
                    "What becomes of an address without any number: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-address-missing",
                    "What becomes of a transaction without an address: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-contact-invalid",
                    "What becomes of a name, e-mail address, phone number or billing address that is none: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-timestamp-future",
                    "What becomes of a time stamp more than 24 hours in the future: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-product-unknown",
                    "What becomes of a product the catalogue does not know; when refused, it waits until the catalogue does: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.oneOf(
                    "customers.transaction-quantity-above-stock",
                    "What becomes of more bought than the catalogue says were there: refuse or warn.",
                    "refuse",
                    "warn"),
            Setting.matching(
                    "customers.tracked",
                    "(country|device_type|shipping_address|payment_method|support_status)(,(country|device_type|shipping_address|payment_method|support_status))*",
                    "must be some of country, device_type, shipping_address, payment_method, support_status, with commas",
                    "Attributes of a customer whose changes are history; what is dropped here leaves the history of customers as they change next."),
            Setting.integer(
                    "customers.page-size",
                    1,
                    10_000,
                    "Transactions or tickets that are decided about in one transaction."),
            Setting.integer(
                    "customers.max-record-bytes", 1_000, 100_000_000, "A longer transaction or ticket is quarantined."),
            Setting.integer(
                    "customers.catalogue-seconds",
                    1,
                    3600,
                    "How often it is looked what the catalogue has learnt, for transactions that wait for it."),
            Setting.integer(
                    "customers.report-seconds",
                    1,
                    3600,
                    "How often it is looked whether there is a report about customers to write."),
            Setting.bool(
                    "customers.parquet",
                    "Whether transactions, tickets and the history of profiles are written to the archive as Parquet."),
            Setting.integer(
                    "customers.transactions-kept-days",
                    1,
                    36_500,
                    "For how long transactions are kept in the database, from when they were made; profiles tell of what is kept."),
            Setting.integer(
                    "customers.tickets-kept-days",
                    1,
                    36_500,
                    "For how long tickets are kept in the database, from when they were changed last."),
            Setting.integer(
                    "customers.retention-seconds",
                    1,
                    86_400,
                    "How often it is looked which transactions and tickets have been kept for long enough."),
            Setting.text("clickstream.queue", "Queue of clicks, many in a message."),
            Setting.integer("clickstream.consumers", 1, 32, "Pages of messages with clicks taken in at a time."),
            Setting.integer("clickstream.messages-at-once", 1, 100, "Messages with clicks that are taken in together."),
            Setting.integer(
                    "clickstream.visibility-seconds",
                    5,
                    43_200,
                    "How long a message with clicks stays hidden after a crash."),
            Setting.integer("clickstream.page-size", 1, 10_000, "Clicks that travel together."),
            Setting.integer("clickstream.max-record-bytes", 1_000, 100_000_000, "A longer click is quarantined."),
            Setting.integer(
                    "clickstream.max-request-bytes",
                    1_000,
                    1_000_000_000,
                    "A packed request or message with clicks that grows to more is cut off there."),
            Setting.integer(
                    "clickstream.requests-per-second",
                    1,
                    100_000,
                    "How often each API key may hand clicks in, in the long run."),
            Setting.integer("clickstream.requests-at-once", 1, 100_000, "And how often at once, after a pause."),
            Setting.integer(
                    "clickstream.partitions",
                    1,
                    1_000,
                    "Parts in which instances share the work on clicks; fixed once the first click has come."),
            Setting.integer("clickstream.workers", 1, 64, "Partitions worked on at a time."),
            Setting.integer(
                    "clickstream.lateness-seconds",
                    0,
                    604_800,
                    "How far behind the highest time of its source a click still counts; a later one is kept and reported."),
            Setting.integer("clickstream.session-gap-seconds", 1, 86_400, "A longer pause ends a session."),
            Setting.integer(
                    "clickstream.stitch-seconds",
                    0,
                    604_800,
                    "An anonymous click is that of the user who is first seen in its session within this time after it."),
            Setting.integer(
                    "clickstream.duplicates-seconds",
                    0,
                    604_800,
                    "How far before the newest click a late one is looked up among those that were there."),
            Setting.integer(
                    "clickstream.source-idle-seconds",
                    1,
                    604_800,
                    "How long a source that says nothing keeps sessions of others from being final."),
            Setting.integer(
                    "clickstream.lease-seconds",
                    1,
                    600,
                    "How long an instance that gives no sign of life keeps its partitions."),
            Setting.integer(
                    "clickstream.look-milliseconds",
                    1,
                    60_000,
                    "How often it is looked whether another instance has taken clicks in."),
            Setting.integer(
                    "clickstream.checkpoint-seconds",
                    0,
                    600,
                    "How often what came of clicks is written; alerts are at once."),
            Setting.integer(
                    "clickstream.open-sessions-seconds",
                    0,
                    3_600,
                    "How often sessions that are not final are written; while a file of clicks is read, four times as seldom."),
            Setting.integer(
                    "clickstream.log-seconds",
                    0,
                    31_536_000,
                    "How long clicks stay in the log after all is written of them."),
            Setting.integer(
                    "clickstream.profile-seconds",
                    1,
                    3_600,
                    "How often profiles and reports about customers learn of sessions that were written."),
            Setting.integer(
                    "clickstream.profile-waiting-seconds",
                    0,
                    86_400,
                    "The same while a file of clicks is read: sessions and alerts go before."),
            Setting.integer(
                    "clickstream.appeal-days",
                    1,
                    3_650,
                    "For how long after an alert about a user their tickets of the category account dispute it."),
            Setting.integer(
                    "clickstream.silence-days",
                    1,
                    3_650,
                    "For how long a rule says nothing about a user whose appeal was confirmed."),
            Setting.bool(
                    "clickstream.parquet",
                    "Whether clicks, and the sessions of days that are over, are written to the archive as Parquet."),
            Setting.integer(
                    "clickstream.parquet-pages",
                    1,
                    10_000,
                    "Clicks are written to the archive when there are so many pages of them, which are a file for each day."),
            Setting.integer(
                    "clickstream.parquet-waiting-pages",
                    1,
                    1_000_000,
                    "So many pages of clicks may wait for the archive while files are read: sessions and alerts go before."),
            Setting.integer(
                    "clickstream.parquet-seconds",
                    0,
                    86_400,
                    "After so long clicks are written to the archive, though they are few."),
            Setting.integer(
                    "clickstream.archive-seconds",
                    1,
                    3_600,
                    "How often it is looked whether there are clicks or sessions to write to the archive."),
            Setting.integer(
                    "clickstream.clicks-kept-days",
                    1,
                    36_500,
                    "For how long what tells of single clicks is kept, in the database and as Parquet, from the end of their day on."),
            Setting.integer(
                    "clickstream.sessions-kept-days",
                    1,
                    36_500,
                    "For how long sessions and minutes are kept, in the database and as Parquet, from the end of their day on."),
            Setting.integer(
                    "clickstream.retention-seconds",
                    1,
                    86_400,
                    "How often it is looked whether clicks, sessions and minutes have been kept for long enough."),
            Setting.text("tasks.queue", "FIFO queue of lanes that have tasks to do; .fifo is added to its name."),
            Setting.integer(
                    "tasks.consumers",
                    1,
                    64,
                    "Lanes worked on at a time; one that waits for a slow handler holds up no other while there are more."),
            Setting.integer(
                    "tasks.visibility-seconds",
                    2,
                    43_200,
                    "How long a lane stays with a worker that gives no sign of life, and its message hidden after a crash."),
            Setting.integer(
                    "tasks.requests-per-second",
                    1,
                    100_000,
                    "How often each API key may hand tasks in, in the long run."),
            Setting.integer("tasks.requests-at-once", 1, 100_000, "And how often at once, after a pause."),
            Setting.text(
                    "tasks.origins",
                    "Sites whose scripts may call /tasks from a browser (CORS), with commas: https://shop.example; empty: none."),
            Setting.optionalUrl(
                    "tasks.http-url", "Where the handler http posts tasks to; empty: there is no such handler."),
            secret("tasks.http-secret", "Secret that signs them, as in Standard Webhooks."),
            Setting.integer(
                    "tasks.http-timeout-seconds", 1, 600, "How long an answer to them, or to a webhook, may take."),
            Setting.optionalUrl(
                    "tasks.notify-url", "Where webhooks about tasks that are done or parked go; empty: nowhere."),
            secret("tasks.notify-secret", "Secret that signs them, as in Standard Webhooks."),
            Setting.text(
                    "jwt.issuer",
                    "Whose tokens (JWT) are taken beside API keys; empty: nobody's. The next three belong to it."),
            Setting.text("jwt.audience", "What a token has to be meant for."),
            Setting.optionalUrl("jwt.jwks-url", "Where the issuer's public keys are."),
            Setting.text(
                    "jwt.role-claim",
                    "Claim of a token, text or list, that names the role: producer, viewer or operator."),
            Setting.text(
                    "images.bucket",
                    "Bucket the images of products are copied to; empty: the shop shows the supplier's."),
            Setting.text("images.public-url", "Where browsers find that bucket."),
            Setting.text(
                    "images.hosts",
                    "Hosts images may be copied from, with commas: img.example.com means https; another scheme or port is written out."),
            Setting.text("images.types", "Media types that are copied, with commas."),
            Setting.integer("images.max-bytes", 1_000, 100_000_000, "A larger image is not copied."),
            Setting.integer(
                    "evidence.kept-days",
                    1,
                    36_500,
                    "For how long dead letters, quarantined records and alerts are kept after they were closed; what is open stays."),
            Setting.integer(
                    "evidence.retention-seconds",
                    1,
                    86_400,
                    "How often it is looked which of them have been kept for long enough."),
            Setting.integer("retry.attempts", 1, 1000, "How often what can heal is tried before it is parked."),
            Setting.integer(
                    "retry.first-delay-milliseconds",
                    1,
                    60_000,
                    "Wait before the second attempt; it doubles from there, with full jitter."),
            Setting.integer("retry.max-delay-seconds", 1, 43_200, "Longest wait between attempts."),
            Setting.integer("circuit.failures", 1, 1000, "Failed pages in a row that suspend a target's queue."),
            Setting.integer(
                    "circuit.pause-milliseconds", 100, 3_600_000, "How long it stays suspended before the next try."),
            Setting.matching(
                    "shadow.routes",
                    "(file:.+)?",
                    "must be file:FOLDER, or empty",
                    "Folder of changed routes that a share of the records goes through beside the ones in force, to be compared; empty: none does."),
            Setting.integer("shadow.percent", 0, 100, "How many of a hundred records that is."),
            Setting.integer(
                    "metrics.period-seconds",
                    1,
                    3600,
                    "How often queues and database are asked for what metrics tell of them."),
            Setting.matching(
                    "approval.actions",
                    "|(edit|replay|erase)(,(edit|replay|erase))*",
                    "must be empty, or some of edit, replay and erase, such as edit,replay",
                    "What operators do that a second operator has to approve before it is done: edit and replay (of many) dead letters, erase a customer."),
            Setting.integer(
                    "approval.replay-letters",
                    0,
                    1_000_000,
                    "With approval.actions=replay: a replay of more letters than this needs the approval."),
            Setting.text(
                    "erasure.personal-fields",
                    "Names of members and columns that tell of a person, in any spelling: when a customer is erased, what stands there goes. A comma between two."),
            Setting.text(
                    "erasure.place-fields",
                    "Names of members of an address, or of whatever else is personal as a whole, that stay. A comma between two."),
            Setting.text(
                    "erasure.goods-fields",
                    "Names of members that tell of things a customer bought: whatever is in them stays. A comma between two."),
            Setting.text(
                    "erasure.user-fields",
                    "Names of members and columns that say who it was, in any spelling: what somebody else did in a session of an erased customer stays theirs. A comma between two."),
            Setting.text(
                    "erasure.session-fields",
                    "Names of members and columns that say in which session of the tracker it was, in any spelling: clicks without a user are known by it. A comma between two."),
            Setting.integer(
                    "erasure.period-seconds",
                    1,
                    3600,
                    "How often it is looked whether somebody is to be erased, or has come back."),
            Setting.integer(
                    "erasure.list-milliseconds",
                    0,
                    60_000,
                    "How old the list of erased customers may be that records coming in are compared with."),
            Setting.integer(
                    "erasure.settle-seconds",
                    0,
                    3600,
                    "How long records that are being read when an erasure begins may take until they are stored: it does not end sooner."),
            Setting.integer(
                    "erasure.event-archive-days",
                    0,
                    36_500,
                    "For how long the bus' archive keeps events; certificates of erasures say so, as with the four below."),
            Setting.integer("erasure.log-days", 0, 36_500, "For how long logs are kept."),
            Setting.integer(
                    "erasure.access-log-days", 0, 36_500, "For how long it is kept who called the load balancer."),
            Setting.integer(
                    "erasure.former-version-days",
                    0,
                    36_500,
                    "For how long the buckets keep what was replaced or deleted."),
            Setting.integer("erasure.backup-days", 0, 36_500, "For how long backups of the database are kept."),
            Setting.integer(
                    "console.idle-seconds",
                    60,
                    43_200,
                    "How long somebody stays signed in at the console, or at Hawtio, without a click."),
            Setting.integer("http.max-body-bytes", 1_000, 100_000_000, "Largest body the public port accepts."),
            Setting.optionalUrl(
                    "otel.exporter.otlp.endpoint",
                    "Where traces are sent: OpenTelemetry's OTLP over HTTP, such as http://localhost:4318; empty: nothing is traced."),
            Setting.matching(
                    "otel.exporter.otlp.headers",
                    NAMED_VALUES,
                    "must look like NAME=VALUE,NAME=VALUE",
                    "Headers sent with traces, NAME=VALUE, separated by commas, such as a collector's key."),
            Setting.oneOf("otel.exporter.otlp.protocol", "How traces are sent.", "http/protobuf"),
            Setting.text("otel.service.name", "What this instance is called in traces."),
            Setting.matching(
                    "otel.resource.attributes",
                    NAMED_VALUES,
                    "must look like NAME=VALUE,NAME=VALUE",
                    "What else is said of it there, NAME=VALUE, separated by commas."),
            Setting.oneOf(
                    "otel.traces.sampler",
                    "Which traces are told of; with a ratio, otel.traces.sampler.arg is it.",
                    "always_on",
                    "always_off",
                    "traceidratio",
                    "parentbased_always_on",
                    "parentbased_always_off",
                    "parentbased_traceidratio"),
            Setting.matching(
                    "otel.traces.sampler.arg",
                    "0(\\.\\d+)?|1(\\.0+)?",
                    "must be between 0 and 1",
                    "Which share of all traces that is, from 0 to 1."));

    private static Setting secret(String key, String description) {
        return Setting.matching(
                key,
                "((whsec_[A-Za-z0-9+/=]+)(\\s+whsec_[A-Za-z0-9+/=]+)*)?",
                "must be whsec_… (several, separated by blanks, while rotating)",
                description);
    }

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^{}]+)}}");

    private final Map<String, String> environment;
    private final Properties properties;

    private Settings(Map<String, String> environment, Properties properties) {
        this.environment = environment;
        this.properties = properties;
    }

    /** The settings of this process. */
    public static Settings ofProcess() {
        return ofProcess(System.getenv());
    }

    /** As {@link #ofProcess()}, with another environment. */
    public static Settings ofProcess(Map<String, String> environment) {
        var properties = defaults();
        var beside = Path.of("application.properties");
        if (Files.isRegularFile(beside)) {
            try (var in = Files.newBufferedReader(beside)) {
                properties.load(in);
            } catch (IOException e) {
                throw new BadSettings("cannot read " + beside.toAbsolutePath() + ": " + e.getMessage());
            }
        }
        return new Settings(environment, properties);
    }

    /** Defaults overlaid with the given environment; for tests. */
    public static Settings of(Map<String, String> environment) {
        return new Settings(environment, defaults());
    }

    /** These settings with others in their place, given by their variables. */
    public Settings with(Map<String, String> variables) {
        var all = new TreeMap<>(environment);
        all.putAll(variables);
        return new Settings(all, properties);
    }

    private static Properties defaults() {
        var properties = new Properties();
        try (var in = Settings.class.getResourceAsStream("/application.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    /**
     * Checks them all, so that one start names every mistake.
     *
     * @throws BadSettings one sentence a problem, each naming the environment variable to set
     */
    public Settings validated() {
        var flaws = flaws(true);
        if (!flaws.isEmpty())
            throw new BadSettings(flaws.stream().map(Flaw::what).collect(Collectors.joining(System.lineSeparator())));
        return this;
    }

    /**
     * Something wrong with a setting.
     *
     * @param key         of the setting
     * @param environment whether it comes from the environment; otherwise from {@code application.properties}, or it is missing
     * @param what        one sentence that names the environment variable to set
     */
    public record Flaw(String key, boolean environment, String what) {}

    /**
     * All that is wrong.
     *
     * @param complete whether what {@link #validated run needs} and is not set counts
     */
    public List<Flaw> flaws(boolean complete) {
        var flaws = new ArrayList<Flaw>();
        for (var setting : ALL) {
            var value = text(setting.key());
            var environmental = environment.containsKey(setting.variable());
            if (value.isEmpty() && setting.required()) {
                if (complete)
                    flaws.add(new Flaw(
                            setting.key(), environmental, "set " + setting.variable() + ": " + setting.description()));
                continue;
            }
            unresolved(value)
                    .map(name -> "refers to " + name + ", which is not set")
                    .or(() -> setting.problem().apply(value))
                    .ifPresent(problem -> flaws.add(new Flaw(
                            setting.key(),
                            environmental,
                            setting.variable() + (secret(setting.key()) ? "" : "=" + value) + " " + problem + ": "
                                    + setting.description())));
        }
        return flaws;
    }

    /** Keys of all settings there are, set or not. */
    public static Set<String> keys() {
        return ALL.stream().map(Setting::key).collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * The value, placeholders such as {@code {{caravan.prefix}}} resolved; empty text when unset.
     *
     * @throws BadSettings when a placeholder leads back to the value it stands in
     */
    public String text(String key) {
        return find(key).orElse("").strip();
    }

    public int integer(String key) {
        return Math.toIntExact(number(key));
    }

    public long number(String key) {
        return Long.parseLong(text(key));
    }

    public boolean flag(String key) {
        return Boolean.parseBoolean(text(key));
    }

    public URI uri(String key) {
        return URI.create(text(key));
    }

    /** A duration whose unit is the last word of the key: milliseconds, seconds or days. */
    public Duration duration(String key) {
        if (key.endsWith("milliseconds")) return Duration.ofMillis(number(key));
        if (key.endsWith("seconds")) return Duration.ofSeconds(number(key));
        if (key.endsWith("days")) return Duration.ofDays(number(key));
        throw new IllegalArgumentException("no unit in the key " + key);
    }

    /** The value's origin, for the list of settings in force: {@code environment}, {@code application.properties} or {@code unset}. */
    String origin(Setting setting) {
        if (given(setting.variable()).isPresent()) return "environment";
        return properties.containsKey(setting.key()) ? "application.properties" : "unset";
    }

    /**
     * A setting as it is in force.
     *
     * @param value  {@code set} instead of a secret; empty when there is none
     * @param origin {@code environment}, {@code application.properties} or {@code unset}
     */
    public record InForce(String key, String variable, String value, String origin, String description) {}

    /** All settings as they are in force, in the order of {@code docs/settings.md}; secrets are not told. */
    public List<InForce> inForce() {
        return ALL.stream()
                .map(setting -> new InForce(
                        setting.key(),
                        setting.variable(),
                        secret(setting.key()) && !text(setting.key()).isEmpty() ? "set" : text(setting.key()),
                        origin(setting),
                        setting.description()))
                .toList();
    }

    /** Values that nobody is to be told, such as API keys of targets; each at least eight characters long. */
    public List<String> secrets() {
        var values = ALL.stream()
                .filter(setting -> secret(setting.key()))
                .flatMap(setting -> Stream.of(text(setting.key()).split("\\s+")));
        var medusa = text("medusa.api-key") + ":";
        var encoded = Base64.getEncoder().encodeToString(medusa.getBytes(StandardCharsets.UTF_8));
        return Stream.concat(values, Stream.of(encoded))
                .filter(value -> value.length() >= 8)
                .toList();
    }

    /** Keys in {@code application.properties} that are neither settings nor Camel's own. */
    public Set<String> unknown() {
        var unknown = new TreeSet<>(properties.stringPropertyNames());
        ALL.forEach(setting -> unknown.remove(setting.key()));
        unknown.removeIf(key -> key.startsWith("camel."));
        return unknown;
    }

    /** All values as Camel properties, so that {@code {{key}}} in YAML and {@link #text} never differ. */
    public Properties forCamel() {
        var all = new Properties();
        properties.stringPropertyNames().forEach(key -> all.setProperty(key, text(key)));
        ALL.forEach(setting -> find(setting.key()).ifPresent(value -> all.setProperty(setting.key(), value.strip())));
        return all;
    }

    private Optional<String> find(String key) {
        return find(key, Set.of());
    }

    private Optional<String> find(String key, Set<String> within) {
        if (within.contains(key)) throw new BadSettings("the value of " + key + " refers to itself: {{" + key + "}}");
        var outer = new TreeSet<>(within);
        outer.add(key);
        return given(Setting.variable(key))
                .or(() -> Optional.ofNullable(properties.getProperty(key)))
                .map(value -> resolved(value, outer))
                .map(value -> key.equals("database.url") ? withLogin(value) : value);
    }

    private String withLogin(String url) {
        var whole = new StringBuilder(url.strip());
        for (var name : List.of("user", "password"))
            find("database." + name).filter(value -> !value.isBlank()).ifPresent(value -> whole.append(
                            whole.indexOf("?") < 0 ? '?' : '&')
                    .append(name)
                    .append('=')
                    .append(URLEncoder.encode(value.strip(), StandardCharsets.UTF_8)));
        return whole.toString();
    }

    /** A variable that is empty counts as not set: that is how compose files pass on what nobody has set. */
    private Optional<String> given(String variable) {
        return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
    }

    /** Placeholders that name nothing of ours are left as they are: Camel has some of its own. */
    private String resolved(String value, Set<String> within) {
        return PLACEHOLDER
                .matcher(value)
                .replaceAll(found -> Matcher.quoteReplacement(
                        find(found.group(1), within).map(String::strip).orElse(found.group())));
    }

    private static Optional<String> unresolved(String value) {
        var found = PLACEHOLDER.matcher(value);
        return found.find() ? Optional.of(found.group()) : Optional.empty();
    }

    private static boolean secret(String key) {
        return key.contains("key")
                || key.contains("secret")
                || key.endsWith(".headers")
                || key.equals("database.url")
                || key.equals("database.password");
    }
}
