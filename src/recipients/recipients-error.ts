import { CodedError } from '#libs/essentials';

export type RecipientsErrorCode =
  'RECIPIENT_UNKNOWN' | 'RECIPIENT_NAME_TAKEN' | 'RECIPIENT_NAME_MALFORMED' | 'ACKNOWLEDGEMENT_INVALID';

/** Why something about recipients cannot be done. */
export class RecipientsError extends CodedError<RecipientsErrorCode> {}
