import { CodedError } from '#libs/essentials';

export type QueueErrorCode =
  | 'QUEUE_URL_MALFORMED'
  | 'QUEUE_UNREACHABLE'
  | 'QUEUE_DENIED'
  | 'QUEUE_REDIS_TOO_OLD'
  | 'QUEUE_CLOSED'
  | 'QUEUE_PATIENCE_MALFORMED'
  | 'JOB_MALFORMED'
  | 'JOB_STALE'
  | 'JOB_RECORDS_UNREACHABLE'
  | 'JOB_CANCELLED'
  | 'JOB_REFUSED'
  | 'WORKER_BUILD_DIFFERS';

/** Why a job cannot be queued, taken or finished. */
export class QueueError extends CodedError<QueueErrorCode> {}
