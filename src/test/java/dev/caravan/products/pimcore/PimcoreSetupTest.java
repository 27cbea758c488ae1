package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.products.pimcore.PimcoreSetup.Part;
import dev.caravan.products.pimcore.PimcoreSetup.State;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PimcoreSetupTest {
    @Test
    void an_empty_pimcore_with_our_definitions_gets_its_folders_once() {
        try (var pimcore = PimcoreStandIn.start()) {
            pimcore.clear();

            assertThat(setup(pimcore).look())
                    .as("the first product makes the folders, too")
                    .allMatch(part -> part.state() == State.THERE);
            assertThat(pimcore.counters().objectsWritten()).isZero();

            var first = setup(pimcore).make();
            var second = setup(pimcore).make();

            assertThat(first)
                    .filteredOn(part -> part.state() == State.MADE)
                    .extracting(Part::what)
                    .containsExactly("folder /products", "folder /categories");
            assertThat(second)
                    .allMatch(part -> part.state() == State.THERE)
                    .extracting(Part::what)
                    .containsExactly(
                            "endpoint",
                            "classes and columns to read",
                            "columns to write, and languages",
                            "folder /products",
                            "folder /categories");
        }
    }

    @Test
    void a_column_that_the_endpoint_lacks_is_named(@TempDir Path folder) throws IOException {
        try (var files = Files.walk(Path.of("pimcore"))) {
            for (var file : files.toList()) {
                var copy = folder.resolve(Path.of("pimcore").relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(copy);
                else Files.copy(file, copy);
            }
        }
        var hub = folder.resolve("data-hub/products.yaml");
        Files.writeString(hub, Files.readString(hub).replace("brand", "syncState"));
        try (var pimcore =
                PimcoreStandIn.start(PimcoreStandIn.Settings.defaults().withDefinitions(folder))) {
            var missing = setup(pimcore).make().stream()
                    .filter(part -> part.state() == State.MISSING)
                    .toList();

            assertThat(missing)
                    .extracting(Part::what)
                    .anyMatch(what -> what.startsWith("columns to read") && what.contains("brand"))
                    .anyMatch(what -> what.equals("columns to write of Product: brand"));
            assertThat(missing).extracting(Part::remedy).doesNotContain("");
        }
    }

    @Test
    void a_wrong_key_or_address_is_told_as_such() {
        try (var pimcore = PimcoreStandIn.start()) {
            var wrongKey = setup(pimcore.endpoint().toString(), "wrong").look();
            var wrongName = setup(pimcore.endpoint() + "-not", pimcore.apiKey()).look();

            assertThat(wrongKey).singleElement().satisfies(part -> assertThat(part.remedy())
                    .contains("PIMCORE_API_KEY"));
            assertThat(wrongName).singleElement().satisfies(part -> assertThat(part.remedy())
                    .contains("PIMCORE_URL"));
        }
        assertThatThrownBy(() -> setup("http://127.0.0.1:9/hub", "key").look())
                .isInstanceOf(TargetUnavailable.class)
                .hasMessageContaining("check PIMCORE_URL");
    }

    private static PimcoreSetup setup(PimcoreStandIn pimcore) {
        return setup(pimcore.endpoint().toString(), pimcore.apiKey());
    }

    private static PimcoreSetup setup(String endpoint, String key) {
        return PimcoreSetup.of(Settings.of(Map.of("PIMCORE_URL", endpoint, "PIMCORE_API_KEY", key)), Clock.systemUTC());
    }
}
