package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.api.Api;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.aws.ClaimCheck;
import dev.caravan.aws.EventPublisher;
import dev.caravan.deadletters.Failures;
import dev.caravan.deadletters.Replay.Sender;
import dev.caravan.journey.Journey;
import dev.caravan.ledger.Ledger;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Port;
import dev.caravan.products.medusa.FieldOwners;
import dev.caravan.products.medusa.MedusaShop;
import dev.caravan.products.medusa.Sellability;
import dev.caravan.products.medusa.ShopDifferences;
import dev.caravan.products.medusa.ShopSettings;
import dev.caravan.products.pimcore.PimcoreDifferences;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.products.pimcore.PimcoreProducts;
import dev.caravan.products.pimcore.PimcoreReader;
import dev.caravan.products.pimcore.PimcoreSweep;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.records.Mapping;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import dev.caravan.state.LastSent;
import dev.caravan.uploads.Uploads;
import dev.caravan.webhooks.StandardWebhooks;
import dev.caravan.webhooks.StandardWebhooks.RememberedIds;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.services.s3.S3Client;

/** The products flow put together: what its routes name, by the names they use. */
public final class ProductsModule {
    /** Objects in one page of a listing of Pimcore's. */
    private static final int LISTED_PER_REQUEST = 500;

    private final Map<String, Object> beans;
    private final ProductDesk desk;
    private final PimcoreHook hook;
    private final Reconcile reconcile;
    private final Provenance provenance;
    private final Approvals approvals;
    private final Function<RouteFiles, Runnable> edited;

    /** What the flow needs of the instance it runs in. */
    public record Needs(
            Settings settings,
            RouteFiles routes,
            Suppliers suppliers,
            Database database,
            Ledger ledger,
            Journey journey,
            Quarantine quarantine,
            Failures failures,
            Audit audit,
            Outcomes outcomes,
            Tracing tracing,
            LastSent lastSent,
            EventPublisher events,
            ClaimCheck claims,
            Sender sender,
            StandardWebhooks webhooks,
            RememberedIds webhookIds,
            Port pimcore,
            Port medusa,
            S3Client s3,
            Optional<Pretence> pretence,
            Clock clock) {}

    public ProductsModule(Needs needs) {
        var settings = needs.settings();
        var clock = needs.clock();
        var products = new ProductStore(clock);
        var notices = new Notices(needs.tracing(), clock);
        var suppliers = needs.suppliers();
        var sellability = new Sellability(
                settings.flag("products.image-required"),
                name -> suppliers.find(name).map(Supplier::stockWhenAbsent).orElse(StockWhenAbsent.HOLD));
        var holds = new HoldRules(settings.text("products.publish").equals("when-complete"), sellability);
        var pimcoreReader = new PimcoreReader(needs.pimcore(), PimcoreReader.PRODUCTS_PER_REQUEST, clock);
        var pimcoreMapping = PimcoreMapping.compile(needs.routes().bytes(PimcoreMapping.FILE), PimcoreMapping.FILE);
        var pimcoreSettings = new PimcoreProducts.Settings(settings.integer("pimcore.objects-per-request"), true);
        var pimcoreDifferences = new PimcoreDifferences(needs.pimcore(), pimcoreMapping, pimcoreSettings, clock);
        var owners = FieldOwners.load(needs.routes());
        var shopDifferences = new ShopDifferences(
                needs.medusa(), mine -> new MedusaShop(mine, ShopSettings.of(settings), owners, clock), clock);
        var pimcoreProducts = new PimcoreProducts(needs.pimcore(), pimcoreMapping, pimcoreSettings, clock);
        var pimcore = needs.pretence()
                .map(pretence -> pretence.pimcore(pimcoreDifferences, pimcoreMapping))
                .orElse(pimcoreProducts);
        var shop = needs.pretence()
                .map(pretence -> pretence.shop(shopDifferences))
                .orElseGet(() -> new MedusaShop(needs.medusa(), ShopSettings.of(settings), owners, clock));
        var images = ImageHosting.Rules.of(settings)
                .<UnaryOperator<ObjectNode>>map(rules ->
                        new ImageHosting(rules, needs.pretence().isEmpty(), needs.database(), needs.s3(), clock))
                .orElse(UnaryOperator.identity());
        var shopMapping = new ShopMapping(needs.routes(), sellability, images);
        edited = files -> {
            var newSuppliers = Suppliers.load(files);
            var newPimcoreMapping = PimcoreMapping.compile(files.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE);
            var newShopMapping = Mapping.of(files, ShopMapping.FILE);
            var newOwners = FieldOwners.load(files);
            return () -> {
                suppliers.becomes(newSuppliers);
                pimcoreMapping.becomes(newPimcoreMapping);
                shopMapping.becomes(newShopMapping);
                owners.becomes(newOwners);
            };
        };
        var normalise = new ProductNormalise(
                needs.database(),
                needs.ledger(),
                needs.journey(),
                needs.quarantine(),
                new Normaliser(),
                new Admission(products, needs.ledger()),
                needs.outcomes(),
                page -> needs.pretence().ifPresent(pretence -> pretence.normalised(page)),
                clock);
        var publications = new Publications(
                needs.database(), notices, needs.events(), pimcoreReader, sweep(needs, settings, clock), clock);
        hook = new PimcoreHook(needs.webhooks(), needs.webhookIds(), publications);
        desk = new ProductDesk(
                needs.database(),
                products,
                needs.ledger(),
                needs.journey(),
                needs.quarantine(),
                suppliers,
                normalise,
                needs.events(),
                needs.sender(),
                settings.text("uploads.queue"),
                needs.audit());
        provenance = new Provenance(
                needs.database(),
                products,
                needs.ledger(),
                needs.journey(),
                suppliers,
                ReaderLimits.of(settings, "uploads.max-record-bytes"),
                upload -> needs.s3().getObject(Uploads.request(upload)),
                needs.medusa());
        reconcile = new Reconcile(
                new Reconcile.Needs(
                        needs.database(),
                        products,
                        notices,
                        needs.ledger(),
                        needs.journey(),
                        needs.audit(),
                        suppliers,
                        normalise,
                        ReaderLimits.of(settings, "uploads.max-record-bytes"),
                        upload -> needs.s3().getObject(Uploads.request(upload)),
                        holds,
                        shopMapping,
                        needs.lastSent()),
                sweep(needs, settings, clock),
                pimcoreReader,
                pimcoreDifferences,
                shopDifferences);
        approvals = new Approvals(
                needs.database(),
                products,
                needs.ledger(),
                needs.journey(),
                needs.audit(),
                pimcoreReader,
                pimcoreProducts,
                shopMapping);
        beans = Map.of(
                "productIntake",
                new ProductIntake(
                        needs.database(),
                        needs.ledger(),
                        products,
                        suppliers,
                        ReaderLimits.of(settings, "uploads.max-record-bytes"),
                        settings.integer("uploads.page-size"),
                        clock),
                "productNormalise",
                normalise,
                "pimcoreStep",
                new PimcoreStep(
                        needs.database(),
                        products,
                        notices,
                        needs.ledger(),
                        needs.journey(),
                        needs.failures(),
                        needs.claims(),
                        pimcore,
                        holds,
                        needs.outcomes()),
                "medusaStep",
                new MedusaStep(
                        needs.database(),
                        products,
                        notices,
                        needs.ledger(),
                        needs.journey(),
                        needs.failures(),
                        pimcoreReader,
                        shopMapping,
                        holds,
                        shop,
                        needs.lastSent(),
                        needs.outcomes()),
                "publications",
                publications,
                "pimcoreComparison",
                new PimcoreComparison(
                        needs.database(),
                        notices,
                        sweep(needs, settings, clock),
                        settings.duration("publications.compare-seconds"),
                        clock));
    }

    /** Beans by the names the routes use. */
    public Map<String, Object> beans() {
        return beans;
    }

    /**
     * Reads edited mappings, schemas and suppliers' settings.
     *
     * @return puts them into use: records mapped from then on are mapped by them, those in work by what they began with
     * @throws dev.caravan.failure.BadSettings when one is wrong; then nothing has changed
     */
    public Runnable edited(RouteFiles files) {
        return edited.apply(files);
    }

    public ProductDesk desk() {
        return desk;
    }

    public Approvals approvals() {
        return approvals;
    }

    /** Why the values of a product's field are what they are, as {@code GET /api/provenance} tells it. */
    public JsonNode explain(String product, String field) {
        return provenance.of(product, field);
    }

    /** Adds the flow's public endpoints. */
    public void addTo(Api api) {
        api.on("POST", "/hooks/pimcore", null, hook::receive);
        api.on("POST", "/api/reconcile", Role.OPERATOR, reconcile::answer);
        api.on("GET", "/api/provenance", Role.VIEWER, provenance::answer);
        new ApprovalsApi(approvals).addTo(api);
    }

    private static PimcoreSweep sweep(Needs needs, Settings settings, Clock clock) {
        return new PimcoreSweep(
                needs.pimcore(), settings.duration("publications.sweep-overlap-seconds"), LISTED_PER_REQUEST, clock);
    }
}
