import { CodedError } from '#libs/essentials';

export type LettersErrorCode = 'LETTER_UNKNOWN' | 'LETTER_ADDRESS_UNKNOWN';

/** Why a letter cannot be written or sent. */
export class LettersError extends CodedError<LettersErrorCode> {}
