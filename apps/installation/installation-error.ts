import { CodedError } from '#libs/essentials';

export type InstallationErrorCode = 'SETTINGS_MALFORMED' | 'EXPORT_FOLDER_NOT_EMPTY';

/** Why an installation cannot be opened or exported. */
export class InstallationError extends CodedError<InstallationErrorCode> {}
