package dev.caravan.outbound;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;

/** A door that lets looks through and keeps everything else: what would have been sent can be read, and nothing leaves. */
public final class RecordingPort implements Port {
    private final Port target;
    private final Predicate<Call> looks;
    private final Function<Call, Reply> answer;
    private final List<Call> recorded = new CopyOnWriteArrayList<>();

    /**
     * @param target where looks go
     * @param looks  which calls change nothing; {@link Call#reads()} where HTTP methods tell it, a look into the body for GraphQL
     * @param answer what the target would most likely say to a call that is kept
     */
    public RecordingPort(Port target, Predicate<Call> looks, Function<Call, Reply> answer) {
        this.target = target;
        this.looks = looks;
        this.answer = answer;
    }

    @Override
    public Reply send(Call call) {
        if (looks.test(call)) return target.send(call);
        recorded.add(call);
        return answer.apply(call);
    }

    /** The calls that were kept, in the order they were made. */
    public List<Call> recorded() {
        return List.copyOf(recorded);
    }
}
