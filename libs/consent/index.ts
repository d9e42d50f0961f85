export { consentsAsJsonLd } from './consent-jsonld.js';
export { ConsentError, type ConsentErrorCode } from './consent-error.js';
export {
  CONSENT_SCHEMA_VERSION,
  CONSENT_STATES,
  LAWFUL_BASES,
  type ConsentEvent,
  type ConsentRecord,
  type ConsentState,
  type LawfulBasis,
} from './consent-record.js';
export {
  decideConsent,
  evolveConsents,
  noConsents,
  type ConsentCommand,
  type ConsentDecided,
  type ConsentsByPurpose,
  type GrantConsent,
  type WithdrawConsent,
} from './decide.js';
export { parseConsentRecord } from './validate.js';
