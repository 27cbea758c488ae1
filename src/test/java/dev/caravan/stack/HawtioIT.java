package dev.caravan.stack;

import static dev.caravan.stack.Stack.generated;
import static dev.caravan.stack.Stack.records;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.json.Json;
import dev.caravan.products.ProductGenerator.Options;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hawtio of the packaged JAR in a real browser: what one sees of the routes there, and who may touch them. */
@Tag("browser")
class HawtioIT {
    private static final Path CHROMIUM = Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium"));
    private static final double PATIENCE = 60_000;
    private static final double DRAWN = 10_000;
    private static final String VIEWER = ApiKeys.generate();
    private static final String DESCRIPTION = "Writes normalised products to Pimcore";

    private static Stack stack;
    private static Playwright playwright;
    private static Browser chromium;

    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() {
        stack = Stack.start("hawtio-it", settings -> settings.withKey("noor", Role.VIEWER, VIEWER));
        // Chromium is the system's; nothing is downloaded.
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        chromium = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(CHROMIUM).setArgs(List.of("--no-sandbox")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
        var file = generated(Options.of("shein", 5, 91));
        var closed = records(file).get(0).at("/info/productInfo/goods_id").asText();
        stack.sandbox().pimcore().faults().reject("shein:" + closed, "the price list is closed");
        stack.delivered("products/shein/spring.json", file);
        stack.sandbox().pimcore().faults().accept("shein:" + closed);
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
    void a_viewer_sees_routes_with_their_descriptions_numbers_diagram_and_source_and_cannot_stop_them() {
        signIn("noor", VIEWER);

        route("products-receive");
        PlaywrightAssertions.assertThat(page.locator(".react-flow__node").nth(9))
                .isVisible();
        PlaywrightAssertions.assertThat(page.locator(".react-flow__node").first())
                .containsText("From direct:produ");
        picture("diagram");

        choose("products-pimcore");
        tab("Attributes", page.getByText(DESCRIPTION).first());
        var exchanges = page.locator("tr").filter(new Locator.FilterOptions().setHasText("ExchangesTotal"));
        PlaywrightAssertions.assertThat(exchanges).containsText(Pattern.compile("[1-9]"));
        var before = exchanges.innerText();
        stack.delivered("products/shein/summer.json", generated(Options.of("shein", 3, 92)));
        PlaywrightAssertions.assertThat(exchanges).not().hasText(before);

        tab("Source", page.locator(".view-lines"));
        PlaywrightAssertions.assertThat(page.locator(".view-lines")).containsText("sqs-batch");
        picture("source");

        tab("Operations", operation("stop()"));
        execute("stop()");
        PlaywrightAssertions.assertThat(page.getByText("forbidden").first()).isVisible();
        assertThat(state("products-pimcore")).isEqualTo("Started");
    }

    @Test
    void an_operator_stops_a_route_and_starts_it_again() {
        signIn("demo", stack.caravan().options().apiKey());
        route("products-sweep");
        tab("Operations", operation("stop()"));

        execute("stop()");
        Stack.patiently().pollInSameThread().until(() -> state("products-sweep").equals("Stopped"));
        execute("start()");

        Stack.patiently().pollInSameThread().until(() -> state("products-sweep").equals("Started"));
    }

    @Test
    void an_operator_traces_messages_through_a_route() {
        signIn("demo", stack.caravan().options().apiKey());
        route("products-receive");
        tab("Trace", button("Start Tracing"));
        button("Start Tracing").click();
        PlaywrightAssertions.assertThat(button("Stop Tracing")).isVisible();

        // What the tracer gives away it forgets: an answer that comes while Hawtio draws its page anew is lost.
        var files = new AtomicInteger();
        Stack.patiently().pollInSameThread().untilAsserted(() -> {
            stack.delivered(
                    "products/shein/traced-" + files.incrementAndGet() + ".json",
                    generated(Options.of("shein", 3, 930 + files.get())));
            PlaywrightAssertions.assertThat(page.getByText("Awaiting tracing messages."))
                    .isHidden(new LocatorAssertions.IsHiddenOptions().setTimeout(15_000));
        });
        PlaywrightAssertions.assertThat(page.locator("table tbody tr").first()).isVisible();
        picture("trace");
        button("Stop Tracing").click();
        PlaywrightAssertions.assertThat(button("Start Tracing")).isVisible();
    }

    @Test
    void an_operator_stops_a_message_at_a_breakpoint_and_lets_it_go_on() {
        signIn("demo", stack.caravan().options().apiKey());
        route("products-normalise");
        tab("Debug", button("Start Debugging"));
        button("Start Debugging").click();
        page.locator(".react-flow__node").nth(2).click();
        button("Add breakpoint").click();
        PlaywrightAssertions.assertThat(button("Remove breakpoint")).isVisible();

        var version = stack.upload("products/shein/stopped.json", generated(Options.of("shein", 3, 94)));
        PlaywrightAssertions.assertThat(button("Resume")).isEnabled();
        picture("debug");
        assertThat(stack.balance("products/shein/stopped.json", version)
                        .path("atRest")
                        .asBoolean())
                .isFalse();
        button("Stop Debugging").click();

        assertThat(stack.atRest("products/shein/stopped.json", version)
                        .path("received")
                        .asInt())
                .isEqualTo(3);
    }

    @Test
    void an_operator_replays_a_dead_letter() {
        var letter = stack.caravan().get("/api/dead-letters").path(0);
        signIn("demo", stack.caravan().options().apiKey());
        beans();
        choose("DeadLetters");
        PlaywrightAssertions.assertThat(page.getByText("Causes")).isVisible();
        tab("Operations", operation("replayOne(String)"));

        execute("replayOne(String)", letter.path("id").asText());

        PlaywrightAssertions.assertThat(operation("replayOne(String)")).containsText("\"replayed\" : 1");
        picture("dead-letters");
        Stack.patiently().pollInSameThread().until(() -> stack.journey(
                        letter.path("lane").asText().replaceFirst("shein/", ""))
                .toString()
                .contains("created in Medusa"));
    }

    @Test
    void who_has_a_wrong_key_stays_outside() {
        open();
        fill("noor", ApiKeys.generate());

        PlaywrightAssertions.assertThat(page.getByText("Invalid login credentials"))
                .isVisible();
    }

    private void signIn(String name, String key) {
        open();
        fill(name, key);
        PlaywrightAssertions.assertThat(page.getByText("Expand all")).isVisible();
    }

    private void open() {
        context = chromium.newContext(new Browser.NewContextOptions().setViewportSize(1500, 900));
        page = context.newPage();
        page.setDefaultTimeout(PATIENCE);
        page.navigate(url("/"));
    }

    private void fill(String name, String key) {
        page.locator("input[type=text]").fill(name);
        page.locator("input[type=password]").fill(key);
        page.keyboard().press("Enter");
    }

    /** Goes to the beans, again when Hawtio has drawn the page anew meanwhile and is back where it was. */
    private void beans() {
        Stack.patiently().pollInSameThread().until(() -> {
            if (!page.url().contains("/jmx"))
                page.getByText("JMX", new Page.GetByTextOptions().setExact(true))
                        .click();
            return page.url().contains("/jmx");
        });
    }

    /** Shows a route and its diagram. */
    private void route(String id) {
        choose(id);
        tab("Route Diagram", page.locator(".react-flow__node").first());
    }

    /** Hawtio draws its tree anew, folded, whenever beans come or go: it is unfolded until the name is there. */
    private void choose(String name) {
        var leaf = page.locator("[role=tree]")
                .getByText(name, new Locator.GetByTextOptions().setExact(true))
                .first();
        Stack.patiently().pollInSameThread().until(() -> {
            if (page.getByText("Expand all").isVisible())
                page.getByText("Expand all").click();
            return leaf.isVisible();
        });
        leaf.click();
        PlaywrightAssertions.assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(name))
                        .first())
                .isVisible();
    }

    private Locator tab(String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** Goes to a tab, from another one, again when Hawtio has drawn the page anew meanwhile and is back where it was or shows nothing. */
    private void tab(String name, Locator shown) {
        Stack.patiently().pollInSameThread().until(() -> {
            if (shown.isVisible()) return true;
            tab("Attributes").click();
            tab(name).click();
            try {
                shown.waitFor(new Locator.WaitForOptions().setTimeout(DRAWN));
                return true;
            } catch (TimeoutError e) {
                return false;
            }
        });
    }

    private Locator operation(String signature) {
        return page.locator("li.pf-v6-c-data-list__item")
                .filter(new Locator.FilterOptions().setHasText(signature))
                .first();
    }

    private void execute(String signature, String... arguments) {
        operation(signature).locator("button").first().click();
        for (int i = 0; i < arguments.length; i++)
            operation(signature).locator("input").nth(i).fill(arguments[i]);
        operation(signature)
                .getByText("Execute", new Locator.GetByTextOptions().setExact(true))
                .last()
                .click();
    }

    private Locator button(String name) {
        return page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(name).setExact(true))
                .first();
    }

    private static String state(String route) {
        return stack.jolokia(Json.object()
                        .put("type", "read")
                        .put("mbean", "org.apache.camel:context=caravan,name=\"" + route + "\",type=routes")
                        .put("attribute", "State"))
                .path("value")
                .asText();
    }

    /** For {@code docs/hawtio.md}, when the lists in the documents are written anew, too. */
    private void picture(String name) {
        var folder = Boolean.getBoolean("docs.write") ? Path.of("docs", "hawtio") : Path.of("target", "hawtio");
        page.screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(name + ".png")));
    }

    private static String url(String path) {
        return stack.caravan().management().resolve("/hawtio" + path).toString();
    }
}
