import { CodedError } from '#libs/essentials';

export type VaultErrorCode =
  | 'KEY_UNKNOWN'
  | 'KEY_DESTROYED'
  | 'PAYLOAD_DAMAGED'
  | 'SUBJECT_NOT_ENROLLED'
  | 'ALIAS_TAKEN'
  | 'ALIAS_LAST'
  | 'KEK_MISSING'
  | 'KEK_WRONG'
  | 'KEK_MALFORMED'
  | 'KEK_PERMISSIONS'
  | 'KEK_ADDRESS_MALFORMED'
  | 'KEK_WRAPPED_MALFORMED'
  | 'KEK_WRAPPED_ELSEWHERE'
  | 'KEK_OF_ANOTHER_INSTALLATION'
  | 'KEK_IN_PLAIN'
  | 'KEK_NOT_WRAPPED'
  | 'KEK_NEXT_MISSING'
  | 'VAULT_FULL'
  | 'VAULT_READ_ONLY'
  | 'VAULT_DAMAGED'
  | 'VAULT_UNAVAILABLE'
  | 'VAULT_VERSION_UNKNOWN'
  | 'VAULT_CLOSED';

/** What a vault answers when it cannot do what was asked. */
export class VaultError extends CodedError<VaultErrorCode> {}
