package dev.caravan.aws;

import dev.caravan.failure.BadSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.ScheduledPollEndpoint;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * A queue whose messages come in pages. Options are named as in {@code aws2-sqs}, with these differences: {@code maxMessagesPerPoll} may
 * exceed ten (several receives make a page), {@code batchWaitMillis} says how long a page may take to fill after its first message, {@code
 * receiveMillis} lets pages fill by receiving seldom, {@code settleMillis} lets what is decided go before the page ends, and visibility is
 * extended unless that is switched off. {@code delay}, {@code initialDelay}, {@code greedy} and the other options of Camel's
 * polling consumers work too; {@code greedy} is on, so a page follows a page while messages are there.
 *
 * <p>On a FIFO queue the messages of a group come in order, also across the receives of a page. When one is not done, those after it in its
 * group that are not done either come again together with it, at the time its own {@link BatchMessage#retry} asked for, and SQS gives out
 * none of the group before. A route that handles a group in order therefore stops at the first message that fails; what it marks as done
 * behind that one is deleted all the same.
 *
 * <p>For consuming only; send with {@code aws2-sqs}. Do not switch on {@code camel.threads.virtual.enabled}: the pollers of a consumer
 * collapse to one.
 */
public final class SqsBatchEndpoint extends ScheduledPollEndpoint {
    private static final String ALL = "All";

    private String queueNameOrArn;
    private SqsClient amazonSQSClient;
    private String queueUrl;
    private String queueOwnerAWSAccountId;
    private int maxMessagesPerPoll = 10;
    private long batchWaitMillis = 200;
    private long receiveMillis;
    private long settleMillis;
    private int waitTimeSeconds = 5;
    private int visibilityTimeout = 60;
    private boolean extendMessageVisibility = true;
    private int concurrentConsumers = 1;
    private String attributeNames = ALL;
    private String messageAttributeNames = ALL;
    private long errorDelay = 1_000;
    private long maxErrorDelay = 60_000;

    private SqsClient client;
    private boolean clientIsOurs;
    private volatile SqsQueue queue;

    SqsBatchEndpoint(String uri, Component component) {
        super(uri, component);
        setInitialDelay(0);
        setGreedy(true);
    }

    @Override
    public Producer createProducer() {
        throw new UnsupportedOperationException("sqs-batch: receives only, send with aws2-sqs: " + getEndpointUri());
    }

    @Override
    public Consumer createConsumer(Processor processor) throws Exception {
        var consumer = new SqsBatchConsumer(this, processor);
        configureConsumer(consumer);
        return consumer;
    }

    @Override
    protected void doInit() throws Exception {
        super.doInit();
        within("maxMessagesPerPoll", maxMessagesPerPoll, 1, 10_000);
        within("waitTimeSeconds", waitTimeSeconds, 0, 20);
        within("visibilityTimeout", visibilityTimeout, 1, BatchMessage.LONGEST_RETRY.toSeconds());
        within("batchWaitMillis", batchWaitMillis, 0, visibilityTimeout * 500L);
        within("receiveMillis", receiveMillis, 0, visibilityTimeout * 500L);
        within("settleMillis", settleMillis, 0, visibilityTimeout * 1_000L);
        within("concurrentConsumers", concurrentConsumers, 1, 1_000);
        within("errorDelay", errorDelay, 1, maxErrorDelay);
        if (isArn()) arn(5);
        client = amazonSQSClient != null ? amazonSQSClient : fromRegistry();
    }

    /** Who is told of messages that come and go; nobody where none is in Camel's registry. */
    Optional<MessageAges> ages() {
        return Optional.ofNullable(getCamelContext().getRegistry().findSingleByType(MessageAges.class));
    }

    private SqsClient fromRegistry() {
        var clients = getCamelContext().getRegistry().findByType(SqsClient.class);
        if (clients.size() > 1) {
            throw new BadSettings(getEndpointUri() + ": there are " + clients.size()
                    + " SQS clients, say which with amazonSQSClient=#name");
        }
        if (!clients.isEmpty()) return clients.iterator().next();
        clientIsOurs = true;
        return SqsClient.create();
    }

    private void within(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw new BadSettings(
                    getEndpointUri() + ": " + option + " is " + value + ", possible is " + least + " to " + most);
        }
    }

    @Override
    protected void doShutdown() throws Exception {
        if (clientIsOurs) client.close();
        super.doShutdown();
    }

    /**
     * The queue, looked up at the first call that succeeds, so that an absent queue is a consumer's trouble and not the start's.
     *
     * @throws software.amazon.awssdk.core.exception.SdkException when there is no such queue or SQS does not answer
     */
    SqsQueue queue() {
        var known = queue;
        if (known == null) {
            known = new SqsQueue(
                    client,
                    name(),
                    queueUrl != null ? queueUrl : client.getQueueUrl(lookUp()).queueUrl());
            queue = known;
        }
        return known;
    }

    private GetQueueUrlRequest lookUp() {
        return GetQueueUrlRequest.builder()
                .queueName(name())
                .queueOwnerAWSAccountId(owner())
                .build();
    }

    /** The queue's name, also of one that was given by its ARN. */
    String name() {
        return isArn() ? arn(5) : queueNameOrArn;
    }

    private String owner() {
        return isArn() ? arn(4) : queueOwnerAWSAccountId;
    }

    private boolean isArn() {
        return queueNameOrArn.startsWith("arn:");
    }

    private String arn(int part) {
        var parts = queueNameOrArn.split(":", -1);
        if (parts.length != 6 || !parts[2].equals("sqs")) {
            throw new BadSettings("\"" + queueNameOrArn + "\" is no queue: an ARN is arn:aws:sqs:REGION:ACCOUNT:NAME");
        }
        return parts[part];
    }

    Duration visibility() {
        return Duration.ofSeconds(visibilityTimeout);
    }

    Duration settleAfter() {
        return Duration.ofMillis(settleMillis);
    }

    Duration batchWait() {
        return Duration.ofMillis(batchWaitMillis);
    }

    /** Whatever was configured, with the attributes that {@link BatchMessage} reads. */
    List<MessageSystemAttributeName> systemAttributes() {
        var names = new ArrayList<>(names(attributeNames).stream()
                .map(MessageSystemAttributeName::fromValue)
                .toList());
        if (names.contains(MessageSystemAttributeName.ALL)) return List.of(MessageSystemAttributeName.ALL);
        names.add(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT);
        names.add(MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP);
        names.add(MessageSystemAttributeName.SENT_TIMESTAMP);
        names.add(MessageSystemAttributeName.MESSAGE_GROUP_ID);
        return names.stream().distinct().toList();
    }

    List<String> senderAttributes() {
        return names(messageAttributeNames);
    }

    private static List<String> names(String commaSeparated) {
        return Arrays.stream(commaSeparated.split(","))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    public String getQueueNameOrArn() {
        return queueNameOrArn;
    }

    public void setQueueNameOrArn(String queueNameOrArn) {
        this.queueNameOrArn = queueNameOrArn;
    }

    public SqsClient getAmazonSQSClient() {
        return amazonSQSClient;
    }

    /** By default the one in Camel's registry, or if there is none a client with the SDK's own settings. */
    public void setAmazonSQSClient(SqsClient amazonSQSClient) {
        this.amazonSQSClient = amazonSQSClient;
    }

    public String getQueueUrl() {
        return queueUrl;
    }

    /** By default looked up by name. */
    public void setQueueUrl(String queueUrl) {
        this.queueUrl = queueUrl;
    }

    public String getQueueOwnerAWSAccountId() {
        return queueOwnerAWSAccountId;
    }

    /** By default the client's own account. */
    public void setQueueOwnerAWSAccountId(String queueOwnerAWSAccountId) {
        this.queueOwnerAWSAccountId = queueOwnerAWSAccountId;
    }

    public int getMaxMessagesPerPoll() {
        return maxMessagesPerPoll;
    }

    /** The most messages in a page; 10 by default. */
    public void setMaxMessagesPerPoll(int maxMessagesPerPoll) {
        this.maxMessagesPerPoll = maxMessagesPerPoll;
    }

    public long getBatchWaitMillis() {
        return batchWaitMillis;
    }

    /**
     * How long a page waits for more messages after its first one, unless it is full before; 200 by default. With 0 it takes what is there:
     * receives follow each other only as long as they come back full.
     */
    public void setBatchWaitMillis(long batchWaitMillis) {
        this.batchWaitMillis = batchWaitMillis;
    }

    public long getReceiveMillis() {
        return receiveMillis;
    }

    /**
     * The least time between two pages' receives, which then follow one another; by default (0) each of the {@link #setConcurrentConsumers
     * concurrentConsumers} receives when it likes. What comes within that time comes as one page, which saves calls to SQS.
     */
    public void setReceiveMillis(long receiveMillis) {
        this.receiveMillis = receiveMillis;
    }

    public long getSettleMillis() {
        return settleMillis;
    }

    /**
     * How often what is decided of a page is settled while the route works on the rest; by default (0) all is settled at the page's end. For
     * routes that work on the messages of a page side by side, and decide about each once.
     */
    public void setSettleMillis(long settleMillis) {
        this.settleMillis = settleMillis;
    }

    public int getWaitTimeSeconds() {
        return waitTimeSeconds;
    }

    /**
     * How long a receive waits for the first message, 0 to 20; 5 by default. A receive is never broken off, because SQS might just be
     * handing out messages that would then be invisible for nothing: suspending and stopping take up to as long.
     */
    public void setWaitTimeSeconds(int waitTimeSeconds) {
        this.waitTimeSeconds = waitTimeSeconds;
    }

    public int getVisibilityTimeout() {
        return visibilityTimeout;
    }

    /** For how many seconds a message is ours, renewed while the route works; 60 by default. After a crash it comes again that late. */
    public void setVisibilityTimeout(int visibilityTimeout) {
        this.visibilityTimeout = visibilityTimeout;
    }

    public boolean isExtendMessageVisibility() {
        return extendMessageVisibility;
    }

    /** Whether visibility is renewed while the route works; yes by default. */
    public void setExtendMessageVisibility(boolean extendMessageVisibility) {
        this.extendMessageVisibility = extendMessageVisibility;
    }

    public int getConcurrentConsumers() {
        return concurrentConsumers;
    }

    /** How many pages may be in work at a time; 1 by default. */
    public void setConcurrentConsumers(int concurrentConsumers) {
        this.concurrentConsumers = concurrentConsumers;
    }

    public String getAttributeNames() {
        return attributeNames;
    }

    /** SQS's attributes to ask for, separated by commas; all by default. Those {@link BatchMessage} needs are always asked for. */
    public void setAttributeNames(String attributeNames) {
        this.attributeNames = attributeNames;
    }

    public String getMessageAttributeNames() {
        return messageAttributeNames;
    }

    /** The senders' attributes to ask for, separated by commas; all by default. */
    public void setMessageAttributeNames(String messageAttributeNames) {
        this.messageAttributeNames = messageAttributeNames;
    }

    public long getErrorDelay() {
        return errorDelay;
    }

    /** Milliseconds until the next poll after one that failed; doubles with each failure in a row. 1,000 by default. */
    public void setErrorDelay(long errorDelay) {
        this.errorDelay = errorDelay;
    }

    public long getMaxErrorDelay() {
        return maxErrorDelay;
    }

    /** The most that {@link #setErrorDelay errorDelay} grows to, in milliseconds; 60,000 by default. */
    public void setMaxErrorDelay(long maxErrorDelay) {
        this.maxErrorDelay = maxErrorDelay;
    }
}
