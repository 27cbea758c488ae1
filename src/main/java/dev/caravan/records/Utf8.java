package dev.caravan.records;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Whether bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. Jackson alone would let some of them pass. */
public final class Utf8 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long NOT_ASCII = 0x8080808080808080L;

    private Utf8() {}

    /** Where the first byte stands that is not UTF-8; -1 when all are. */
    public static int firstBadByte(byte[] bytes) {
        int pos = 0;
        while (pos < bytes.length) {
            if (pos + 8 <= bytes.length && ((long) LONGS.get(bytes, pos) & NOT_ASCII) == 0) {
                pos += 8;
                continue;
            }
            int length = length(bytes, pos);
            if (length == 0) return pos;
            pos += length;
        }
        return -1;
    }

    /** Length of the character that starts here, 0 when none does. */
    private static int length(byte[] bytes, int pos) {
        int lead = bytes[pos] & 0xff;
        if (lead < 0x80) return 1;
        int second = pos + 1 < bytes.length ? bytes[pos + 1] & 0xff : 0;
        if (lead >= 0xc2 && lead <= 0xdf) return continues(second) ? 2 : 0;
        if (lead >= 0xe0 && lead <= 0xef) {
            boolean good = continues(second) && (lead != 0xe0 || second >= 0xa0) && (lead != 0xed || second <= 0x9f);
            return good && continuesAt(bytes, pos + 2) ? 3 : 0;
        }
        if (lead >= 0xf0 && lead <= 0xf4) {
            boolean good = continues(second) && (lead != 0xf0 || second >= 0x90) && (lead != 0xf4 || second <= 0x8f);
            return good && continuesAt(bytes, pos + 2) && continuesAt(bytes, pos + 3) ? 4 : 0;
        }
        return 0;
    }

    private static boolean continuesAt(byte[] bytes, int pos) {
        return pos < bytes.length && continues(bytes[pos] & 0xff);
    }

    private static boolean continues(int value) {
        return (value & 0xc0) == 0x80;
    }
}
