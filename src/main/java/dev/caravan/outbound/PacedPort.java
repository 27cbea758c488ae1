package dev.caravan.outbound;

import dev.caravan.failure.TargetUnavailable;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets through as many calls at a time as the target is quick with: one more for each round of calls that took their usual time, half as
 * many after one that took twice as long, or that the target could not answer. Two calls that each take twice as long are no quicker than
 * one after the other; a server that does one thing at a time is so left at one.
 *
 * <p>Usual is the shortest time, by size, a call of its kind has taken lately. Only calls that carry much are judged; all are counted.
 */
public final class PacedPort implements Port {
    private static final double SLOW = 2;
    /** A target grows slower as it fills: what was usual is forgotten at two per cent a call. */
    private static final double FORGET = 1.02;

    private static final int JUDGED_FROM_BYTES = 10_000;

    private final Port target;
    private final int most;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Map<String, Double> usual = new HashMap<>();
    private double allowed = 1;
    private int going;

    /**
     * @param most calls at a time, whatever the target does; at least 1
     */
    public PacedPort(Port target, int most, Clock clock) {
        this.target = target;
        this.most = most;
        this.clock = clock;
    }

    @Override
    public Reply send(Call call) {
        enter();
        var began = clock.instant();
        try {
            var reply = target.send(call);
            leave(call, Duration.between(began, clock.instant()), reply.status() == 429 || reply.status() >= 500);
            return reply;
        } catch (TargetUnavailable e) {
            leave(call, Duration.between(began, clock.instant()), true);
            throw e;
        } catch (RuntimeException e) {
            leave();
            throw e;
        }
    }

    /** How many calls may be on their way now. */
    int allowed() {
        lock.lock();
        try {
            return (int) allowed;
        } finally {
            lock.unlock();
        }
    }

    private void enter() {
        lock.lock();
        try {
            while (going >= (int) allowed) room.awaitUninterruptibly();
            going++;
        } finally {
            lock.unlock();
        }
    }

    private void leave(Call call, Duration took, boolean failed) {
        lock.lock();
        try {
            if (failed || slow(call, took)) allowed = Math.max(1, allowed / 2);
            else if (judged(call)) allowed = Math.min(most, allowed + 1 / allowed);
        } finally {
            lock.unlock();
        }
        leave();
    }

    private void leave() {
        lock.lock();
        try {
            going--;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean slow(Call call, Duration took) {
        if (!judged(call)) return false;
        double bySize = took.toNanos() / (double) call.body().length;
        double best = usual.merge(kind(call), bySize, (before, now) -> Math.min(before * FORGET, now));
        return bySize > best * SLOW;
    }

    private static boolean judged(Call call) {
        return call.body() != null && call.body().length >= JUDGED_FROM_BYTES;
    }

    /** Method and route, and whether it makes, changes or deletes: that is the body's first word. */
    private static String kind(Call call) {
        var path = call.path().replaceFirst("\\?.*", "").replaceAll("/[a-z]+_[0-9A-Z]+", "/:id");
        var body = call.body();
        var verb = new StringBuilder();
        for (int i = 0; i < body.length && verb.length() < 20 && body[i] != ':'; i++) verb.append((char) body[i]);
        return call.method() + " " + path + " " + verb;
    }
}
