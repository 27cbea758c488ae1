package dev.caravan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrashPointTest {
    /** Passes a point three times and another once, in a process of its own. */
    static final class Passer {
        public static void main(String[] arguments) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
            for (int i = 1; i <= 3; i++) {
                CrashPoint.PAGE_SAVED.pass();
                System.out.println("saved " + i);
            }
            CrashPoint.EVENTS_SENT.pass();
            System.out.println("sent");
        }
    }

    @Test
    void without_the_variable_every_point_is_passed() throws Exception {
        assertThat(run(null)).isEqualTo("saved 1,saved 2,saved 3,sent,hook, exit 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PAGE_SAVED    | exit 137",
                "PAGE_SAVED:3  | saved 1,saved 2, exit 137",
                "EVENTS_SENT   | saved 1,saved 2,saved 3, exit 137",
                "PAGE_SAVED:9  | saved 1,saved 2,saved 3,sent,hook, exit 0",
                "NO_SUCH_POINT | saved 1,saved 2,saved 3,sent,hook, exit 0"
            })
    void the_process_ends_at_the_armed_point_at_once(String armed, String expected) throws Exception {
        assertThat(run(armed)).isEqualTo(expected);
    }

    private static String run(String armed) throws IOException, InterruptedException {
        var java = ProcessHandle.current().info().command().orElseThrow();
        var classes = CrashPoint.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        var tests = CrashPointTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        var builder = new ProcessBuilder(
                        java, "-Xshare:auto", "-cp", classes + File.pathSeparator + tests, Passer.class.getName())
                .redirectErrorStream(true);
        builder.environment().remove("CARAVAN_CRASH_AT");
        if (armed != null) builder.environment().put("CARAVAN_CRASH_AT", armed);
        var process = builder.start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line + ",")
                .reduce("", String::concat);
        return (said + " exit " + process.waitFor()).strip();
    }
}
