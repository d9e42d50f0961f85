import { CodedError } from '#libs/essentials';

export type ConsentErrorCode =
  | 'CONSENT_FIELD_MISSING'
  | 'CONSENT_FIELD_MALFORMED'
  | 'CONSENT_FIELD_TOO_LONG'
  | 'CONSENT_SCHEMA_UNKNOWN'
  | 'CONSENT_STATE_UNKNOWN'
  | 'CONSENT_LAWFUL_BASIS_UNKNOWN'
  | 'CONSENT_NOT_GIVEN';

/** A consent record or decision that cannot stand. */
export class ConsentError extends CodedError<ConsentErrorCode> {}
