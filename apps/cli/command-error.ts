import { CodedError } from '#libs/essentials';

export type CommandErrorCode =
  | 'ACCOUNT_OF_PROVIDER'
  | 'CONFIRMATION_MISSING'
  | 'BACKUP_KEY_UNCLEAR'
  | 'GROUND_OF_OTHER_LAW'
  | 'HOLD_TARGET_UNCLEAR'
  | 'MEASUREMENT_REFUSED'
  | 'NOTHING_SERVES'
  | 'PASSWORD_MISSING'
  | 'RECEIPT_FILE_EXISTS'
  | 'ROLE_NOT_GRANTED';

/** A command line that cannot be carried out. */
export class CommandError extends CodedError<CommandErrorCode> {}
