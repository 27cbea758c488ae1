package dev.caravan.check;

import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.StartupSummaryLevel;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.RoutePolicySupport;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;

/**
 * Edited routes, made by Camel in a context of their own and never started: what Camel would refuse, it refuses here, and not where
 * messages are on their way. Beans are those of the running instance, except those that a route starts and stops.
 */
public final class DryRun {
    private DryRun() {}

    /**
     * Makes the routes.
     *
     * @param running    whose beans and settings are used
     * @param properties the settings as Camel sees them
     * @param uris       of the files of routes
     * @param kamelets   where Kamelets are read from
     * @return why Camel does not take them; empty when it does
     */
    public static Optional<String> refusal(
            CamelContext running, Properties properties, List<String> uris, String kamelets) {
        try (var camel = new DefaultCamelContext(false)) {
            camel.getCamelContextExtension().setName("dry-run");
            camel.disableJMX();
            camel.setStartupSummaryLevel(StartupSummaryLevel.Off);
            camel.setAutoStartup(false);
            for (var name : Beans.names()) {
                var bean = running.getRegistry().lookupByName(name);
                if (bean != null) camel.getRegistry().bind(name, standIn(bean));
            }
            camel.getPropertiesComponent().setOverrideProperties(properties);
            camel.getComponent("kamelet", KameletComponent.class).setLocation(kamelets);
            camel.build();
            camel.start();
            var resources = PluginHelper.getResourceLoader(camel);
            for (var uri : uris) PluginHelper.getRoutesLoader(camel).loadRoutes(resources.resolveResource(uri));
            return Optional.empty();
        } catch (Exception e) {
            var cause = (Throwable) e;
            while (cause.getCause() != null) cause = cause.getCause();
            return Optional.of(
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse("no reason given"));
        }
    }

    /** A bean that belongs to the routes that run is not to be stopped with those that only might. */
    private static Object standIn(Object bean) {
        if (bean instanceof IdempotentRepository) return MemoryIdempotentRepository.memoryIdempotentRepository();
        return bean instanceof RoutePolicy ? new RoutePolicySupport() {} : bean;
    }
}
