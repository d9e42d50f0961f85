export {
  DestructionJournal,
  destructionOf,
  readJournal,
  type JournalledRequest,
} from './destruction-journal.js';
export { JournalError, type JournalErrorCode } from './journal-error.js';
export { openRequestStage, type RequestStage, type RequestStageParts } from './open-request-stage.js';
export {
  CertificateArchive,
  IdentityChallenges,
  NO_RECIPIENTS,
  type CertificateIssuer,
  type ItemTitles,
  type PersonsConsents,
  type PurposeStop,
  type ReceiptSealer,
  type RecipientNotices,
  type RecordShredder,
  type Removed,
  type SubjectRecords,
  type UnlearningRebuilds,
} from './ports.js';
export { ReceiptDesk } from './receipt-desk.js';
export { RequestBook } from './request-book.js';
export { RequestDesk } from './request-desk.js';
export { RequestDetails, type Viewer } from './request-details.js';
export { DEFAULT_POLICY, policyOf, type PolicyChanges, type RequestPolicy } from './request-policy.js';
export { RequestProcess } from './request-process.js';
export { RequestQueue, type QueueOrder } from './request-queue.js';
export { RequestService, type Filing, type Submission, type SubmittedRequest } from './request-service.js';
export { scopeOf } from './sealed-fields.js';
export { subjectBehind } from './subject-behind.js';
export { SubjectHistory, type HistoryEntry } from './subject-history.js';
export { describeRequest, type RequestView } from './request-view.js';
