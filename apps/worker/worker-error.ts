import { CodedError } from '#libs/essentials';

export type WorkerErrorCode =
  'WORKER_SETTING_MISSING' | 'WORKER_INSTALLATION_UNKNOWN' | 'WORKER_POSTGRES_UNREACHABLE';

/** Why a worker cannot start. */
export class WorkerError extends CodedError<WorkerErrorCode> {}
