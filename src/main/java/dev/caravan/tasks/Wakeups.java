package dev.caravan.tasks;

import dev.caravan.CrashPoint;
import dev.caravan.json.Json;
import dev.caravan.state.Database;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Puts wake-ups of lanes into the queue. A lane has at most one in a batch, so one that fails is not overtaken by a later one; one that is
 * sent twice, because a crash came between sending and writing that down, wakes a lane once too often and does no harm.
 */
public final class Wakeups {
    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);
    private static final int MOST_PER_CALL = 10;
    private static final int AT_ONCE = 200;

    private final Database database;
    private final Queue queue;
    private final Bell bell;
    private final Clock clock;
    private boolean away;

    /** @param number counts the lane's wake-ups */
    public record Wakeup(String lane, long number) {
        /** The message; what counts is the lane, which is its group. */
        public String body() {
            return Json.object().put("lane", lane).toString();
        }

        /** The same for the same wake-up: SQS drops the second one within five minutes. */
        public String deduplicationId() {
            return Json.sha256((lane + '\n' + number).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The FIFO queue, whose groups are lanes. */
    @FunctionalInterface
    public interface Queue {
        /**
         * Sends up to ten.
         *
         * @return lanes whose wake-up the queue did not take
         * @throws SdkException when it does not answer
         */
        Set<String> send(List<Wakeup> wakeups);
    }

    Wakeups(Database database, Queue queue, Bell bell, Clock clock) {
        this.database = database;
        this.queue = queue;
        this.bell = bell;
        this.clock = clock;
    }

    /** Waits for a lane that wants to be woken, though not for long, and sends what there is. */
    public void send() {
        bell.await();
        while (sendSome() == AT_ONCE) {
            // More is waiting.
        }
    }

    /** @return how many were sent */
    int sendSome() {
        var waiting = database.transaction(db -> db.createQuery(
                        "select name, wanted from tasks.lane where wanted > sent order by sent_at nulls first limit :limit")
                .bind("limit", AT_ONCE)
                .map((row, context) -> new Wakeup(row.getString(1), row.getLong(2)))
                .list());
        var sent = new ArrayList<Wakeup>();
        for (int from = 0; from < waiting.size(); from += MOST_PER_CALL) {
            var ten = waiting.subList(from, Math.min(from + MOST_PER_CALL, waiting.size()));
            try {
                var refused = new HashSet<>(queue.send(ten));
                ten.stream().filter(wakeup -> !refused.contains(wakeup.lane())).forEach(sent::add);
                if (away) LOG.info("the queue of tasks is back");
                away = false;
            } catch (SdkException e) {
                if (!away)
                    LOG.warn(
                            "the queue of tasks does not answer; {} wake-ups wait: {}", waiting.size(), e.getMessage());
                away = true;
                break;
            }
        }
        if (sent.isEmpty()) return 0;
        CrashPoint.TASK_WOKEN.pass();
        database.write(db -> {
            // In the order of their names: two senders never wait for each other.
            var batch = db.prepareBatch(
                    "update tasks.lane set sent = greatest(sent, :number), sent_at = :now where name = :lane");
            sent.stream().sorted(Comparator.comparing(Wakeup::lane)).forEach(wakeup -> batch.bindMethods(wakeup)
                    .bind("now", clock.instant())
                    .add());
            batch.execute();
        });
        return sent.size();
    }
}
