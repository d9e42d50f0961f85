import { CodedError } from '#libs/essentials';

export type ReplayErrorCode =
  | 'FILE_UNREADABLE'
  | 'MANIFEST_NOT_FOUND'
  | 'REPLAY_KEYS_MALFORMED'
  | 'REPLAY_EXPORT_MALFORMED'
  | 'REPLAY_EXPORT_LACKS_SHARDS'
  | 'REPLAY_WORKER_NOT_BUILT';

/** Something keeps a replay from beginning; says nothing about the certificate. */
export class ReplayError extends CodedError<ReplayErrorCode> {}
