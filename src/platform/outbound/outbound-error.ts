import { CodedError } from '#libs/essentials';

export type OutboundErrorCode =
  'OUTBOUND_URL_MALFORMED' | 'OUTBOUND_URL_NOT_HTTPS' | 'OUTBOUND_ADDRESS_NOT_PUBLIC';

/** Why nothing will ever be sent to a URL. */
export class OutboundError extends CodedError<OutboundErrorCode> {}
