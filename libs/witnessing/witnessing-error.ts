import { CodedError } from '#libs/essentials';

export type WitnessingErrorCode =
  // A request to a witness
  | 'ADD_CHECKPOINT_TOO_LARGE'
  | 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED'
  | 'ADD_CHECKPOINT_PROOF_MALFORMED'
  | 'ADD_CHECKPOINT_PROOF_TOO_LONG'
  | 'ADD_CHECKPOINT_NOTE_MALFORMED'
  // A trust policy
  | 'POLICY_TOO_LARGE'
  | 'POLICY_TOO_COMPLEX'
  | 'POLICY_OCTET_FORBIDDEN'
  | 'POLICY_NOT_TERMINATED'
  | 'POLICY_KEYWORD_UNKNOWN'
  | 'POLICY_LINE_MALFORMED'
  | 'POLICY_KEY_UNUSABLE'
  | 'POLICY_LOG_DUPLICATE'
  | 'POLICY_WITNESS_DUPLICATE'
  | 'POLICY_LOG_IS_WITNESS'
  | 'POLICY_NAME_RESERVED'
  | 'POLICY_NAME_TAKEN'
  | 'POLICY_NAME_UNKNOWN'
  | 'POLICY_MEMBER_REPEATED'
  | 'POLICY_THRESHOLD_OUT_OF_RANGE'
  | 'POLICY_QUORUM_MISSING'
  | 'POLICY_QUORUM_REPEATED';

/** A request to a witness or a trust policy that is not what it should be. */
export class WitnessingError extends CodedError<WitnessingErrorCode> {}
