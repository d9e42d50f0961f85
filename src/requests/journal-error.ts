import { CodedError } from '#libs/essentials';

export type JournalErrorCode =
  'DESTRUCTIONS_MISSING' | 'DESTRUCTIONS_MALFORMED' | 'DESTRUCTIONS_OF_ANOTHER_INSTALLATION';

/** Why a journal of destructions cannot be read or added to. */
export class JournalError extends CodedError<JournalErrorCode> {}
