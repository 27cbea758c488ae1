package dev.caravan.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

class AwsSandboxTest {
    @TempDir
    Path folder;

    @Test
    void two_of_them_live_side_by_side_and_know_nothing_of_each_other() {
        try (var one = AwsSandbox.start();
                var other = AwsSandbox.start(AwsSandbox.Options.defaults()
                        .withResources(SandboxResources.defaults().withPrefix("shop")))) {
            one.clients()
                    .s3()
                    .putObject(request -> request.bucket("caravan-inbox").key("k"), RequestBody.fromString("x"));

            assertThat(upload(one)).contains("\"caravan-inbox\"");
            assertThat(other.calls().messagesSent()).isEmpty();
            assertThat(other.clients().sqs().listQueues().queueUrls())
                    .containsExactlyInAnyOrder(
                            other.queueUrl("shop-uploads"), other.queueUrl("shop-uploads-dead"),
                            other.queueUrl("shop-products"), other.queueUrl("shop-products-dead"),
                            other.queueUrl("shop-publications"), other.queueUrl("shop-publications-dead"),
                            other.queueUrl("shop-catalogue"), other.queueUrl("shop-catalogue-dead"),
                            other.queueUrl("shop-clicks"), other.queueUrl("shop-clicks-dead"),
                            other.queueUrl("shop-tasks.fifo"), other.queueUrl("shop-tasks-dead.fifo"));
            assertThat(other.clients().s3().listBuckets().buckets())
                    .extracting(bucket -> bucket.name())
                    .containsExactly("shop-archive", "shop-inbox");
        }
    }

    @Test
    void objects_in_a_given_folder_survive_a_restart_with_versions_markers_metadata_and_growing_sequencers() {
        var options = AwsSandbox.Options.defaults().withS3Directory(folder.resolve("s3"));
        var told = new ArrayList<String>();
        String first;
        try (var sandbox = AwsSandbox.start(options)) {
            first = put(sandbox, "k", "one");
            put(sandbox, "gone", "x");
            sandbox.clients().s3().deleteObject(request -> request.bucket("caravan-inbox")
                    .key("gone"));
            put(sandbox, "removed", "x");
            var removed = sandbox.clients()
                    .s3()
                    .headObject(request -> request.bucket("caravan-inbox").key("removed"))
                    .versionId();
            sandbox.clients().s3().deleteObject(request -> request.bucket("caravan-inbox")
                    .key("removed")
                    .versionId(removed));
            told.add(sequencer(upload(sandbox)));
        }

        try (var sandbox = AwsSandbox.start(options)) {
            var s3 = sandbox.clients().s3();
            var second = put(sandbox, "k", "two");
            told.add(sequencer(upload(sandbox)));

            var old = s3.getObjectAsBytes(
                    request -> request.bucket("caravan-inbox").key("k").versionId(first));
            assertThat(old.asString(UTF_8)).isEqualTo("one");
            assertThat(old.response().metadata()).isEqualTo(Map.of("by", "test"));
            var listed = s3.listObjectVersions(request -> request.bucket("caravan-inbox"));
            assertThat(listed.deleteMarkers())
                    .extracting(marker -> marker.key())
                    .containsExactly("gone");
            assertThat(listed.versions()).extracting(ObjectVersion::key).containsExactly("gone", "k", "k");
            assertThat(second).isNotEqualTo(first);
            assertThat(told.get(1)).isGreaterThan(told.get(0));
        }
    }

    @Test
    void ports_can_be_given_and_are_free_again_afterwards() throws IOException {
        var ports = freePorts(3);
        var options = AwsSandbox.Options.defaults().withPorts(ports.get(0), ports.get(1), ports.get(2));

        try (var sandbox = AwsSandbox.start(options)) {
            assertThat(List.of(
                            sandbox.s3(), sandbox.sqs(), sandbox.eventBridge().endpoint()))
                    .extracting(URI::toString)
                    .containsExactlyElementsOf(ports.stream()
                            .map(port -> "http://127.0.0.1:" + port)
                            .toList());
            assertThat(sandbox.environment())
                    .containsEntry("AWS_ENDPOINT_URL_S3", sandbox.s3().toString())
                    .containsEntry(
                            "AWS_ENDPOINT_URL_EVENTBRIDGE",
                            sandbox.eventBridge().endpoint().toString());
        }

        for (var port : ports) {
            assertThatThrownBy(() -> connect(port)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_taken_port_is_named_and_nothing_stays_behind() throws IOException {
        var before = temporaryFolders();
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var port = taken.getLocalPort();
            var defaults = AwsSandbox.Options.defaults();

            assertThatThrownBy(() -> AwsSandbox.start(defaults.withPorts(port, 0, 0)))
                    .hasMessage("S3 does not start on port " + port);
            assertThatThrownBy(() -> AwsSandbox.start(defaults.withPorts(0, port, 0)))
                    .hasMessage("SQS does not start on port " + port);
            assertThatThrownBy(() -> AwsSandbox.start(defaults.withPorts(0, 0, port)))
                    .hasMessage("EventBridge does not start on port " + port);
        }

        assertThat(temporaryFolders()).isEqualTo(before);
        // What has ended leaves its threads a moment to do so.
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("sandbox-sqs"))
                .allSatisfy(thread -> {
                    thread.join(10_000);
                    assertThat(thread.isAlive()).isFalse();
                });
    }

    @Test
    void a_temporary_folder_is_gone_afterwards_and_a_given_one_is_not() throws IOException {
        var before = temporaryFolders();

        AwsSandbox.start().close();
        AwsSandbox.start(AwsSandbox.Options.defaults().withS3Directory(folder.resolve("kept")))
                .close();

        assertThat(temporaryFolders()).isEqualTo(before);
        assertThat(folder.resolve("kept")).isNotEmptyDirectory();
    }

    @Test
    void redrive_and_visibility_are_settings() {
        var resources = SandboxResources.defaults().withMaxReceiveCount(3).withVisibilityTimeout(Duration.ofSeconds(5));

        try (var sandbox = AwsSandbox.start(AwsSandbox.Options.defaults().withResources(resources))) {
            var attributes = sandbox.clients()
                    .sqs()
                    .getQueueAttributes(request -> request.queueUrl(sandbox.queueUrl("caravan-tasks.fifo"))
                            .attributeNames(QueueAttributeName.ALL))
                    .attributes();
            assertThat(attributes)
                    .containsEntry(QueueAttributeName.VISIBILITY_TIMEOUT, "5")
                    .containsEntry(QueueAttributeName.FIFO_QUEUE, "true");
            assertThat(Json.read(attributes.get(QueueAttributeName.REDRIVE_POLICY))
                            .get("maxReceiveCount")
                            .asInt())
                    .isEqualTo(3);
        }
    }

    @Test
    void a_bucket_keeps_versions_only_when_told_to_and_goes_only_when_empty() {
        try (var sandbox = AwsSandbox.start()) {
            var s3 = sandbox.clients().s3();
            s3.createBucket(request -> request.bucket("plain"));
            assertThat(s3.getBucketVersioning(request -> request.bucket("plain"))
                            .status())
                    .isNull();

            var put = s3.putObject(request -> request.bucket("plain").key("k"), RequestBody.fromString("one"));
            s3.putObject(request -> request.bucket("plain").key("k"), RequestBody.fromString("two"));
            assertThat(put.versionId()).isNull();
            assertThat(s3.listObjectVersions(request -> request.bucket("plain")).versions())
                    .extracting(ObjectVersion::versionId)
                    .containsExactly("null");

            s3.putBucketVersioning(request -> request.bucket("plain")
                    .versioningConfiguration(versioning -> versioning.status(BucketVersioningStatus.ENABLED)));
            s3.putObject(request -> request.bucket("plain").key("k"), RequestBody.fromString("three"));
            assertThat(s3.getObjectAsBytes(
                                    request -> request.bucket("plain").key("k").versionId("null"))
                            .asString(UTF_8))
                    .isEqualTo("two");

            assertThatThrownBy(() -> s3.deleteBucket(request -> request.bucket("plain")))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(409));
            s3.listObjectVersions(request -> request.bucket("plain"))
                    .versions()
                    .forEach(version -> s3.deleteObject(
                            request -> request.bucket("plain").key("k").versionId(version.versionId())));
            s3.deleteBucket(request -> request.bucket("plain"));
            assertThatThrownBy(() -> s3.headBucket(request -> request.bucket("plain")))
                    .isInstanceOf(NoSuchBucketException.class);
        }
    }

    private static String put(AwsSandbox sandbox, String key, String content) {
        return sandbox.clients()
                .s3()
                .putObject(
                        request -> request.bucket("caravan-inbox").key(key).metadata(Map.of("by", "test")),
                        RequestBody.fromString(content))
                .versionId();
    }

    private static String upload(AwsSandbox sandbox) {
        return sandbox.clients()
                .sqs()
                .receiveMessage(request ->
                        request.queueUrl(sandbox.queueUrl("caravan-uploads")).waitTimeSeconds(10))
                .messages()
                .get(0)
                .body();
    }

    private static String sequencer(String event) {
        return Json.read(event).at("/detail/object/sequencer").asText();
    }

    private static List<Integer> freePorts(int count) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        for (var i = 0; i < count; i++) sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        for (var socket : sockets) socket.close();
        return sockets.stream().map(ServerSocket::getLocalPort).toList();
    }

    private static void connect(int port) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        }
    }

    private static List<Path> temporaryFolders() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName()
                            .toString()
                            .startsWith("caravan-s3-" + ProcessHandle.current().pid() + "-"))
                    .sorted()
                    .toList();
        }
    }
}
