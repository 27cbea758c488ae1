package dev.caravan.reload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Audit;
import dev.caravan.testing.TestState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped files and one route more, edited while that route runs. */
class ReloadTest {
    private static final String TICK = "routes/tools/tick.camel.yaml";
    private static final String ROUTE = """
            - route:
                id: tools-tick
                group: tools
                description: Says that it is there.
                from:
                  uri: timer:tick
                  steps:
                    - log: here
            """;

    private static TestState state;

    @TempDir
    Path folder;

    private final List<String> mapped = new ArrayList<>();
    private DefaultCamelContext camel;
    private Reload reload;
    private boolean mappingsAreWrong;

    @BeforeAll
    static void open() {
        state = new TestState();
    }

    @AfterAll
    static void close() {
        state.close();
    }

    @BeforeEach
    void start() throws Exception {
        state.clear();
        state.database().write(db -> db.execute("delete from audit.action"));
        copy("routes");
        copy("kamelets");
        write(TICK, ROUTE);
        camel = new DefaultCamelContext();
        camel.start();
        PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString("tick.camel.yaml", ROUTE));
        var settings = Settings.of(Map.of());
        reload = new Reload(
                new Reload.Sources(
                        RouteFiles.at("file:" + folder.resolve("routes")),
                        RouteFiles.at("file:" + folder.resolve("kamelets")),
                        settings,
                        path -> path.startsWith("tools/")),
                new Reload.Target(() -> camel, settings.forCamel(), files -> {
                    if (mappingsAreWrong) throw new BadSettings("a mapping is wrong");
                    return () -> mapped.add("mapped");
                }),
                state.database(),
                new Audit(state.clock()));
    }

    @AfterEach
    void stop() {
        reload.close();
        camel.stop();
    }

    @Test
    void an_edit_takes_effect_once_it_has_settled() throws IOException {
        write(TICK, ROUTE.replace("Says that it is there.", "Says where it is."));

        reload.look();
        assertThat(description()).isEqualTo("Says that it is there.");

        reload.look();
        reload.look();
        assertThat(description()).isEqualTo("Says where it is.");
        assertThat(mapped).hasSize(1);
        assertThat(audited()).containsExactly("files edit-taken " + TICK + ": tools-tick");
    }

    @Test
    void a_broken_edit_is_refused_once_and_what_ran_goes_on_until_it_is_repaired() throws IOException {
        write(TICK, ROUTE.replace("steps:", "stebs:").replace("there.", "gone."));

        for (int i = 0; i < 4; i++) reload.look();

        assertThat(description()).isEqualTo("Says that it is there.");
        assertThat(mapped).isEmpty();
        assertThat(audited())
                .singleElement()
                .asString()
                .startsWith("files edit-refused " + TICK + ": " + TICK + ":7:7: ")
                .contains("did you mean \"steps\"?");

        write(TICK, ROUTE.replace("there.", "back."));
        reload.look();
        reload.look();

        assertThat(description()).isEqualTo("Says that it is back.");
        assertThat(audited()).hasSize(2);
    }

    @Test
    void an_edit_that_breaks_a_case_is_refused() throws IOException {
        var mapping = "routes/products/2-normalise/shein/product.jslt";
        write(mapping, Files.readString(folder.resolve(mapping)).replace("\"brand\":", "\"make\":"));

        reload.look();
        reload.look();

        assertThat(mapped).isEmpty();
        assertThat(audited()).singleElement().asString().contains("edit-refused " + mapping, "/cases/");
    }

    @Test
    void what_only_camel_finds_is_refused_before_anything_is_stopped() throws IOException {
        var before = camel.getRoute("tools-tick");
        write(TICK, ROUTE.replace("- log: here", "- setBody:\n            groovy: 1 + 1"));

        reload.look();
        reload.look();

        assertThat(camel.getRoute("tools-tick")).isSameAs(before);
        assertThat(audited()).singleElement().asString().contains("edit-refused", "Camel refuses it: ", "groovy");
    }

    @Test
    void mappings_that_cannot_be_read_change_no_route() throws IOException {
        mappingsAreWrong = true;
        write(TICK, ROUTE.replace("there.", "here."));

        reload.look();
        reload.look();

        assertThat(description()).isEqualTo("Says that it is there.");
        assertThat(audited()).containsExactly("files edit-refused " + TICK + ": a mapping is wrong");
    }

    @Test
    void an_edit_that_is_taken_back_is_none() throws IOException {
        write(TICK, ROUTE.replace("steps:", "stebs:"));
        reload.look();
        reload.look();

        write(TICK, ROUTE);
        reload.look();
        reload.look();
        write(TICK, ROUTE.replace("steps:", "stebs:"));
        reload.look();
        reload.look();

        assertThat(audited()).as("told again, as it was repaired meanwhile").hasSize(2);
    }

    private String description() {
        return camel.getRoute("tools-tick").getDescription();
    }

    private static List<String> audited() {
        return state.database().transaction(db -> db.createQuery(
                        "select who || ' ' || action || ' ' || subject || ': ' || why from audit.action order by at, action")
                .mapTo(String.class)
                .list());
    }

    private void copy(String root) throws IOException {
        try (var files = Files.walk(Path.of(root))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.createDirectories(folder.resolve(file).getParent());
                Files.copy(file, folder.resolve(file));
            }
        }
    }

    private void write(String path, String content) throws IOException {
        Files.createDirectories(folder.resolve(path).getParent());
        Files.writeString(folder.resolve(path), content);
    }
}
