package dev.caravan.aws;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchResponse;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** A real client on whose way something goes wrong: entries are refused, or nothing gets through at all. */
final class TroubledSqs implements SqsClient {
    private final SqsClient real;
    final List<DeleteMessageBatchRequest> deletes = new CopyOnWriteArrayList<>();
    final List<ChangeMessageVisibilityBatchRequest> changes = new CopyOnWriteArrayList<>();

    volatile boolean cutOff;
    final AtomicInteger refusedDeletes = new AtomicInteger();
    final AtomicInteger refusedChanges = new AtomicInteger();
    /** So many deletes are on their way when their thread is interrupted. */
    final AtomicInteger interruptedDeletes = new AtomicInteger();

    volatile boolean senderFault;
    volatile UnaryOperator<ReceiveMessageResponse> onReceive = UnaryOperator.identity();

    TroubledSqs(SqsClient real) {
        this.real = real;
    }

    @Override
    public GetQueueUrlResponse getQueueUrl(GetQueueUrlRequest request) {
        connect();
        return real.getQueueUrl(request);
    }

    @Override
    public ReceiveMessageResponse receiveMessage(ReceiveMessageRequest request) {
        connect();
        return onReceive.apply(real.receiveMessage(request));
    }

    @Override
    public DeleteMessageBatchResponse deleteMessageBatch(DeleteMessageBatchRequest request) {
        connect();
        deletes.add(request);
        if (interruptedDeletes.getAndUpdate(left -> Math.max(0, left - 1)) > 0)
            Thread.currentThread().interrupt();
        if (refusedDeletes.get() == 0) return real.deleteMessageBatch(request);
        refusedDeletes.decrementAndGet();
        var first = request.entries().get(0);
        var others = request.entries().subList(1, request.entries().size());
        var response = others.isEmpty()
                ? DeleteMessageBatchResponse.builder().build()
                : real.deleteMessageBatch(request.toBuilder().entries(others).build());
        return response.toBuilder().failed(refusal(first.id())).build();
    }

    @Override
    public ChangeMessageVisibilityBatchResponse changeMessageVisibilityBatch(
            ChangeMessageVisibilityBatchRequest request) {
        connect();
        changes.add(request);
        if (refusedChanges.get() == 0) return real.changeMessageVisibilityBatch(request);
        refusedChanges.decrementAndGet();
        return ChangeMessageVisibilityBatchResponse.builder()
                .failed(request.entries().stream()
                        .map(entry -> refusal(entry.id()))
                        .toList())
                .build();
    }

    private BatchResultErrorEntry refusal(String id) {
        return BatchResultErrorEntry.builder()
                .id(id)
                .code(senderFault ? "ReceiptHandleIsInvalid" : "InternalError")
                .message("no")
                .senderFault(senderFault)
                .build();
    }

    private void connect() {
        if (cutOff) throw SdkClientException.create("connection refused");
    }

    @Override
    public String serviceName() {
        return real.serviceName();
    }

    @Override
    public void close() {}
}
