package dev.caravan.hawtio;

import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.AttributeNotFoundException;
import javax.management.InstanceNotFoundException;
import javax.management.MBeanException;
import javax.management.ReflectionException;
import org.jolokia.json.JSONStructure;
import org.jolokia.server.core.config.ConfigKey;
import org.jolokia.server.core.config.StaticConfiguration;
import org.jolokia.server.core.http.HttpRequestHandler;
import org.jolokia.server.core.request.EmptyResponseException;
import org.jolokia.server.core.request.JolokiaRequest;
import org.jolokia.server.core.request.NotChangedException;
import org.jolokia.server.core.service.JolokiaServiceManagerFactory;
import org.jolokia.server.core.service.api.JolokiaServiceManager;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.service.impl.QuietLogHandler;
import org.jolokia.service.jmx.LocalRequestHandler;
import org.jolokia.service.serializer.JolokiaSerializer;

/** Management beans over HTTP, in Jolokia's protocol: to each role what its {@link Policy} allows, and to nobody a secret. */
final class Jolokia implements AutoCloseable {
    private static final String UNTOLD = "xxxxxx";
    private static final Pattern API_KEY = Pattern.compile("ck_[A-Za-z0-9_-]{32}");

    /**
     * What the safety net adds to every route, in a route's source as JSON has it. Hawtio's diagram would draw it as the first steps of each,
     * and it breaks over an error handler that stands before the beginning.
     */
    private static final Pattern NET =
            Pattern.compile("(\\\\n *)?<(errorHandler|onException)\\b[^>]*(/>|>.*?</\\2>)", Pattern.DOTALL);

    /** Camel's tracer does not escape it, and Hawtio shows nothing of XML that is none. */
    private static final Pattern TRACED_URI = Pattern.compile("<endpointUri>[^<]*");

    private final Map<Role, JolokiaServiceManager> services = new EnumMap<>(Role.class);
    private final Map<Role, HttpRequestHandler> handlers = new EnumMap<>(Role.class);
    private final List<String> secrets;

    /** @param secrets texts that stand in no answer, wherever they come from */
    Jolokia(List<String> secrets) {
        this.secrets = List.copyOf(secrets);
        for (var role : List.of(Role.VIEWER, Role.OPERATOR)) {
            var policy = new Policy(role);
            var configuration = new StaticConfiguration(
                    ConfigKey.AGENT_ID,
                    "caravan-" + role,
                    ConfigKey.INCLUDE_STACKTRACE,
                    "false",
                    ConfigKey.DISCOVERY_ENABLED,
                    "false");
            var service = JolokiaServiceManagerFactory.createJolokiaServiceManager(
                    configuration, new QuietLogHandler(), policy);
            service.addService(new JolokiaSerializer());
            service.addService(new AllowedRequests(policy));
            service.addService(new Rights(policy));
            handlers.put(role, new HttpRequestHandler(service.start()));
            services.put(role, service);
        }
    }

    /**
     * Answers a question that came by GET, which may only look, whoever asks.
     *
     * @param path behind Jolokia's own: {@code /read/java.lang:type=Memory}
     */
    String get(Caller caller, String uri, String path, Map<String, String[]> parameters) {
        return answer(caller, Role.VIEWER, handler -> handler.handleGetRequest(uri, path, parameters));
    }

    /** Answers one or many questions that came by POST. */
    String post(Caller caller, String uri, byte[] questions, Map<String, String[]> parameters) {
        return answer(
                caller,
                caller.role(),
                handler -> handler.handlePostRequest(uri, new ByteArrayInputStream(questions), "UTF-8", parameters));
    }

    /** Jolokia itself asks only about beans; its notifications come past that. */
    private static final class AllowedRequests extends LocalRequestHandler {
        private final Restrictor policy;

        AllowedRequests(Restrictor policy) {
            super(1);
            this.policy = policy;
        }

        @Override
        public <R extends JolokiaRequest> Object handleRequest(R request, Object previous)
                throws InstanceNotFoundException, AttributeNotFoundException, ReflectionException, MBeanException,
                        NotChangedException, EmptyResponseException {
            if (!policy.isTypeAllowed(request.getType()))
                throw new SecurityException("Command " + request.getType().getName() + " is forbidden");
            return super.handleRequest(request, previous);
        }
    }

    private interface Question {
        JSONStructure ask(HttpRequestHandler handler) throws IOException, EmptyResponseException;
    }

    private String answer(Caller caller, Role role, Question question) {
        var handler = handlers.get(role);
        var answer = Acting.as(caller.name(), () -> {
            try {
                return question.ask(handler).toJSONString();
            } catch (IOException | EmptyResponseException | RuntimeException e) {
                return handler.handleThrowable(e).toJSONString();
            }
        });
        return withoutSecrets(drawable(answer));
    }

    private static String drawable(String answer) {
        return TRACED_URI
                .matcher(NET.matcher(answer).replaceAll(""))
                .replaceAll(uri -> Matcher.quoteReplacement(uri.group().replaceAll("&(?!amp;)", "&amp;")));
    }

    private String withoutSecrets(String answer) {
        var told = answer;
        for (var secret : secrets) told = told.replace(secret, UNTOLD);
        return API_KEY.matcher(told).replaceAll(UNTOLD);
    }

    @Override
    public void close() {
        services.values().forEach(JolokiaServiceManager::stop);
    }
}
