import { EventStoreError } from '#libs/messaging';
import { sqliteFailureOf } from '#platform/sqlite';

/** What went wrong underneath, as the port names it; anything that is not SQLite's passes unchanged. */
export function asStoreError(cause: unknown): unknown {
  const failure = sqliteFailureOf(cause);
  switch (failure) {
    case 'full':
      return new EventStoreError(
        'STORE_FULL',
        'there is no room for the events; nothing of the batch was written',
        {
          nextStep: 'free disk space, then repeat the append: what is stored already is not stored twice',
          cause,
        },
      );
    case 'read-only':
      return new EventStoreError('STORE_READ_ONLY', 'the event store was opened for reading only', {
        nextStep: 'open it for writing, or check who may write the file',
        cause,
      });
    case 'damaged':
      return new EventStoreError('STORE_DAMAGED', 'the file is not a sound event store', {
        nextStep: 'restore the file from a backup; do not delete its -wal file',
        cause,
      });
    case 'unavailable':
      return new EventStoreError('STORE_UNAVAILABLE', 'the file of the event store cannot be reached', {
        nextStep: 'check that the folder exists and is mounted, and that no other process holds the file',
        cause,
      });
    case undefined:
      return cause;
  }
}

export function closedError(): EventStoreError {
  return new EventStoreError('STORE_CLOSED', 'the event store has been closed');
}

/** Runs something on the database; its failures come out as EventStoreError. */
export function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asStoreError(error);
  }
}
