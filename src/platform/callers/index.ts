export { machine, type Principal } from './principal.js';
export { ROLES, STAFF_ROLES, TOKEN_ROLES, type Role, type StaffRole } from './roles.js';
export { NoSessions, SessionVerifier } from './session-verifier.js';
export { StaffAudit, type StaffAction } from './staff-audit.js';
export { HashedTokenVerifier, mintToken, TokenVerifier, type HashedToken } from './tokens.js';
