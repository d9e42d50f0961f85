export { OwnChoices } from './own-choices.js';
export { OwnHistory } from './own-history.js';
export type {
  CountOpenRequests,
  OfferedPurposes,
  OwnConsent,
  OwnConsents,
  OwnDecision,
  OwnRecords,
} from './ports.js';
export { SelfServiceError, type SelfServiceErrorCode } from './self-service-error.js';
