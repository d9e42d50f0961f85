export { AccessError, type AccessErrorCode } from './access-error.js';
export type { HostTokenSettings } from './host-tokens.js';
export type { Challenge, ChallengeOrder, IdentityChallenges } from './identity-challenges.js';
export type { IdentityProvider } from './identity-provider.js';
export { oidcSettingsOf, type OidcSettings } from './oidc-settings.js';
export { openAccess, type Access, type AccessOptions } from './open-access.js';
export type { ChallengeMailer, IdentityOfRequests, ShownIdentity } from './ports.js';
export type { StaffAccount } from './staff-account.js';
export { byOperator } from './staff-actions.js';
