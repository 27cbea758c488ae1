package dev.caravan.sandbox.awssdk;

import com.google.common.collect.Iterators;
import com.google.common.io.ByteStreams;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.SdkRequests;
import org.gaul.s3proxy.blobstore.SdkResponses;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.CreateBucketResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteMarkerEntry;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetBucketVersioningRequest;
import software.amazon.awssdk.services.s3.model.GetBucketVersioningResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListBucketsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.ObjectVersionStorageClass;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutBucketVersioningRequest;
import software.amazon.awssdk.services.s3.model.PutBucketVersioningResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.StorageClass;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Objects with versions, as S3 keeps them. Every version is a file of its own that never changes, so a reader of one version is never
 * disturbed by a writer of the next, and a key may be any text, because no file is named after it. Bodies go from the socket to the disk
 * and back; only what a listing shows is held in memory. S3Proxy's own stores either keep no versions or keep everything in memory.
 */
public final class VersionedStore implements BlobStore {
    private static final String NEVER_VERSIONED = "null";
    private static final HexFormat HEX = HexFormat.of();

    private final Path objects;
    private final Clock clock;
    private final Consumer<ObjectChange> changes;
    private final Index index;
    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();

    /**
     * @param directory where bodies and the index are kept; what is there from an earlier run is found again
     * @param clock     the time of versions and changes
     * @param changes   told of every change, in the order in which the changes of a key happened; must return at once
     */
    public VersionedStore(Path directory, Clock clock, Consumer<ObjectChange> changes) {
        this.clock = clock;
        this.changes = changes;
        try {
            this.objects = Files.createDirectories(directory.resolve("objects"));
            this.index = Index.open(directory.resolve("index.ndjson"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep objects in " + directory, e);
        }
    }

    @Override
    public void close() {
        index.close();
    }

    // Buckets

    @Override
    public CreateBucketResponse createContainer(CreateBucketRequest request) {
        synchronized (index) {
            if (index.status(request.bucket()) == null) index.addBucket(request.bucket(), now());
        }
        return CreateBucketResponse.builder().location("/" + request.bucket()).build();
    }

    @Override
    public HeadBucketResponse headBucket(HeadBucketRequest request) {
        statusOf(request.bucket());
        return HeadBucketResponse.builder().bucketRegion("us-east-1").build();
    }

    @Override
    public ListBucketsResponse list() {
        synchronized (index) {
            return ListBucketsResponse.builder()
                    .buckets(index.buckets().entrySet().stream()
                            .map(bucket -> Bucket.builder()
                                    .name(bucket.getKey())
                                    .creationDate(bucket.getValue())
                                    .build())
                            .toList())
                    .build();
        }
    }

    @Override
    public void deleteBucket(String bucket) {
        synchronized (index) {
            if (index.status(bucket) == null) return;
            if (!index.keys(bucket).isEmpty()) throw S3Exceptions.bucketNotEmpty(bucket);
            index.removeBucket(bucket);
        }
    }

    @Override
    public boolean supportsVersioning() {
        return true;
    }

    @Override
    public GetBucketVersioningResponse getBucketVersioning(GetBucketVersioningRequest request) {
        var status = statusOf(request.bucket());
        return GetBucketVersioningResponse.builder()
                .status(status.isEmpty() ? null : status)
                .build();
    }

    @Override
    public PutBucketVersioningResponse putBucketVersioning(PutBucketVersioningRequest request) {
        statusOf(request.bucket());
        synchronized (index) {
            index.setStatus(request.bucket(), request.versioningConfiguration().statusAsString());
        }
        return PutBucketVersioningResponse.builder().build();
    }

    // Writing

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        statusOf(request.bucket());
        var content = store(payload, request.contentMD5());
        var version = publish(
                new Draft(request.bucket(), request.key(), content, headers(request), request.metadata(), "PutObject"),
                request.ifMatch(),
                request.ifNoneMatch());
        return SdkResponses.putResponse(version.etag(), reported(version));
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        if (request.copySourceIfNoneMatch() != null
                || request.copySourceIfModifiedSince() != null
                || request.copySourceIfUnmodifiedSince() != null) {
            throw S3Exceptions.invalidRequest("The sandbox does not copy on this condition.");
        }
        statusOf(request.destinationBucket());
        var source = find(request.sourceBucket(), request.sourceKey(), request.sourceVersionId());
        if (request.copySourceIfMatch() != null
                && !unquoted(request.copySourceIfMatch()).equals(source.etag())) {
            throw S3Exceptions.preconditionFailed(null);
        }
        var replace = request.metadataDirective() == MetadataDirective.REPLACE;
        var content = copied(source);
        var version = publish(
                new Draft(
                        request.destinationBucket(),
                        request.destinationKey(),
                        content,
                        replace ? headers(request) : source.headers(),
                        replace ? request.metadata() : source.metadata(),
                        "CopyObject"),
                request.ifMatch(),
                request.ifNoneMatch());
        return SdkResponses.copyResponse(version.etag(), version.modified(), reported(version), reported(source));
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
        statusOf(request.bucket());
        var id = UUID.randomUUID().toString();
        uploads.put(id, new Upload(request, now(), Collections.synchronizedMap(new TreeMap<>())));
        return new MultipartUpload(id, request);
    }

    @Override
    public UploadPartResponse uploadMultipartPart(
            MultipartUpload upload, UploadPartRequest request, InputStream payload) {
        var parts = partsOf(upload);
        var replaced = parts.put(request.partNumber(), store(payload, request.contentMD5()));
        if (replaced != null) delete(replaced.file());
        return SdkResponses.uploadedPart(parts.get(request.partNumber()).md5());
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(
            MultipartUpload upload, CompleteMultipartUploadRequest request) {
        var parts = partsOf(upload);
        var chosen = request.multipartUpload().parts().stream()
                .map(CompletedPart::partNumber)
                .map(parts::get)
                .toList();
        var bodies = Iterators.transform(chosen.iterator(), part -> open(part.file()));
        var whole = store(new SequenceInputStream(Iterators.asEnumeration(bodies)), null);
        var digest = md5();
        chosen.forEach(part -> digest.update(HEX.parseHex(part.md5())));
        var content = new Content(whole.file(), whole.size(), HEX.formatHex(digest.digest()) + "-" + chosen.size());
        var created = uploads.get(upload.id()).request();
        var version = publish(
                new Draft(
                        upload.containerName(),
                        upload.blobName(),
                        content,
                        headers(created),
                        created.metadata(),
                        "CompleteMultipartUpload"),
                request.ifMatch(),
                request.ifNoneMatch());
        abortMultipartUpload(upload);
        return SdkResponses.completeResponse(version.etag(), reported(version));
    }

    @Override
    public void abortMultipartUpload(MultipartUpload upload) {
        partsOf(upload).values().forEach(part -> delete(part.file()));
        uploads.remove(upload.id());
    }

    @Override
    public List<Part> listMultipartUpload(MultipartUpload upload) {
        var known = uploads.get(upload.id());
        if (known == null) return List.of();
        synchronized (known.parts()) {
            return known.parts().entrySet().stream()
                    .map(part -> SdkResponses.part(
                            part.getKey(),
                            part.getValue().size(),
                            part.getValue().md5(),
                            known.since()))
                    .toList();
        }
    }

    @Override
    public List<software.amazon.awssdk.services.s3.model.MultipartUpload> listMultipartUploads(String bucket) {
        return uploads.entrySet().stream()
                .filter(upload -> upload.getValue().request().bucket().equals(bucket))
                .map(upload -> SdkResponses.upload(
                        upload.getValue().request().key(),
                        upload.getKey(),
                        upload.getValue().since()))
                .toList();
    }

    @Override
    public long getMinimumMultipartPartSize() {
        return 5 << 20;
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        var bucket = request.bucket();
        var key = request.key();
        var status = statusOf(bucket);
        synchronized (index) {
            if (request.ifMatch() != null) requireMatch(bucket, key, request.ifMatch());
            if (request.versionId() != null || status.isEmpty()) {
                var id = request.versionId() == null ? NEVER_VERSIONED : request.versionId();
                var gone = index.removeVersion(bucket, key, id);
                if (gone == null)
                    return DeleteObjectResponse.builder()
                            .versionId(request.versionId())
                            .build();
                if (!gone.deleteMarker()) delete(objects.resolve(gone.file()));
                tell(ObjectChange.Kind.DELETED, "DeleteObject", bucket, key, gone, index.nextSequencer(clock.millis()));
                return DeleteObjectResponse.builder()
                        .versionId(request.versionId())
                        .deleteMarker(gone.deleteMarker() ? true : null)
                        .build();
            }
            var marker = new Version(
                    newVersionId(status),
                    null,
                    0,
                    null,
                    clock.millis(),
                    index.nextSequencer(clock.millis()),
                    Map.of(),
                    Map.of());
            replaceUnversioned(bucket, key, marker);
            index.addVersion(bucket, key, marker);
            tell(ObjectChange.Kind.HIDDEN, "DeleteObject", bucket, key, marker, marker.sequencer());
            return DeleteObjectResponse.builder()
                    .versionId(marker.id())
                    .deleteMarker(true)
                    .build();
        }
    }

    // Reading

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        return SdkResponses.toHead(describe(find(request.bucket(), request.key(), request.versionId()))
                .build());
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        var version = find(request.bucket(), request.key(), request.versionId());
        requireConditions(request, version);
        var range = SdkRequests.parseRange(request.range());
        if (range == null) return SdkResponses.getResponse(describe(version).build(), open(version));
        var size = version.size();
        var first = range.first() == null ? Math.max(0, size - range.last()) : range.first();
        var last = range.first() == null || range.last() == null ? size - 1 : Math.min(range.last(), size - 1);
        if (first > last) throw S3Exceptions.fromStatusCode(416);
        return SdkResponses.getResponse(
                describe(version)
                        .contentLength(last - first + 1)
                        .contentRange("bytes " + first + "-" + last + "/" + size)
                        .build(),
                slice(version, first, last - first + 1));
    }

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        statusOf(request.bucket());
        var prefix = Objects.requireNonNullElse(request.prefix(), "");
        var delimiter = Objects.requireNonNullElse(request.delimiter(), "");
        var after = request.continuationToken() != null ? request.continuationToken() : request.startAfter();
        int limit = request.maxKeys() == null ? 1000 : request.maxKeys();
        var contents = new ArrayList<S3Object>();
        var prefixes = new ArrayList<CommonPrefix>();
        String last = null;
        synchronized (index) {
            for (var entry : index.keys(request.bucket()).tailMap(prefix, true).entrySet()) {
                var key = entry.getKey();
                if (!key.startsWith(prefix)) break;
                if (after != null && Index.KEY_ORDER.compare(key, after) <= 0) continue;
                var current = entry.getValue().get(entry.getValue().size() - 1);
                if (current.deleteMarker()) continue;
                var end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
                var shown = end < 0 ? key : key.substring(0, end + delimiter.length());
                if (end >= 0 && (shown.equals(last) || shown.equals(request.continuationToken()))) continue;
                if (contents.size() + prefixes.size() == limit)
                    return SdkResponses.objectsPage(contents, prefixes, last);
                if (end < 0) {
                    contents.add(SdkResponses.objectEntry(
                            key, quoted(current), current.modified(), current.size(), StorageClass.STANDARD));
                } else {
                    prefixes.add(SdkResponses.commonPrefix(shown));
                }
                last = shown;
            }
        }
        return SdkResponses.objectsPage(contents, prefixes, null);
    }

    @Override
    public ListObjectVersionsResponse listVersions(ListObjectVersionsRequest request) {
        statusOf(request.bucket());
        if (request.delimiter() != null)
            throw S3Exceptions.invalidRequest("The sandbox lists versions without delimiter only.");
        var prefix = Objects.requireNonNullElse(request.prefix(), "");
        int limit = request.maxKeys() == null ? 1000 : request.maxKeys();
        var page = ListObjectVersionsResponse.builder();
        var versions = new ArrayList<ObjectVersion>();
        var markers = new ArrayList<DeleteMarkerEntry>();
        synchronized (index) {
            var rows = rowsAfter(request, prefix);
            for (var row : rows.subList(0, Math.min(limit, rows.size()))) {
                var version = row.version();
                if (version.deleteMarker()) {
                    markers.add(DeleteMarkerEntry.builder()
                            .key(row.key())
                            .versionId(version.id())
                            .isLatest(row.latest())
                            .lastModified(version.modified())
                            .build());
                } else {
                    versions.add(ObjectVersion.builder()
                            .key(row.key())
                            .versionId(version.id())
                            .isLatest(row.latest())
                            .lastModified(version.modified())
                            .eTag(quoted(version))
                            .size(version.size())
                            .storageClass(ObjectVersionStorageClass.STANDARD)
                            .build());
                }
                page.nextKeyMarker(row.key()).nextVersionIdMarker(version.id());
            }
            if (rows.size() <= limit) page.nextKeyMarker(null).nextVersionIdMarker(null);
            page.isTruncated(rows.size() > limit);
        }
        return page.versions(versions).deleteMarkers(markers).build();
    }

    // Access: everything belongs to the one who asks

    @Override
    public BucketCannedACL getContainerAccess(String bucket) {
        statusOf(bucket);
        return BucketCannedACL.PRIVATE;
    }

    @Override
    public void setContainerAccess(String bucket, BucketCannedACL access) {
        statusOf(bucket);
    }

    @Override
    public ObjectCannedACL getBlobAccess(String bucket, String key) {
        return getBlobAccess(bucket, key, null);
    }

    @Override
    public ObjectCannedACL getBlobAccess(String bucket, String key, String versionId) {
        find(bucket, key, versionId);
        return ObjectCannedACL.PRIVATE;
    }

    @Override
    public void setBlobAccess(String bucket, String key, ObjectCannedACL access) {
        setBlobAccess(bucket, key, access, null);
    }

    @Override
    public void setBlobAccess(String bucket, String key, ObjectCannedACL access, String versionId) {
        find(bucket, key, versionId);
    }

    private record Content(Path file, long size, String md5) {}

    private record Draft(
            String bucket,
            String key,
            Content content,
            Map<String, String> headers,
            Map<String, String> metadata,
            String reason) {}

    private record Upload(CreateMultipartUploadRequest request, Instant since, Map<Integer, Content> parts) {}

    private record Row(String key, Version version, boolean latest) {}

    private Version publish(Draft draft, String ifMatch, String ifNoneMatch) {
        var bucket = draft.bucket();
        var key = draft.key();
        synchronized (index) {
            try {
                if (ifMatch != null) requireMatch(bucket, key, ifMatch);
                var current = index.current(bucket, key);
                if (ifNoneMatch != null
                        && current != null
                        && !current.deleteMarker()
                        && (ifNoneMatch.equals("*") || unquoted(ifNoneMatch).equals(current.etag()))) {
                    throw S3Exceptions.preconditionFailed(null);
                }
            } catch (RuntimeException e) {
                delete(draft.content().file());
                throw e;
            }
            var version = new Version(
                    newVersionId(index.status(bucket)),
                    draft.content().file().getFileName().toString(),
                    draft.content().size(),
                    draft.content().md5(),
                    clock.millis(),
                    index.nextSequencer(clock.millis()),
                    draft.headers(),
                    draft.metadata());
            replaceUnversioned(bucket, key, version);
            index.addVersion(bucket, key, version);
            tell(ObjectChange.Kind.CREATED, draft.reason(), bucket, key, version, version.sequencer());
            return version;
        }
    }

    private void tell(
            ObjectChange.Kind kind, String reason, String bucket, String key, Version version, String sequencer) {
        changes.accept(new ObjectChange(
                kind,
                reason,
                bucket,
                key,
                kind == ObjectChange.Kind.CREATED ? version.size() : 0,
                kind == ObjectChange.Kind.CREATED ? version.etag() : null,
                reported(version),
                sequencer,
                now()));
    }

    /** A key has one version at most whose id is "null": the one written while versions were not kept. */
    private void replaceUnversioned(String bucket, String key, Version next) {
        if (!next.id().equals(NEVER_VERSIONED)) return;
        var replaced = index.removeVersion(bucket, key, NEVER_VERSIONED);
        if (replaced != null && !replaced.deleteMarker()) delete(objects.resolve(replaced.file()));
    }

    private Version find(String bucket, String key, String versionId) {
        statusOf(bucket);
        synchronized (index) {
            if (versionId == null) {
                var current = index.current(bucket, key);
                if (current == null) throw S3Exceptions.noSuchKey(bucket, key, "no such object");
                if (current.deleteMarker())
                    throw S3Exceptions.noSuchKeyDeleteMarker(bucket, key, current.id(), "deleted");
                return current;
            }
            var named = index.version(bucket, key, versionId);
            if (named == null) throw S3Exceptions.noSuchVersion(bucket, key, versionId, "no such version");
            if (named.deleteMarker()) {
                throw S3Exceptions.fromStatusCode(
                        405, null, Map.of("x-amz-delete-marker", "true", "x-amz-version-id", versionId), null);
            }
            return named;
        }
    }

    /** Empty when the bucket never kept versions, else {@code Enabled} or {@code Suspended}. */
    private String statusOf(String bucket) {
        synchronized (index) {
            var status = index.status(bucket);
            if (status == null) throw S3Exceptions.noSuchBucket(bucket, "no such bucket");
            return status;
        }
    }

    private void requireMatch(String bucket, String key, String ifMatch) {
        var current = index.current(bucket, key);
        if (current == null || current.deleteMarker()) throw S3Exceptions.noSuchKey(bucket, key, "nothing to match");
        if (!ifMatch.equals("*") && !unquoted(ifMatch).equals(current.etag()))
            throw S3Exceptions.preconditionFailed(null);
    }

    private static void requireConditions(GetObjectRequest request, Version version) {
        var seconds = version.modified().getEpochSecond();
        var failed = request.ifMatch() != null
                        && !request.ifMatch().equals("*")
                        && !unquoted(request.ifMatch()).equals(version.etag())
                || request.ifNoneMatch() != null
                        && (request.ifNoneMatch().equals("*")
                                || unquoted(request.ifNoneMatch()).equals(version.etag()))
                || request.ifModifiedSince() != null
                        && seconds <= request.ifModifiedSince().getEpochSecond()
                || request.ifUnmodifiedSince() != null
                        && seconds > request.ifUnmodifiedSince().getEpochSecond();
        if (failed) throw S3Exceptions.preconditionFailed(null);
    }

    private List<Row> rowsAfter(ListObjectVersionsRequest request, String prefix) {
        var rows = new ArrayList<Row>();
        for (var entry : index.keys(request.bucket()).tailMap(prefix, true).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) break;
            var versions = entry.getValue();
            for (int i = versions.size() - 1; i >= 0; i--) {
                rows.add(new Row(entry.getKey(), versions.get(i), i == versions.size() - 1));
            }
        }
        if (request.keyMarker() == null) return rows;
        var from = 0;
        for (var row : rows) {
            var beyond = Index.KEY_ORDER.compare(row.key(), request.keyMarker());
            if (beyond > 0) break;
            from++;
            if (beyond == 0 && row.version().id().equals(request.versionIdMarker())) break;
        }
        return rows.subList(from, rows.size());
    }

    private Map<Integer, Content> partsOf(MultipartUpload upload) {
        var known = uploads.get(upload.id());
        if (known == null) throw S3Exceptions.noSuchKey(upload.containerName(), upload.blobName(), "no such upload");
        return known.parts();
    }

    private Content store(InputStream payload, String expectedMd5) {
        var file = objects.resolve(UUID.randomUUID().toString());
        var digest = md5();
        try (var in = new DigestInputStream(payload, digest)) {
            var size = Files.copy(in, file);
            var md5 = digest.digest();
            if (expectedMd5 != null
                    && !MessageDigest.isEqual(md5, Base64.getDecoder().decode(expectedMd5))) {
                delete(file);
                throw S3Exceptions.fromStatusCode(400);
            }
            return new Content(file, size, HEX.formatHex(md5));
        } catch (IOException e) {
            delete(file);
            throw new UncheckedIOException("upload broke off", e);
        }
    }

    /** The same bytes under another name: no file with bytes ever changes. An ETag of parts is not that of the copy. */
    private Content copied(Version source) {
        if (source.etag().contains("-")) return store(open(source), null);
        var file = objects.resolve(UUID.randomUUID().toString());
        try {
            Files.createLink(file, objects.resolve(source.file()));
        } catch (UnsupportedOperationException | IOException e) {
            // Not every file system has links.
            return store(open(source), null);
        }
        return new Content(file, source.size(), source.etag());
    }

    private InputStream open(Version version) {
        return open(objects.resolve(version.file()));
    }

    private static InputStream open(Path file) {
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputStream slice(Version version, long first, long length) {
        var in = open(version);
        try {
            in.skipNBytes(first);
            return ByteStreams.limit(in, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GetObjectResponse.Builder describe(Version version) {
        var headers = version.headers();
        return GetObjectResponse.builder()
                .contentLength(version.size())
                .eTag(quoted(version))
                .lastModified(version.modified())
                .versionId(reported(version))
                .storageClass(StorageClass.STANDARD)
                .acceptRanges("bytes")
                .cacheControl(headers.get("Cache-Control"))
                .contentDisposition(headers.get("Content-Disposition"))
                .contentEncoding(headers.get("Content-Encoding"))
                .contentLanguage(headers.get("Content-Language"))
                .contentType(headers.get("Content-Type"))
                .metadata(version.metadata());
    }

    private static Map<String, String> headers(PutObjectRequest request) {
        return headers(
                request.cacheControl(),
                request.contentDisposition(),
                request.contentEncoding(),
                request.contentLanguage(),
                request.contentType());
    }

    private static Map<String, String> headers(CopyObjectRequest request) {
        return headers(
                request.cacheControl(),
                request.contentDisposition(),
                request.contentEncoding(),
                request.contentLanguage(),
                request.contentType());
    }

    private static Map<String, String> headers(CreateMultipartUploadRequest request) {
        return headers(
                request.cacheControl(),
                request.contentDisposition(),
                request.contentEncoding(),
                request.contentLanguage(),
                request.contentType());
    }

    private static Map<String, String> headers(
            String cacheControl, String disposition, String encoding, String language, String contentType) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Cache-Control", cacheControl);
        headers.put("Content-Disposition", disposition);
        headers.put("Content-Encoding", encoding);
        headers.put("Content-Language", language);
        headers.put("Content-Type", contentType);
        headers.values().removeIf(Objects::isNull);
        return headers;
    }

    private static String newVersionId(String status) {
        if (!status.equals(BucketVersioningStatus.ENABLED.toString())) return NEVER_VERSIONED;
        return UUID.randomUUID().toString().replace("-", "");
    }

    /** S3 does not report the id of what was written while versions were not kept. */
    private static String reported(Version version) {
        return version.id().equals(NEVER_VERSIONED) ? null : version.id();
    }

    private static String quoted(Version version) {
        return '"' + version.etag() + '"';
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }

    private Instant now() {
        return clock.instant();
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
