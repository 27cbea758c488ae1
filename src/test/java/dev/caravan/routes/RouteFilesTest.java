package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteFilesTest {
    @TempDir
    private Path folder;

    @Test
    void files_in_a_folder_are_told_sorted_with_forward_slashes_and_read() throws IOException {
        write("b/2.camel.yaml", "two");
        write("a/deep/1.camel.yaml", "one");
        write("a/mapping.jslt", ".");

        var files = RouteFiles.at("file:" + folder);

        assertThat(files.endingWith(".camel.yaml")).containsExactly("a/deep/1.camel.yaml", "b/2.camel.yaml");
        assertThat(files.bytes("b/2.camel.yaml"))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("two");
        assertThat(files.has("a/mapping.jslt")).isTrue();
        assertThat(files.has("a")).as("a folder is no file").isFalse();
        assertThat(files.has("a/none")).isFalse();
        assertThat(files.uri("a/mapping.jslt")).isEqualTo("file:" + folder + "/a/mapping.jslt");
    }

    @Test
    void a_slash_at_the_end_makes_no_difference() {
        assertThat(RouteFiles.at("file:" + folder + "/").location()).isEqualTo("file:" + folder);
        assertThat(RouteFiles.at("classpath:routes/").uri("x")).isEqualTo("classpath:routes/x");
    }

    @Test
    void files_on_the_class_path_are_those_that_are_shipped() {
        var files = RouteFiles.at("classpath:routes");

        assertThat(files.endingWith(".camel.yaml"))
                .contains("_shared/errors.camel.yaml", "products/1-receive/receive.camel.yaml")
                .isSorted();
        assertThat(files.bytes("_shared/errors.camel.yaml"))
                .asString(StandardCharsets.UTF_8)
                .contains("routeConfiguration");
    }

    @Test
    void files_inside_a_jar_are_read_the_same_way_also_a_second_time() throws Exception {
        var jar = folder.resolve("a b.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var type : List.of(RouteFiles.class, BadSettings.class)) {
                var name = type.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(name));
                out.write(type.getClassLoader().getResourceAsStream(name).readAllBytes());
            }
            for (var name : List.of("routes/", "routes/b/", "routes/b/2.camel.yaml", "routes/a.camel.yaml")) {
                out.putNextEntry(new JarEntry(name));
                if (!name.endsWith("/")) out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }

        for (int i = 0; i < 2; i++) {
            try (var loader =
                    new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
                var type = loader.loadClass(RouteFiles.class.getName());
                var files = type.getMethod("at", String.class).invoke(null, "classpath:routes");

                assertThat(type.getMethod("endingWith", String.class).invoke(files, ".camel.yaml"))
                        .isEqualTo(List.of("a.camel.yaml", "b/2.camel.yaml"));
                assertThat((byte[]) type.getMethod("bytes", String.class).invoke(files, "b/2.camel.yaml"))
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("routes/b/2.camel.yaml");
                assertThat(type.getMethod("has", String.class).invoke(files, "b/2.camel.yaml"))
                        .isEqualTo(true);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"routes", "classpath:no-such-folder", "file:/no/such/folder", "https://example.org/routes", ""})
    void a_place_without_routes_is_named(String location) {
        assertThatThrownBy(() -> RouteFiles.at(location))
                .isInstanceOf(BadSettings.class)
                .hasMessageStartingWith("no routes at \"" + location + "\"");
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        assertThatThrownBy(() -> RouteFiles.at("classpath:routes").bytes("none.jslt"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot read classpath:routes/none.jslt");
    }

    private void write(String path, String text) throws IOException {
        var file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
