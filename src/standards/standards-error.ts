import { CodedError } from '#libs/essentials';

export type StandardsErrorCode =
  | 'STANDARD_NOT_OFFERED'
  | 'STANDARD_REQUEST_UNKNOWN'
  | 'RESULT_LINK_UNKNOWN'
  | 'RESULT_LINK_EXPIRED'
  | 'OPENDSR_FIELD_INVALID'
  | 'OPENDSR_KIND_UNSUPPORTED'
  | 'OPENDSR_IDENTITY_UNSUPPORTED'
  | 'OPENDSR_IDENTITIES_DISAGREE'
  | 'OPENDSR_NOT_PENDING'
  | 'OPENDSR_SUBJECT_UNKNOWN'
  | 'OPENDSR_SIGNER_UNUSABLE'
  | 'DRP_AGENT_UNKNOWN'
  | 'DRP_TOKEN_INVALID'
  | 'DRP_MESSAGE_NOT_BASE64'
  | 'DRP_MESSAGE_MALFORMED'
  | 'DRP_SIGNATURE_INVALID'
  | 'DRP_AGENT_MISMATCH'
  | 'DRP_BUSINESS_MISMATCH'
  | 'DRP_NOT_YET_ISSUED'
  | 'DRP_EXPIRED'
  | 'DRP_VERSION_UNSUPPORTED'
  | 'DRP_RIGHT_UNSUPPORTED'
  | 'DRP_REGIME_UNSUPPORTED'
  | 'DRP_IDENTITY_UNVERIFIED'
  | 'DRP_REPLAYED'
  | 'DRP_NOT_OPEN';

/** Why a request of OpenDSR or of the Data Rights Protocol is not taken. Holds nothing personal. */
export class StandardsError extends CodedError<StandardsErrorCode> {}

export function requestUnknown(): StandardsError {
  return new StandardsError('STANDARD_REQUEST_UNKNOWN', 'there is no request of yours under that id', {
    nextStep: 'Ask for requests that you have sent, under the id that was answered.',
  });
}
