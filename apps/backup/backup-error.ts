import { CodedError } from '#libs/essentials';

export type BackupErrorCode =
  | 'BACKUP_FILE_EXISTS'
  | 'BACKUP_FILE_UNWRITABLE'
  | 'BACKUP_FILE_MISSING'
  | 'BACKUP_STORES_BUSY'
  | 'BACKUP_NOT_WHOLE'
  | 'BACKUP_DAMAGED'
  | 'BACKUP_MALFORMED'
  | 'BACKUP_VERSION_UNKNOWN'
  | 'RESTORE_FOLDER_NOT_EMPTY'
  | 'DESTRUCTIONS_OLDER_THAN_BACKUP'
  | 'DESTRUCTIONS_NOT_REPEATED'
  | 'LEDGER_BEHIND_DESTRUCTIONS';

/** Why a backup cannot be made or restored. */
export class BackupError extends CodedError<BackupErrorCode> {}
