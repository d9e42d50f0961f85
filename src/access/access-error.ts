import { CodedError } from '#libs/essentials';

export type AccessErrorCode =
  | 'ACCESS_FILE_UNUSABLE'
  | 'CREDENTIALS_WRONG'
  | 'ACCOUNT_UNKNOWN'
  | 'ACCOUNT_DISABLED'
  | 'SET_UP_LINK_ENDED'
  | 'USER_TAKEN'
  | 'PASSWORD_TOO_EASY'
  | 'LAST_ADMIN'
  | 'CHALLENGE_ENDED'
  | 'CODE_WRONG'
  | 'HOST_TOKEN_WRONG'
  | 'HOST_TOKENS_NOT_TAKEN'
  | 'HOST_KEYS_UNREACHABLE'
  | 'FOLLOW_KEY_WRONG'
  | 'OIDC_NOT_CONFIGURED'
  | 'OIDC_SETTINGS_MALFORMED'
  | 'OIDC_PROVIDER_UNREACHABLE'
  | 'OIDC_SIGN_IN_FAILED'
  | 'OIDC_ROLE_MISSING';

/** Why somebody is not let in, or an account cannot be changed. Says nothing that would tell a stranger who is known here. */
export class AccessError extends CodedError<AccessErrorCode> {}
