export { ConsentChanges } from './consent-changes.js';
export { DestructionGate } from './destruction-gate.js';
export { HoldBook } from './hold-book.js';
export { RequestsModule } from './http/requests.module.js';
export {
  CertificateArchive,
  NO_RECIPIENTS,
  type CertificateIssuer,
  type ReceiptSealer,
  type RecipientNotices,
  type RecordShredder,
  type Removed,
  type SubjectRecords,
  type UnlearningRebuilds,
} from './ports.js';
export { ReceiptDesk, type ReceiptDeskParts } from './receipt-desk.js';
export { RequestBook } from './request-book.js';
export { RequestProcess, type RequestProcessParts } from './request-process.js';
export { RequestService, type Submission, type SubmittedRequest } from './request-service.js';
export { scopeOf } from './sealed-fields.js';
export { SubjectHistory, type HistoryEntry } from './subject-history.js';
export { describeRequest, type RequestView } from './request-view.js';
