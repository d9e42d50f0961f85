import { CodedError } from '#libs/essentials';

export type InteropErrorCode =
  | 'MODEL_KEY_INVALID'
  | 'MODEL_HAS_NO_FILE'
  | 'MODEL_FILE_NAME_INVALID'
  | 'COSE_TREE_TOO_SMALL'
  | 'COSE_MALFORMED'
  | 'COSE_ALGORITHM_UNKNOWN'
  | 'COSE_STRUCTURE_UNKNOWN'
  | 'COSE_KEY_UNKNOWN'
  | 'COSE_PROOF_INVALID'
  | 'COSE_SIGNATURE_INVALID';

/** A document in somebody else's format that cannot be written, or is not what it should be. */
export class InteropError extends CodedError<InteropErrorCode> {}
