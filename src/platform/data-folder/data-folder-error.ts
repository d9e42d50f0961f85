import { CodedError } from '#libs/essentials';

export type DataFolderErrorCode =
  'DATA_FOLDER_IN_USE' | 'DATA_FOLDER_UNFINISHED' | 'DATA_FOLDER_UNWRITABLE' | 'DATA_FOLDER_FULL';

/** Why the data folder cannot be used. */
export class DataFolderError extends CodedError<DataFolderErrorCode> {}
