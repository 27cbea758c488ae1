package dev.caravan.aws;

import dev.caravan.failure.TargetUnavailable;
import dev.caravan.observe.Correlation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.spi.ScheduledPollConsumerScheduler;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.DefaultScheduledPollConsumerScheduler;
import org.apache.camel.support.ScheduledPollConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/**
 * Polls a queue for pages. A poll fills a page, runs the route with it and settles it; then the next begins.
 *
 * <p>When it is suspended or stopped, the page in work is finished and settled; messages received but not yet handed to the route are given
 * back at once. When stopping takes too long and Camel forces it, the route is interrupted, and what it had marked as done is still
 * deleted. While a receive fails, the health check {@code consumer:ROUTE} says so and polls become rarer.
 */
final class SqsBatchConsumer extends ScheduledPollConsumer implements ShutdownAware {
    private static final Logger LOG = LoggerFactory.getLogger(SqsBatchConsumer.class);
    private static final Duration BETWEEN_SHORT_RECEIVES = Duration.ofMillis(50);
    private static final Duration LAST_SETTLE = Duration.ofSeconds(2);

    private final Optional<MessageAges> ages;
    private final Set<PageInWork> pages = ConcurrentHashMap.newKeySet();
    private final ReentrantLock waiting = new ReentrantLock();
    private final Condition changed = waiting.newCondition();
    private ScheduledExecutorService extender;
    private ScheduledExecutorService settler;
    private final ReentrantLock receiving = new ReentrantLock(true);
    private long lastReceive = System.nanoTime();
    private int failuresInARow;
    private long notBefore;
    private volatile boolean answered;

    SqsBatchConsumer(SqsBatchEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        ages = endpoint.ages();
    }

    @Override
    public SqsBatchEndpoint getEndpoint() {
        return (SqsBatchEndpoint) super.getEndpoint();
    }

    @Override
    protected int poll() throws Exception {
        waitAfterFailure();
        if (!mayPoll()) return 0;

        PageInWork page = null;
        try {
            var queue = getEndpoint().queue();
            page = new PageInWork(queue, getEndpoint().visibility());
            pages.add(page);
            inTurn(page, queue);
            forceConsumerAsReady();
            try (var ended = Correlation.begin()) {
                if (page.size() > 0) work(page, queue);
            }
            succeeded();
            return page.size();
        } catch (Exception e) {
            failed();
            throw e;
        } finally {
            if (page != null) pages.remove(page);
            signalChange();
        }
    }

    /** Fills a page, and when receives follow one another, not before it is this poll's turn. */
    private void inTurn(PageInWork page, SqsQueue queue) {
        if (getEndpoint().getReceiveMillis() == 0) {
            fill(page, queue);
            return;
        }
        receiving.lock();
        try {
            waitUntil(lastReceive + TimeUnit.MILLISECONDS.toNanos(getEndpoint().getReceiveMillis()));
            if (mayPoll()) fill(page, queue);
        } finally {
            lastReceive = System.nanoTime();
            receiving.unlock();
        }
    }

    /**
     * The first receive waits for a message, the later ones for what is left of the batch wait. The very first of all waits for nothing:
     * with its answer the consumer is ready.
     */
    private void fill(PageInWork page, SqsQueue queue) {
        int asked = nextReceive(page);
        int got = receive(page, queue, asked, answered ? getEndpoint().getWaitTimeSeconds() : 0);
        answered = true;
        long until = System.nanoTime() + getEndpoint().batchWait().toNanos();
        try {
            while (page.size() > 0 && page.size() < getEndpoint().getMaxMessagesPerPoll() && mayPoll()) {
                var left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
                if (got < asked && left.isZero()) return;
                asked = nextReceive(page);
                got = receive(page, queue, asked, (int) Math.min(getEndpoint().getWaitTimeSeconds(), left.toSeconds()));
                if (got == 0) waitUntil(Math.min(until, System.nanoTime() + BETWEEN_SHORT_RECEIVES.toNanos()));
            }
        } catch (SdkException e) {
            LOG.warn("{}: going on with the {} messages that came before this failure", queue.name(), page.size(), e);
        }
    }

    private int nextReceive(PageInWork page) {
        return Math.min(SqsQueue.MOST_PER_CALL, getEndpoint().getMaxMessagesPerPoll() - page.size());
    }

    private int receive(PageInWork page, SqsQueue queue, int most, int waitSeconds) {
        var endpoint = getEndpoint();
        var request = ReceiveMessageRequest.builder()
                .queueUrl(queue.url())
                .maxNumberOfMessages(most)
                .waitTimeSeconds(waitSeconds)
                .visibilityTimeout(endpoint.getVisibilityTimeout())
                .messageSystemAttributeNames(endpoint.systemAttributes())
                .messageAttributeNames(endpoint.senderAttributes())
                .build();
        long askedAt = System.nanoTime();
        var messages = queue.client().receiveMessage(request).messages().stream()
                .map(BatchMessage::of)
                .toList();
        page.add(messages, askedAt);
        ages.ifPresent(known -> known.received(queue.name(), messages));
        return messages.size();
    }

    private void work(PageInWork page, SqsQueue queue) throws NotDeleted {
        if (!mayPoll()) {
            page.giveBack();
            return;
        }
        var batch = new Batch(queue.name(), page.messages());
        page.accompaniedBy(batch.companions());
        var exchange = createExchange(false);
        exchange.getIn().setBody(batch);
        exchange.getIn().setHeader(Batch.QUEUE_HEADER, batch.queue());
        exchange.getIn().setHeader(Batch.SIZE_HEADER, batch.size());
        try {
            run(exchange);
        } finally {
            settle(page, queue);
            releaseExchange(exchange, false);
        }
    }

    private void run(Exchange exchange) {
        try {
            getProcessor().process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        var failure = exchange.getException();
        if (failure instanceof TargetUnavailable) {
            // Nobody's mistake: its place in the code says nothing, a thousand times over.
            LOG.warn(
                    "{}: page failed, what is not done comes again: {}",
                    getEndpoint().queue().name(),
                    failure.getMessage());
        } else if (failure != null) {
            getExceptionHandler().handleException("Page failed, what is not done comes again", exchange, failure);
        }
    }

    private void settle(PageInWork page, SqsQueue queue) throws NotDeleted {
        var notDeleted = page.settle();
        gone(queue, page.messages());
        if (!notDeleted.isEmpty()) throw new NotDeleted(queue.name(), notDeleted);
    }

    private void gone(SqsQueue queue, List<BatchMessage> settled) {
        ages.ifPresent(known -> known.gone(
                queue.name(), settled.stream().filter(BatchMessage::isDone).toList()));
    }

    /** Done, but SQS would not delete it. Nothing is lost: the messages come again and change nothing. But it must not stay so. */
    private static final class NotDeleted extends Exception {
        NotDeleted(String queue, List<SqsQueue.Refusal> refusals) {
            super(queue + ": " + refusals.size() + " messages are done but could not be deleted and come again, first "
                    + refusals.get(0));
        }
    }

    private boolean mayPoll() {
        return isRunAllowed() && !isSuspendingOrSuspended();
    }

    private void failed() {
        waiting.lock();
        try {
            if (System.nanoTime() < notBefore) return; // several pollers see one failure
            long most = Math.min(
                    getEndpoint().getMaxErrorDelay(), getEndpoint().getErrorDelay() << Math.min(failuresInARow, 20));
            notBefore = System.nanoTime()
                    + TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
            failuresInARow++;
        } finally {
            waiting.unlock();
        }
    }

    private void succeeded() {
        waiting.lock();
        try {
            failuresInARow = 0;
        } finally {
            waiting.unlock();
        }
    }

    private void waitAfterFailure() {
        long until;
        waiting.lock();
        try {
            if (failuresInARow == 0) return;
            until = notBefore;
        } finally {
            waiting.unlock();
        }
        waitUntil(until);
    }

    /** Until then, a suspension, or a stop. */
    private void waitUntil(long nanoTime) {
        waiting.lock();
        try {
            long left;
            while (mayPoll() && (left = nanoTime - System.nanoTime()) > 0) changed.awaitNanos(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting.unlock();
        }
    }

    private void signalChange() {
        waiting.lock();
        try {
            changed.signalAll();
        } finally {
            waiting.unlock();
        }
    }

    @Override
    protected void afterConfigureScheduler(ScheduledPollConsumerScheduler scheduler, boolean newScheduler) {
        if (newScheduler && scheduler instanceof DefaultScheduledPollConsumerScheduler threads) {
            threads.setConcurrentConsumers(getEndpoint().getConcurrentConsumers());
            threads.setPoolSize(Math.max(threads.getPoolSize(), getEndpoint().getConcurrentConsumers()));
        }
    }

    @Override
    protected void doStart() throws Exception {
        if (getEndpoint().isExtendMessageVisibility() && extender == null) {
            extender = every(getEndpoint().visibility().toMillis() / 3, "SqsBatchVisibility", this::extend);
        }
        if (getEndpoint().getSettleMillis() > 0 && settler == null) {
            settler = every(getEndpoint().getSettleMillis(), "SqsBatchSettling", this::settleDecided);
        }
        super.doStart();
    }

    private ScheduledExecutorService every(long millis, String name, Runnable work) {
        var thread = getEndpoint()
                .getCamelContext()
                .getExecutorServiceManager()
                .newSingleThreadScheduledExecutor(this, name);
        thread.scheduleWithFixedDelay(work, millis, millis, TimeUnit.MILLISECONDS);
        return thread;
    }

    private void extend() {
        for (var page : pages) {
            try {
                page.extend();
            } catch (RuntimeException e) {
                LOG.warn("{}: visibility not extended, tried again soon", getEndpoint(), e);
            }
        }
    }

    private void settleDecided() {
        for (var page : pages) {
            try {
                var queue = getEndpoint().queue();
                var notDeleted = page.settleDecided(getEndpoint().settleAfter(), settled -> gone(queue, settled));
                if (!notDeleted.isEmpty()) LOG.warn("{}", new NotDeleted(queue.name(), notDeleted).getMessage());
            } catch (RuntimeException e) {
                LOG.warn("{}: what is done comes again when its visibility is over", getEndpoint(), e);
            }
        }
    }

    @Override
    protected void doSuspend() throws Exception {
        super.doSuspend();
        signalChange();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        signalChange();
        awaitLastSettle();
    }

    /** Only a forced stop finds pages here: their routes were just interrupted, and settling them saves doing what is done once more. */
    private void awaitLastSettle() {
        long until = System.nanoTime() + LAST_SETTLE.toNanos();
        boolean interrupted = Thread.interrupted(); // Camel interrupts its own waiting when the timeout is over
        waiting.lock();
        try {
            long left;
            while (!pages.isEmpty() && (left = until - System.nanoTime()) > 0) {
                try {
                    changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            waiting.unlock();
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void doShutdown() throws Exception {
        for (var threads : Arrays.asList(extender, settler))
            if (threads != null)
                getEndpoint().getCamelContext().getExecutorServiceManager().shutdownNow(threads);
        extender = null;
        settler = null;
        super.doShutdown();
    }

    @Override
    public boolean deferShutdown(ShutdownRunningTask shutdownRunningTask) {
        return false;
    }

    @Override
    public int getPendingExchangesSize() {
        return isPolling() ? Math.max(1, pages.size()) : 0;
    }

    @Override
    public void prepareShutdown(boolean suspendOnly, boolean forced) {
        // Suspending is all it takes.
    }
}
