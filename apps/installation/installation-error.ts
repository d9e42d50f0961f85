import { CodedError } from '#libs/essentials';

export type InstallationErrorCode =
  | 'SETTINGS_MALFORMED'
  | 'LINE_OPTION_UNUSED'
  | 'LINE_CONFIG_UNREADABLE'
  | 'SETTINGS_DIFFER'
  | 'SIGNER_KEY_CHANGED'
  | 'EXPORT_FOLDER_NOT_EMPTY'
  | 'EXPORT_FILE_EXISTS'
  | 'EXPORT_FILE_UNWRITABLE'
  | 'EXPORT_NO_CERTIFICATE'
  | 'EXPORT_NO_MODEL'
  | 'FOLD_WORKER_NOT_BUILT'
  | 'EVENT_STORE_CLAIMED'
  | 'EVENT_STORE_NOT_EMPTY'
  | 'EVENTS_NOT_MOVED'
  | 'EVENTS_MOVED'
  | 'EVENTS_DIFFER'
  | 'EVENT_STORE_UNNAMED'
  | 'MODEL_STORE_UNNAMED'
  | 'MODELS_NOT_MOVED'
  | 'INSTALLATION_MISSING';

/** Why an installation cannot be opened or exported. */
export class InstallationError extends CodedError<InstallationErrorCode> {}
