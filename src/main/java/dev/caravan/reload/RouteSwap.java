package dev.caravan.reload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges routes of a running context. Each is stopped when what it works on is finished; what was received and not begun goes back to
 * its queue. Whoever calls a route that is away for a moment waits for it, as Camel's {@code direct:} does.
 */
final class RouteSwap {
    private static final Logger LOG = LoggerFactory.getLogger(RouteSwap.class);

    /** Many thousand times as long as it takes from a route's door to its first step. */
    private static final Duration ON_THE_WAY_IN = Duration.ofMillis(500);

    private final CamelContext camel;
    private final Duration patience;

    /** @param patience how long a route may take to finish what it works on */
    RouteSwap(CamelContext camel, Duration patience) {
        this.camel = camel;
        this.patience = patience;
    }

    /**
     * Carries out a plan.
     *
     * @param back the plan that undoes it
     * @return false when a route did not finish its work in time, or its target is away: then all is as it was
     * @throws Exception when Camel does not take the new routes: then, too, all is as it was
     */
    boolean swap(Plan plan, Plan back) throws Exception {
        if (!stop(plan.stop())) return false;
        remove(plan.stop());
        try {
            load(plan);
        } catch (Exception e) {
            var halfStarted = plan.starting().stream()
                    .filter(id -> camel.getRoute(id) != null)
                    .toList();
            stop(halfStarted);
            remove(halfStarted);
            load(back);
            throw e;
        }
        return true;
    }

    private boolean stop(List<String> ids) throws Exception {
        var stopped = new ArrayList<String>();
        for (var id : ids) {
            close(id);
            if (camel.getRouteController().stopRoute(id, patience.toMillis(), TimeUnit.MILLISECONDS, true)) {
                stopped.add(id);
                continue;
            }
            LOG.info("{} is still at work and goes on; the edit waits for it", id);
            ServiceHelper.resumeService(camel.getRoute(id).getConsumer());
            camel.getRouteController().resumeRoute(id);
            for (int i = stopped.size() - 1; i >= 0; i--)
                camel.getRouteController().startRoute(stopped.get(i));
            return false;
        }
        return true;
    }

    /**
     * Lets nobody else into a route that others call. Who has found its door already, and was perhaps put aside by the scheduler on the way
     * in, still gets through: a route that is stopped would turn him away.
     */
    private void close(String id) throws InterruptedException {
        var route = camel.getRoute(id);
        if (route == null || !(route.getConsumer() instanceof DirectConsumer consumer)) return;
        ServiceHelper.suspendService(consumer);
        TimeUnit.MILLISECONDS.sleep(ON_THE_WAY_IN.toMillis());
    }

    private void remove(List<String> ids) throws Exception {
        for (var id : ids) camel.removeRoute(id);
    }

    private void load(Plan plan) throws Exception {
        forget(plan.kamelets());
        if (plan.configurations() != null) {
            // By itself Camel removes only those that have an id, and the net has none.
            ((ModelCamelContext) camel).getRouteConfigurationDefinitions().clear();
        }
        PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString("edited.camel.yaml", plan.yaml()));
    }

    /** A Kamelet is a template, a route made of it for each use, and an endpoint that leads there. */
    private void forget(Set<String> kamelets) throws Exception {
        for (var kamelet : kamelets) {
            camel.removeEndpoints("kamelet://" + kamelet + "*");
            for (var route : List.copyOf(camel.getRoutes())) {
                var template = route.getProperties().get(Route.TEMPLATE_PROPERTY);
                if (!kamelet.equals(template) && !route.getRouteId().startsWith(kamelet + "-")) continue;
                camel.getRouteController().stopRoute(route.getRouteId());
                camel.removeRoute(route.getRouteId());
            }
            ((ModelCamelContext) camel).removeRouteTemplates(kamelet);
        }
    }
}
