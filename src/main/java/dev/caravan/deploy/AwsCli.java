package dev.caravan.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The AWS CLI, with the account and region its own settings name. */
public class AwsCli {
    private final String program;

    /** @param program {@code aws}, or where it is */
    public AwsCli(String program) {
        this.program = program;
    }

    /**
     * What it answered.
     *
     * @param code  0 when it did it
     * @param error what it said on standard error
     */
    public record Answer(int code, String output, String error) {
        public boolean ok() {
            return code == 0;
        }
    }

    /** @throws TargetUnavailable when there is no such program */
    public Answer run(String... arguments) {
        var command = new ArrayList<>(List.of(program));
        command.addAll(Arrays.asList(arguments));
        try {
            // Into a file, because it may say more there than a pipe holds while the other is read.
            var said = Files.createTempFile("aws-", ".err");
            try {
                var process =
                        new ProcessBuilder(command).redirectError(said.toFile()).start();
                process.getOutputStream().close();
                var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new Answer(
                        process.waitFor(), output, Files.readString(said).strip());
            } finally {
                Files.delete(said);
            }
        } catch (IOException e) {
            if (!e.getMessage().startsWith("Cannot run program")) throw new UncheckedIOException(e);
            throw new TargetUnavailable(
                    "aws", "the AWS CLI is needed, and " + program + " cannot be run: " + e.getMessage(), null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TargetUnavailable("aws", "interrupted while the AWS CLI works", null, e);
        }
    }

    /** @throws TargetUnavailable with what it said, when it could not */
    public JsonNode json(String... arguments) {
        var command = Arrays.copyOf(arguments, arguments.length + 2);
        command[arguments.length] = "--output";
        command[arguments.length + 1] = "json";
        var answer = run(command);
        if (!answer.ok())
            throw new TargetUnavailable(
                    "aws", "aws " + String.join(" ", arguments) + ": " + answer.error(), null, null);
        return answer.output().isBlank() ? Json.object() : Json.read(answer.output());
    }
}
