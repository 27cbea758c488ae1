package dev.caravan.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** target/caravan.jar is everything that runs, and nothing that only tests. */
class RunnableJarIT {
    private static final Path JAR = Path.of(System.getProperty("caravan.jar", "target/caravan.jar"));
    private static JarFile jar;

    @BeforeAll
    static void open() throws IOException {
        jar = new JarFile(JAR.toFile());
    }

    @AfterAll
    static void close() throws IOException {
        jar.close();
    }

    @Test
    void it_starts_caravan() throws IOException {
        var manifest = jar.getManifest().getMainAttributes();

        assertThat(manifest.getValue(Attributes.Name.MAIN_CLASS)).isEqualTo("dev.caravan.App");
        assertThat(manifest.getValue(Attributes.Name.MULTI_RELEASE)).isEqualTo("true");
    }

    @Test
    void nothing_of_the_sandbox_and_the_tests_is_in_it() {
        assertThat(names()).noneMatch(name -> Stream.of(
                        "org/elasticmq/",
                        "org/gaul/",
                        "graphql/",
                        "software/amazon/event/ruler/",
                        "io/zonky/",
                        "scala/",
                        "org/junit/",
                        "org/assertj/",
                        "net/bytebuddy/",
                        "dev/caravan/sandbox/",
                        "dev/caravan/testing/")
                .anyMatch(name::startsWith));
    }

    @Test
    void no_signature_and_no_module_descriptor_of_a_library_is_left() {
        assertThat(names())
                .noneMatch(
                        name -> name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)") || name.endsWith("module-info.class"));
    }

    @Test
    void the_licences_of_its_libraries_are_in_it() throws IOException {
        assertThat(text("META-INF/LICENSE.txt")).contains("Apache License");
        assertThat(text("META-INF/NOTICE.txt")).contains("Apache Camel");
    }

    @Test
    void what_is_in_the_jar_is_listed_with_version_hash_and_licence() throws IOException {
        var list = Json.read(Files.readAllBytes(JAR.resolveSibling("caravan.cdx.json")));
        var hashes = new TreeSet<String>();
        for (var listed : list.path("components")) {
            assertThat(listed.path("version").asText())
                    .as(listed.path("name").asText())
                    .isNotBlank();
            assertThat(listed.path("licenses")).as(listed.path("name").asText()).isNotEmpty();
            for (var hash : listed.path("hashes"))
                if (hash.path("alg").asText().equals("SHA-256"))
                    hashes.add(hash.path("content").asText());
        }

        assertThat(list.path("bomFormat").asText()).isEqualTo("CycloneDX");
        for (var library : librariesInTheJar()) {
            // What tests have with fewer classes of the same.
            if (library.getName().contains("-no-protobuf-")) continue;
            assertThat(hashes).as(library.getName()).contains(Json.sha256(Files.readAllBytes(library.toPath())));
        }
        assertThat(list.path("components").findValuesAsText("name"))
                .contains("camel-main")
                .doesNotContain("junit-jupiter-api", "assertj-core", "s3proxy");
    }

    /** Files of one name in many libraries must become one with all their lines, or a service is lost without a word. */
    @Test
    void it_offers_every_service_that_its_libraries_offer() throws IOException {
        var expected = new TreeMap<String, Set<String>>();
        for (var library : librariesInTheJar()) {
            try (var file = new JarFile(library)) {
                for (var entry : file.stream().filter(RunnableJarIT::isService).toList()) {
                    expected.computeIfAbsent(entry.getName(), name -> new TreeSet<>())
                            .addAll(lines(file, entry));
                }
            }
        }

        assertThat(expected)
                .containsKey("META-INF/services/org/apache/camel/TypeConverterLoader")
                .hasSizeGreaterThan(100);
        assertThat(names()).containsAll(expected.keySet());
        for (var service : expected.entrySet()) {
            assertThat(lines(jar, jar.getEntry(service.getKey())))
                    .as(service.getKey())
                    .containsAll(service.getValue());
        }
    }

    @Test
    void camel_finds_its_components_languages_and_converters_in_it() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classpath = JAR + File.pathSeparator + Path.of("target", "test-classes");
        var probe = new ProcessBuilder(java, "-cp", classpath, CamelProbe.class.getName(), JAR.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();

        var said = new String(probe.getInputStream().readAllBytes(), UTF_8);

        try (var camel = new DefaultCamelContext()) {
            camel.start();
            assertThat(said.lines())
                    .containsExactly(
                            "converters " + camel.getTypeConverterRegistry().size(),
                            "body bytes, routed",
                            "version " + camel.getVersion());
        }
        assertThat(probe.waitFor()).isZero();
    }

    private static Collection<String> names() {
        return jar.stream().map(ZipEntry::getName).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The libraries of the class path whose classes are in the JAR. */
    private static Collection<File> librariesInTheJar() throws IOException {
        var libraries = new TreeSet<File>();
        for (var path : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator)) {
            if (!path.endsWith(".jar") || Path.of(path).endsWith("caravan.jar")) continue;
            try (var library = new JarFile(path)) {
                var classes = library.stream()
                        .map(ZipEntry::getName)
                        .filter(name -> name.matches("[^-]*\\.class"))
                        .toList();
                if (!classes.isEmpty() && classes.stream().allMatch(name -> jar.getEntry(name) != null))
                    libraries.add(new File(path));
            }
        }
        return libraries;
    }

    private static boolean isService(ZipEntry entry) {
        return entry.getName().startsWith("META-INF/services/") && !entry.isDirectory();
    }

    private static Set<String> lines(JarFile file, ZipEntry entry) throws IOException {
        try (var in = file.getInputStream(entry)) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String text(String name) throws IOException {
        try (var in = jar.getInputStream(jar.getEntry(name))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
