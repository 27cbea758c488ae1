package dev.caravan.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.camel.Processor;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;

/** Started with nothing but the packaged JAR beside it: tells on stdout whether Camel finds there what it looks up by name. */
public final class CamelProbe {
    private static final String SERVICES = "META-INF/services/org/apache/camel/";

    private CamelProbe() {}

    public static void main(String... args) throws Exception {
        try (var camel = new DefaultCamelContext()) {
            var body = new AtomicReference<String>();
            camel.getRegistry().bind("end", (Processor)
                    exchange -> body.set(exchange.getMessage().getBody(String.class)));
            PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString("probe.yaml", """
                    - route:
                        id: probe
                        from:
                          uri: direct
                          parameters:
                            name: probe
                          steps:
                            - setBody:
                                simple: "${body}, routed"
                            - process:
                                ref: end
                    """));
            camel.start();
            System.out.println("converters " + camel.getTypeConverterRegistry().size());
            camel.createProducerTemplate().sendBody("direct:probe", new ByteArrayInputStream("bytes".getBytes(UTF_8)));

            for (var component : names(args[0], "component/"))
                camel.getComponent(component, true, false).start();
            for (var language : names(args[0], "language/")) camel.resolveLanguage(language);
            System.out.println("body " + body.get());
            System.out.println("version " + camel.getVersion());
        }
        System.exit(0);
    }

    private static List<String> names(String jar, String folder) throws IOException {
        try (var file = new JarFile(jar);
                Stream<String> entries = file.stream().map(entry -> entry.getName())) {
            return List.copyOf(
                    new TreeSet<>(entries.filter(name -> name.startsWith(SERVICES + folder) && !name.endsWith("/"))
                            .map(name -> name.substring(name.lastIndexOf('/') + 1))
                            .toList()));
        }
    }
}
