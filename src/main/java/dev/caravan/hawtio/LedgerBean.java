package dev.caravan.hawtio;

/** {@code dev.caravan:type=Ledger}. What comes back is JSON, in the shape of the HTTP API. */
@Description("What became of each record of each upload.")
public interface LedgerBean {
    @Description("Whether there is an answer for every record.")
    boolean isBalanced();

    @Description("How many records there is no answer for; 0 is right.")
    long getMissing();

    @Description("The balance of each version of a file.")
    String balance(@Description("its key in the inbox, such as products/shein/winter.json") String key);

    @Description("The balances that do not add up; none is right.")
    String imbalances();
}
