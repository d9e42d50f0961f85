import { CodedError, type ErrorDetails } from '#libs/essentials';
import { sqliteFailureOf, type SqliteFailure } from '#platform/sqlite';

export type DatasetsErrorCode =
  | 'DATASET_MAPS_FULL'
  | 'DATASET_MAPS_READ_ONLY'
  | 'DATASET_MAPS_DAMAGED'
  | 'DATASET_MAPS_UNAVAILABLE'
  | 'TOMBSTONES_NOT_CAUGHT_UP';

/** Why the dataset maps cannot be read or brought forward. */
export class DatasetsError extends CodedError<DatasetsErrorCode> {}

const RESTORE =
  'Restore datasets.db from a backup, or move it away: the next versions are proven again, those before are not.';

const FAILURES: Readonly<Record<SqliteFailure, readonly [DatasetsErrorCode, string]>> = {
  full: ['DATASET_MAPS_FULL', 'Free some space and repeat the step; nothing was half-written.'],
  'read-only': ['DATASET_MAPS_READ_ONLY', 'Give this process permission to write to datasets.db.'],
  damaged: ['DATASET_MAPS_DAMAGED', RESTORE],
  unavailable: ['DATASET_MAPS_UNAVAILABLE', 'See that the data folder exists and can be written to.'],
};

/** Turns what SQLite and the maps throw into what the operator can act on. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const isDamaged = cause instanceof CodedError && cause.code === 'SPARSE_PAGE_DAMAGED';
    const failure = isDamaged ? 'damaged' : sqliteFailureOf(cause);
    if (failure === undefined) throw cause;
    const [code, nextStep]: readonly [DatasetsErrorCode, string] = FAILURES[failure];
    const details: ErrorDetails = { nextStep, cause };
    throw new DatasetsError(code, `the database of dataset maps is ${failure}`, details);
  }
}
