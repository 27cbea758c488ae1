package dev.caravan.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What hadolint would say of {@code Dockerfile}, as far as it concerns what stands there; hadolint itself comes from no package registry we
 * build with. Its rules by number: <a href="https://github.com/hadolint/hadolint#rules">hadolint</a>.
 */
class DockerfileTest {
    private final List<String> instructions = instructions();

    @Test
    void bases_are_pinned_and_can_be_pinned_by_digest() {
        // DL3006, DL3007: a version, and not "latest"; by argument, so that a release names a digest.
        assertThat(of("FROM")).hasSize(2).allMatch(from -> from.matches("FROM \\$\\{(JDK|JRE)}( AS build)?"));
        assertThat(of("ARG"))
                .hasSize(2)
                .allMatch(argument -> argument.matches("ARG (JDK|JRE)=[a-z-]+:\\d[\\w.-]+(@sha256:[0-9a-f]{64})?"));
        // DL3024: names of stages are distinct. DL3022: what is copied from a stage is from one that is there.
        assertThat(of("COPY --from")).allMatch(copy -> copy.startsWith("COPY --from=build "));
    }

    @Test
    void the_last_user_is_nobody_and_a_number() {
        // DL3002, and what ECS needs to see that it is not root.
        assertThat(of("USER")).last().asString().matches("USER [1-9]\\d{3,}");
        var run = instructions.indexOf(of("USER").get(0));
        assertThat(instructions.subList(run, instructions.size())).noneMatch(line -> line.startsWith("RUN"));
    }

    @Test
    void what_is_started_gets_signals_itself() {
        // DL3025: JSON, so that no shell stands before it and SIGTERM drains.
        assertThat(of("ENTRYPOINT")).hasSize(1).allMatch(line -> line.contains("[\"java\""));
        assertThat(of("CMD")).hasSize(1).allMatch(line -> line.contains("[\"run\"]"));
        // DL4003, DL4004: one each. DL3012: one health check.
        assertThat(of("HEALTHCHECK")).hasSize(1).allMatch(line -> line.contains("CMD [\"java\""));
    }

    @Test
    void folders_are_absolute_and_nothing_is_fetched_by_the_way() {
        // DL3000: absolute. DL3003: no cd. DL3004: no sudo. DL3020: no ADD. DL4000: no MAINTAINER. DL3008 and others:
        // no package manager.
        assertThat(of("WORKDIR")).isNotEmpty().allMatch(line -> line.startsWith("WORKDIR /"));
        assertThat(of("ADD")).isEmpty();
        assertThat(of("MAINTAINER")).isEmpty();
        assertThat(of("RUN"))
                .noneMatch(line -> line.matches("(?s).*\\b(cd|sudo|apt|apt-get|apk|yum|dnf|pip|curl|wget)\\b.*"));
        // DL4006: no pipe whose first part may fail unseen.
        assertThat(of("RUN")).noneMatch(line -> line.contains("|"));
        // DL3011: ports there are.
        assertThat(of("EXPOSE")).containsExactly("EXPOSE 8080 9876");
    }

    @Test
    void instructions_are_in_order_and_do_not_get_in_each_others_way() {
        // DL3061: an argument or a base is first. DL3029: for the platform it is built for.
        assertThat(instructions.get(0)).startsWith("ARG ");
        assertThat(of("FROM")).noneMatch(from -> from.contains("--platform"));
        // DL3021: several files go into a folder. DL3045: a relative one is below a WORKDIR of the same stage.
        assertThat(of("COPY"))
                .allMatch(copy -> copy.replaceFirst("--from=\\S+ ", "").split(" ").length == 3 || copy.endsWith("/"));
        for (var stage : String.join("\n", instructions).split("(?m)^FROM "))
            if (stage.contains("COPY")) assertThat(stage.indexOf("WORKDIR")).isBetween(0, stage.indexOf("COPY"));
        // DL3044: what ENV sets is not read in it. DL4005: the shell stays. DL3043: nothing for images made from this
        // one.
        assertThat(of("ENV")).hasSize(1).noneMatch(line -> line.contains("$"));
        assertThat(of("SHELL")).isEmpty();
        assertThat(of("ONBUILD")).isEmpty();
        // DL3046: a number with more than five digits would make the log of logins as large.
        assertThat(of("RUN useradd")).hasSize(1).allMatch(run -> run.matches(".* --uid \\d{4,5} .*"));
        // DL3059: no two RUN in a row.
        for (var at = 1; at < instructions.size(); at++)
            if (instructions.get(at).startsWith("RUN"))
                assertThat(instructions.get(at - 1)).doesNotStartWith("RUN");
    }

    @Test
    void no_secret_comes_in() throws IOException {
        assertThat(instructions).noneMatch(line -> line.matches("(?i).*(password|secret|token|api_key)\\s*=.*"));
        assertThat(Files.readAllLines(Path.of(".dockerignore"))).contains(".git", "target");
    }

    private List<String> of(String beginning) {
        return instructions.stream().filter(line -> line.startsWith(beginning)).toList();
    }

    /** Without comments and blank lines; an instruction over several lines is one. */
    private static List<String> instructions() {
        try {
            var found = new ArrayList<String>();
            var open = new StringBuilder();
            for (var line : Files.readAllLines(Path.of("Dockerfile"))) {
                if (line.isBlank() || line.startsWith("#")) continue;
                open.append(line.replaceFirst("\\\\$", "").strip());
                if (line.endsWith("\\")) continue;
                found.add(open.toString());
                open.setLength(0);
            }
            return found;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
