package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.records;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Defect;
import dev.caravan.products.ProductGenerator.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The console of the packaged JAR in a real browser: what an operator does there, and that everybody can. */
@Tag("browser")
class ConsoleIT {
    private static final Path CHROMIUM = Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium"));
    private static final double PATIENCE = 45_000;
    private static final String VIEWER = ApiKeys.generate();
    private static final List<String> PAGES = List.of(
            "",
            "/uploads",
            "/search",
            "/dead-letters",
            "/replays",
            "/quarantine",
            "/publishing",
            "/settings",
            "/throughput",
            "/reports",
            "/reports?name=low-stock",
            "/alerts",
            "/live",
            "/change-requests",
            "/shadow");

    private static Stack stack;
    private static Playwright playwright;
    private static Browser chromium;
    private static String parked;
    private static String delivered;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() {
        stack = Stack.start("console-it", settings -> settings.withKey("viewer", Role.VIEWER, VIEWER));
        // Chromium is the system's; nothing is downloaded.
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        chromium = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(CHROMIUM).setArgs(List.of("--no-sandbox")));
        stack.delivered("products/shein/winter.json", generated(Options.of("shein", 24, 81)));
        stack.delivered(
                "products/shein/misprints.json",
                generated(Options.of("shein", 6, 82).withDefects(0.5, EnumSet.of(Defect.ZERO_PRICE, Defect.NO_SKU))));
        var file = generated(Options.of("shein", 5, 83));
        var ids = ids(file);
        ids.subList(0, 3)
                .forEach(id -> stack.sandbox().pimcore().faults().reject("shein:" + id, "the price list is closed"));
        stack.delivered("products/shein/spring.json", file);
        parked = ids.get(0);
        delivered = ids.get(4);
        for (var sample : List.of("catalog/product_catalog.json", "inventory/inventory.csv", "orders/orders.jsonl"))
            stack.delivered(sample, sample(Path.of(sample).getFileName()));
    }

    private static byte[] sample(Path name) {
        try {
            return Files.readAllBytes(Path.of("samples").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stop() {
        if (chromium != null) chromium.close();
        if (playwright != null) playwright.close();
        if (stack != null) stack.close();
    }

    @AfterEach
    void close() {
        if (context != null) context.close();
    }

    @Test
    void an_operator_finds_a_failed_product_rehearses_edits_and_replays_it_and_sees_it_on_sale() {
        signIn(stack.caravan().options().apiKey(), ColorScheme.LIGHT, 1200);
        picture("overview");
        link("dead letters to look at").click();
        link("the price list is closed").click();
        picture("group");
        link("shein/" + parked).click();
        PlaywrightAssertions.assertThat(page.locator(".error")).containsText("the price list is closed");
        picture("letter");
        button("Rehearse it").click();
        PlaywrightAssertions.assertThat(page.locator("main"))
                .containsText(
                        "1 would send again what was refused before", new ContainsTextOptions().setTimeout(PATIENCE));
        page.goBack();
        stack.sandbox().pimcore().faults().accept("shein:" + parked);
        edit("Renamed by hand");
        button("Rehearse it as edited").click();
        PlaywrightAssertions.assertThat(page.locator("main"))
                .containsText("1 would pass", new ContainsTextOptions().setTimeout(PATIENCE));
        PlaywrightAssertions.assertThat(page.locator("main")).containsText("written to Pimcore and published");
        page.goBack();

        button("Replay it as edited").click();
        PlaywrightAssertions.assertThat(page.locator(".notice")).containsText("1 letter sent back");
        link("its journey").click();

        var journey = page.locator(".timeline");
        eventually(() -> {
            page.reload();
            return journey.innerText().contains("created in Medusa: on sale");
        });
        PlaywrightAssertions.assertThat(journey).containsText("parked: ");
        PlaywrightAssertions.assertThat(journey).containsText("replayed by demo");
        picture("journey");
        assertThat(stack.onSale("sar").get("shein-" + parked).path("title").asText())
                .isEqualTo("Renamed by hand");
        assertThat(complaints).isEmpty();
    }

    @Test
    void an_upload_shows_its_progress_without_a_click() {
        signIn(VIEWER, ColorScheme.LIGHT, 1200);
        link("Uploads").click();

        stack.upload("products/shein/live.json", generated(Options.of("shein", 7, 84)));

        var row = page.locator("tr", new Page.LocatorOptions().setHasText("products/shein/live.json"));
        PlaywrightAssertions.assertThat(row).containsText("7 of 7", new ContainsTextOptions().setTimeout(PATIENCE));
        PlaywrightAssertions.assertThat(row)
                .containsText("7 delivered", new ContainsTextOptions().setTimeout(PATIENCE));
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_report_is_chosen_drawn_and_narrowed_to_a_status() {
        signIn(VIEWER, ColorScheme.LIGHT, 1200);
        link("Reports").click();
        PlaywrightAssertions.assertThat(page.locator("h2")).hasText("Daily revenue");

        page.getByLabel("Report").selectOption("top-products");
        button("Show").click();

        PlaywrightAssertions.assertThat(page.locator("h2")).hasText("Top products");
        PlaywrightAssertions.assertThat(page.locator("svg.report-chart rect").first())
                .isVisible();
        assertThat(first()).isEqualTo(first("confirmed"));
        picture("report");

        page.getByLabel("Status").fill("confirmed,pending");
        button("Show").click();

        PlaywrightAssertions.assertThat(page).hasURL(Pattern.compile("status=confirmed%2Cpending"));
        assertThat(first()).isEqualTo(first("confirmed,pending")).isNotEqualTo(first("confirmed"));
        assertThat(complaints).isEmpty();
    }

    /** The first row of the report, as the page shows it. */
    private String first() {
        return page.locator("section tbody tr").first().innerText();
    }

    /** The same, as the API tells it. */
    private static String first(String statuses) {
        var row = stack.caravan()
                .get("/api/reports/top-products?status=" + statuses)
                .at("/rows/0");
        return StreamSupport.stream(row.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining("\t"));
    }

    @Test
    void a_ramp_is_followed_to_its_pause_and_resumed() {
        var file = generated(Options.of("shein", 4, 85));
        var faults = stack.sandbox().pimcore().faults();
        ids(file).forEach(id -> faults.reject("shein:" + id, "the season is over"));
        stack.delivered("products/shein/season.json", file);
        signIn(stack.caravan().options().apiKey(), ColorScheme.DARK, 1200);
        link("Dead letters").click();
        link("the season is over").click();

        button("Replay all 4").click();
        var replay = page.locator("article", new Page.LocatorOptions().setHasText("A ramp: 4 letters"));
        PlaywrightAssertions.assertThat(replay)
                .containsText("paused: 1 of the last 1 failed again", new ContainsTextOptions().setTimeout(PATIENCE));
        ids(file).forEach(id -> faults.accept("shein:" + id));
        button("Resume").click();

        PlaywrightAssertions.assertThat(replay)
                .containsText("3 came through, 1 failed again", new ContainsTextOptions().setTimeout(PATIENCE));
        assertThat(complaints).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void axe_finds_nothing_serious_on_any_page(ColorScheme scheme) {
        signIn(stack.caravan().options().apiKey(), scheme, 1200);

        for (var path : pages()) {
            page.navigate(url(path));
            assertThat(serious()).as(scheme + " " + path).isEmpty();
        }
        button("Sign out demo").click();
        page.waitForURL("**/sign-in");
        assertThat(serious()).as(scheme + " sign-in").isEmpty();
        assertThat(complaints).isEmpty();
    }

    @Test
    void nothing_has_to_be_scrolled_sideways_on_a_narrow_screen() {
        signIn(stack.caravan().options().apiKey(), ColorScheme.LIGHT, 360);

        for (var path : pages()) {
            page.navigate(url(path));
            assertThat(page.evaluate("document.documentElement.scrollWidth"))
                    .as(path)
                    .isEqualTo(360);
        }
    }

    @Test
    void without_a_mouse_the_first_key_leads_past_the_menu_and_a_search_needs_the_keyboard_only() {
        signIn(VIEWER, ColorScheme.LIGHT, 1200);
        page.navigate(url("/search"));

        page.keyboard().press("Tab");
        assertThat(focused()).isEqualTo("Skip to the content");
        page.keyboard().press("Enter");
        page.keyboard().press("Tab");
        page.keyboard().type(delivered);
        page.keyboard().press("Enter");

        PlaywrightAssertions.assertThat(page.locator(".timeline")).containsText("created in Medusa: on sale");
    }

    /** Gives the product of the letter that is shown another English name. */
    private void edit(String name) {
        page.getByText("Edit the message").click();
        var message = Json.read(page.locator("textarea").inputValue());
        ((ObjectNode) message.at("/detail/product/name")).put("en", name);
        page.locator("textarea").fill(message.toPrettyString());
        page.locator("form[action='/console/edit'] input[name='why']").fill("the supplier's name for it is a number");
        button("Keep the edit").click();
        PlaywrightAssertions.assertThat(page.locator(".notice")).containsText("the edit is kept");
        PlaywrightAssertions.assertThat(page.locator("ins")).hasText(name);
    }

    private Object focused() {
        return page.evaluate("document.activeElement.textContent");
    }

    /** Every page, those about one thing included. */
    private List<String> pages() {
        var all = new ArrayList<>(PAGES);
        all.add("/search?q=" + delivered);
        all.add("/upload?id="
                + stack.balances("products/shein/spring.json")
                        .path(0)
                        .path("upload")
                        .asText());
        all.add("/records");
        all.add("/record?id="
                + stack.quarantined("products/shein/misprints.json")
                        .path(0)
                        .path("id")
                        .asText());
        var letter = stack.caravan().get("/api/dead-letters?state=").path(0);
        all.add("/letter?id=" + letter.path("id").asText());
        all.add("/letters?group=" + letter.path("group").asText());
        return all;
    }

    private void signIn(String key, ColorScheme scheme, int width) {
        context = chromium.newContext(
                new Browser.NewContextOptions().setColorScheme(scheme).setViewportSize(width, 800));
        page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) complaints.add(message.text());
        });
        page.onPageError(complaints::add);
        page.navigate(url(""));
        page.getByLabel("API key").fill(key);
        button("Sign in").click();
        PlaywrightAssertions.assertThat(heading()).hasText("Overview");
    }

    private Locator heading() {
        return page.locator("h1");
    }

    private Locator link(String name) {
        return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name))
                .first();
    }

    private Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name))
                .first();
    }

    private List<String> serious() {
        return new AxeBuilder(page)
                .analyze().getViolations().stream()
                        .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
                        .map(ConsoleIT::told)
                        .toList();
    }

    private static String told(Rule rule) {
        return rule.getId() + ": " + rule.getNodes().get(0).getHtml() + " "
                + rule.getNodes().get(0).getFailureSummary();
    }

    /** For {@code docs/console.md}, when the lists in the documents are written anew, too. */
    private void picture(String name) {
        var folder = Boolean.getBoolean("docs.write") ? Path.of("docs", "console") : Path.of("target", "console");
        page.screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(name + ".png")));
    }

    private static void eventually(java.util.concurrent.Callable<Boolean> condition) {
        Stack.patiently().pollInSameThread().until(condition);
    }

    private static String url(String path) {
        return stack.caravan().url().resolve("/console" + path).toString();
    }

    private static List<String> ids(byte[] file) {
        return records(file).stream()
                .map(record -> record.at("/info/productInfo/goods_id").asText())
                .toList();
    }
}
