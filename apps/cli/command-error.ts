import { CodedError } from '#libs/essentials';

export type CommandErrorCode =
  'CONFIRMATION_MISSING' | 'BACKUP_KEY_UNCLEAR' | 'HOLD_TARGET_UNCLEAR' | 'RECEIPT_FILE_EXISTS';

/** A command line that cannot be carried out. */
export class CommandError extends CodedError<CommandErrorCode> {}
