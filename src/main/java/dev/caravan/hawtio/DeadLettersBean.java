package dev.caravan.hawtio;

/** {@code dev.caravan:type=DeadLetters}. What comes back is JSON, in the shape of the HTTP API. */
@Description("Messages that could not be handled. They wait, with their cause, for a repair.")
public interface DeadLettersBean {
    @Description("How many wait.")
    long getOpen();

    @Description("How many causes they have.")
    int getCauses();

    @Description("The causes, the most frequent first, each with the id of its group.")
    String groups();

    @Description("Those of one group, the oldest first, without their messages.")
    String list(
            @Description("id of the group; empty: of all") String group,
            @Description("how many at most, 1 to 1000") int limit);

    @Description("What a replay of one group would come to. Nothing is sent.")
    String rehearse(
            @Description("id of the group") String group, @Description("how many at most, 1 to 1000") int limit);

    @Description(
            "Sends one group back to its queues, as a ramp: first one, then more and more; it pauses when one fails again.")
    String replay(@Description("id of the group") String group);

    @Description("Sends one dead letter back to its queue, at once.")
    String replayOne(@Description("id of the dead letter") String id);

    @Description("Gives one group up for good.")
    String discard(
            @Description("id of the group") String group,
            @Description("the reason, for those who ask later") String why);

    @Description("Replays with their progress, the newest first.")
    String replays();

    @Description("Sends nothing more of a replay until it is resumed.")
    String pause(@Description("id of the replay") String replay);

    @Description("Goes on with a replay that paused.")
    String resume(@Description("id of the replay") String replay);
}
