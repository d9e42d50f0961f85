import { CodedError } from '#libs/essentials';

export type SelfServiceErrorCode = 'PURPOSE_UNKNOWN';

/** What a person cannot see or decide. */
export class SelfServiceError extends CodedError<SelfServiceErrorCode> {}
