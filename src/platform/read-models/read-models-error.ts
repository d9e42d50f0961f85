import { QueryFailedError } from 'typeorm';
import { CodedError } from '#libs/essentials';

export type ReadModelsErrorCode =
  | 'READ_MODELS_URL_MALFORMED'
  | 'READ_MODELS_UNREACHABLE'
  | 'READ_MODELS_TLS_REFUSED'
  | 'READ_MODELS_CREDENTIALS_REFUSED'
  | 'READ_MODELS_DATABASE_UNKNOWN'
  | 'READ_MODELS_FORBIDDEN'
  | 'READ_MODELS_SERVER_TOO_OLD'
  | 'READ_MODELS_MIGRATIONS_PENDING'
  | 'READ_MODELS_SCHEMA_NEWER'
  | 'READ_MODELS_ABSENT'
  | 'READ_MODELS_IN_USE'
  | 'READ_MODELS_FULL'
  | 'READ_MODELS_READ_ONLY'
  | 'READ_MODELS_BEHIND'
  | 'READ_MODELS_AHEAD'
  | 'READ_MODELS_WENT_BACK'
  | 'READ_MODELS_OF_ANOTHER_LOG'
  | 'READ_MODELS_CLOSED'
  | 'READ_MODELS_QUERY_REFUSED';

/** Why read models cannot be opened, read or written. */
export class ReadModelsError extends CodedError<ReadModelsErrorCode> {}

/** @param state of the schema on PostgreSQL */
export function readModelsAbsent(state?: string): ReadModelsError {
  return new ReadModelsError(
    'READ_MODELS_ABSENT',
    'the read models are not there yet, or of an earlier version',
    {
      facts: { state },
      nextStep:
        'Start the API of this installation first, of this version and with the same LACUNA_POSTGRES_URL.',
    },
  );
}

const PASSING: ReadonlySet<string> = new Set<ReadModelsErrorCode>([
  'READ_MODELS_UNREACHABLE',
  'READ_MODELS_IN_USE',
  'READ_MODELS_FULL',
  'READ_MODELS_READ_ONLY',
  'READ_MODELS_BEHIND',
  'READ_MODELS_AHEAD',
]);

/** What SQLite says of a full disk, of one that cannot be written for a while, and of a file that somebody holds. */
const PASSING_SQLITE = /^SQLITE_(?:FULL|IOERR|BUSY)/;

/** Whether it may go well later without anybody changing the installation. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ReadModelsError) return PASSING.has(error.code);
  return error instanceof QueryFailedError && PASSING_SQLITE.test(codeOf(error.driverError));
}

/** The driver's error need not be an Error of this realm: its class is made where the driver was loaded first. */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
