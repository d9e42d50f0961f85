import { CodedError } from '#libs/essentials';

export type ExplorerErrorCode =
  'ENTRY_UNKNOWN' | 'PERIOD_REVERSED' | 'REPLAY_UNKNOWN' | 'REPLAY_ENDED' | 'REPLAYS_TOO_MANY';

/** Why an auditor cannot be shown something. */
export class ExplorerError extends CodedError<ExplorerErrorCode> {}
