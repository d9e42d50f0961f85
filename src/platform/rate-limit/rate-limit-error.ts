import { CodedError } from '#libs/essentials';

export type RateLimitErrorCode = 'TOO_MANY_REQUESTS';

/** Somebody calls more often than is taken from one client. */
export class RateLimitError extends CodedError<RateLimitErrorCode> {}
