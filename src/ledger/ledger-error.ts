import { CodedError } from '#libs/essentials';

export type LedgerErrorCode =
  | 'LEDGER_ORIGIN_CHANGED'
  | 'LEDGER_KEY_CHANGED'
  | 'LEDGER_BEHIND_CHECKPOINT'
  | 'LEDGER_BEHIND_HISTORY'
  | 'EVENTS_BEHIND_LEDGER'
  | 'LEDGER_ROTATION_UNDER_WAY'
  | 'LEDGER_ROTATION_LATE'
  | 'LEDGER_BEHIND_OUTSIDE'
  | 'LEDGER_ROTATED_SINCE'
  | 'LEDGER_FORKED'
  | 'LEDGER_CHECKPOINT_UNREADABLE'
  | 'LEDGER_INDEX_OUT_OF_RANGE'
  | 'LEDGER_NOT_PUBLISHED'
  | 'LEDGER_FULL'
  | 'LEDGER_READ_ONLY'
  | 'LEDGER_DAMAGED'
  | 'LEDGER_UNAVAILABLE'
  | 'LEDGER_CLOSED'
  | 'LEDGER_EXPORT_FOLDER_TAKEN'
  | 'LEDGER_FILE_UNKNOWN';

/** What the ledger answers when it cannot do what was asked. */
export class LedgerError extends CodedError<LedgerErrorCode> {}
