package dev.caravan.state;

import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Map;
import java.util.WeakHashMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.transaction.TransactionException;
import org.jdbi.v3.core.transaction.TransactionHandler;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/** Transactions within one that its owner ends: each is a savepoint, its commit lets go of it. What waits for a commit is told then. */
final class PartsOfOne implements TransactionHandler {
    private final Map<Handle, Savepoint> open = new WeakHashMap<>();

    private interface Work {
        void run() throws SQLException;
    }

    @Override
    public void begin(Handle handle) {
        doing(() -> open.put(handle, handle.getConnection().setSavepoint()));
    }

    @Override
    public void commit(Handle handle) {
        doing(() -> handle.getConnection().releaseSavepoint(open.remove(handle)));
    }

    @Override
    public void rollback(Handle handle) {
        doing(() -> handle.getConnection().rollback(open.remove(handle)));
    }

    @Override
    public boolean isInTransaction(Handle handle) {
        return open.containsKey(handle);
    }

    @Override
    public void savepoint(Handle handle, String name) {
        throw new UnsupportedOperationException("a savepoint in a rehearsal");
    }

    @Override
    public void rollbackToSavepoint(Handle handle, String name) {
        throw new UnsupportedOperationException("a savepoint in a rehearsal");
    }

    @Override
    public void releaseSavepoint(Handle handle, String name) {
        throw new UnsupportedOperationException("a savepoint in a rehearsal");
    }

    @Override
    public <R, X extends Exception> R inTransaction(Handle handle, HandleCallback<R, X> callback) throws X {
        handle.begin();
        var done = false;
        try {
            var result = callback.withHandle(handle);
            handle.commit();
            done = true;
            return result;
        } finally {
            if (!done && isInTransaction(handle)) handle.rollback();
        }
    }

    @Override
    public <R, X extends Exception> R inTransaction(
            Handle handle, TransactionIsolationLevel level, HandleCallback<R, X> callback) throws X {
        return inTransaction(handle, callback);
    }

    private static void doing(Work work) {
        try {
            work.run();
        } catch (SQLException e) {
            throw new TransactionException(e);
        }
    }
}
