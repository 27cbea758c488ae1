package dev.caravan.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.alerts.Alerts;
import dev.caravan.api.ApiKeys;
import dev.caravan.api.Problem;
import dev.caravan.api.Sessions;
import dev.caravan.api.Sessions.Session;
import dev.caravan.clickstream.Appeals;
import dev.caravan.console.Reply.Done;
import dev.caravan.console.Reply.Page;
import dev.caravan.deadletters.DeadLetters;
import dev.caravan.deadletters.Edits;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.deadletters.Repairs;
import dev.caravan.deadletters.Replay;
import dev.caravan.deadletters.Replays;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetCircuit;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.ledger.Ledger;
import dev.caravan.products.Approvals;
import dev.caravan.products.ProductDesk;
import dev.caravan.quarantine.Quarantine;
import dev.caravan.quarantine.QuarantineDesk;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.state.Database;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The console at {@code /console}: who may look and who may act, how a page comes about, and that no error shows more than it should. Each
 * page is a class here and a template of its name in {@code src/main/jte}.
 */
public final class Console extends RouteBuilder {
    static final String PATH = "/console";

    /** Where the live page listens to alerts. */
    public static final String ALERTS = PATH + LivePage.PATH + "/alerts";

    private static final Logger LOG = LoggerFactory.getLogger(Console.class);
    private static final String SESSION = "caravan-session";
    private static final String NOTICE = "caravan-notice";
    private static final Duration NOTICE_KEPT = Duration.ofMinutes(1);

    private final Sessions sessions;
    private final Duration idle;
    private final Clock clock;
    private final Assets assets = new Assets();
    private final TemplateEngine templates = TemplateEngine.createPrecompiled(
            null, ContentType.Html, Console.class.getClassLoader(), Console.class.getPackageName());
    private final Map<String, Function<Visit, Page>> pages = new HashMap<>();
    private final Map<String, Function<Visit, ? extends Reply>> actions = new HashMap<>();

    /**
     * What the console shows and uses.
     *
     * @param explain  why the values of a field are what they are: the product and the field in, as the API says it out
     * @param report   a report as the API answers it, by the API's parameters
     * @param reportNames of all reports
     * @param shadow   what changed routes make of the same records, as the API answers it
     * @param circuits by the name of the target they watch, in the order they are shown
     */
    public record Needs(
            Settings settings,
            ApiKeys keys,
            Database database,
            Ledger ledger,
            DeadLetters deadLetters,
            Replay replay,
            Replays replays,
            Rehearsals rehearsals,
            Edits edits,
            Repairs repairs,
            Audit audit,
            Quarantine quarantine,
            QuarantineDesk quarantineDesk,
            ProductDesk products,
            BiFunction<String, String, JsonNode> explain,
            Approvals approvals,
            Function<Map<String, String>, JsonNode> report,
            List<String> reportNames,
            Supplier<ObjectNode> shadow,
            Alerts alerts,
            Appeals appeals,
            Map<String, TargetCircuit> circuits,
            Clock clock) {}

    public Console(Needs needs) {
        clock = needs.clock();
        idle = needs.settings().duration("console.idle-seconds");
        sessions = new Sessions(needs.database(), needs.keys(), idle, clock);
        new OverviewPage(needs).addTo(this);
        new LivePage(needs).addTo(this);
        new UploadsPage(needs).addTo(this);
        new SearchPage(needs).addTo(this);
        new DeadLettersPage(needs).addTo(this);
        new ChangeRequestsPage(needs).addTo(this);
        new QuarantinePage(needs).addTo(this);
        new PublishingPage(needs).addTo(this);
        new ReportsPage(needs).addTo(this);
        new ShadowPage(needs).addTo(this);
        new AlertsPage(needs).addTo(this);
        new SettingsPage(needs).addTo(this);
    }

    /** Adds a page that everybody who is signed in may see. */
    Console page(String path, Function<Visit, Page> page) {
        pages.put(path, page);
        return this;
    }

    /** Adds something only operators may do. */
    Console action(String path, Function<Visit, ? extends Reply> action) {
        actions.put(path, action);
        return this;
    }

    /**
     * Lets those listen to alerts who are signed in. That keeps no session alive; looking at the page does.
     *
     * @throws Problem for everybody else
     */
    public void admit(HttpServerRequest request) {
        if (sessions.find(Web.cookie(request, SESSION), false).isEmpty())
            throw new Problem(401, "Signed out", "sign in at " + PATH);
    }

    @Override
    public void configure() {
        from("platform-http:" + PATH + "?matchOnUriPrefix=true&httpMethodRestrict=GET,POST")
                .routeId("console")
                .routeGroup("console")
                .errorHandler(noErrorHandler())
                .process(this::answer);
    }

    private void answer(Exchange exchange) {
        var web = new Web(exchange);
        try {
            answer(web);
        } catch (Problem problem) {
            problem(web, problem);
        } catch (BadMessage | BadSettings refused) {
            problem(web, new Problem(422, "Not possible", refused.getMessage()));
        } catch (TargetUnavailable e) {
            LOG.warn("{} failed: {}", web.path(), e.toString());
            problem(web, new Problem(503, "Not available", "a system this needs does not answer; try again later"));
        } catch (RuntimeException e) {
            LOG.error("{} failed", web.path(), e);
            problem(web, new Problem(500, "Internal error", "the log has the cause"));
        }
    }

    private void answer(Web web) {
        if (web.isPost() && web.fromElsewhere()) throw new Problem(403, "Forbidden", "this was sent by another site");
        var asset = assets.find(web.path());
        if (asset.isPresent()) {
            web.file(asset.get());
        } else if (web.path().equals("/sign-in")) {
            signIn(web);
        } else {
            sessions.find(web.cookie(SESSION), !web.refreshes() || web.path().equals(LivePage.PATH))
                    .ifPresentOrElse(session -> answer(web, session), () -> toSignIn(web));
        }
    }

    private void answer(Web web, Session session) {
        var visit = visit(web, session);
        if (!web.isPost()) {
            show(web, visit, known(pages.get(web.path())).apply(visit));
            return;
        }
        if (!session.sent(visit.text("csrf")))
            throw new Problem(403, "Forbidden", "this form is not of your session; go back, load its page again");
        if (web.path().equals("/sign-out")) {
            sessions.end(session);
            web.setCookie(SESSION, "", idle);
            web.redirect(PATH + "/sign-in");
            return;
        }
        var action = known(actions.get(web.path()));
        if (!session.operator()) throw new Problem(403, "Forbidden", "this needs a key with the role operator");
        var reply = action.apply(visit);
        if (reply instanceof Page page) {
            show(web, visit, page);
        } else if (reply instanceof Done done) {
            web.setCookie(NOTICE, done.notice(), NOTICE_KEPT);
            web.redirect(PATH + done.path());
        }
    }

    private void show(Web web, Visit visit, Page page) {
        if (visit.notice() != null) web.setCookie(NOTICE, "", NOTICE_KEPT);
        web.html(200, html(page.template(), Map.of("visit", visit, "page", page.model())));
    }

    private Visit visit(Web web, Session session) {
        var notice = web.cookie(NOTICE);
        return new Visit(web.path(), web.parameters(), session, notice.isEmpty() ? null : notice, clock);
    }

    private static <T> T known(T handler) {
        if (handler == null) throw new Problem(404, "Not found", "there is nothing at this address");
        return handler;
    }

    private void toSignIn(Web web) {
        if (web.isPost()) throw new Problem(401, "Signed out", "your session has ended; sign in again");
        web.redirect(PATH + "/sign-in?to=" + Links.encoded(web.address()));
    }

    /** Asks for a key, or takes one. */
    private void signIn(Web web) {
        var to = web.parameters().getOrDefault("to", PATH);
        // Only to pages of ours, whatever a link says.
        if (!to.matches(PATH + "([/?][^\\\\]*)?")) to = PATH;
        if (!web.isPost()) {
            web.html(200, html("sign-in", Map.of("to", to, "wrong", false)));
            return;
        }
        var session = sessions.open(web.parameters().getOrDefault("key", "").strip(), web.remoteAddress());
        if (session.isEmpty()) {
            LOG.warn("a wrong key at the console, from {}", web.remoteAddress());
            web.html(401, html("sign-in", Map.of("to", to, "wrong", true)));
            return;
        }
        LOG.info("{} signed in at the console", session.get().caller().name());
        web.setCookie(SESSION, session.get().token(), Sessions.LONGEST);
        web.redirect(to);
    }

    private void problem(Web web, Problem problem) {
        web.html(problem.status(), html("problem", Map.of("title", problem.title(), "detail", problem.getMessage())));
    }

    private String html(String template, Map<String, Object> parameters) {
        var output = new StringOutput();
        templates.render(template + ".jte", parameters, output);
        return output.toString();
    }
}
