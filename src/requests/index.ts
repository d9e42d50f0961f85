export { ConsentChanges } from './consent-changes.js';
export { RequestsModule } from './http/requests.module.js';
export {
  CertificateArchive,
  type CertificateIssuer,
  type ReceiptSealer,
  type RecordShredder,
  type Removed,
  type SubjectRecords,
  type UnlearningRebuilds,
} from './ports.js';
export { ReceiptDesk, type ReceiptDeskParts } from './receipt-desk.js';
export { RequestBook } from './request-book.js';
export { RequestProcess, type RequestProcessParts } from './request-process.js';
export { RequestService, type Submission, type SubmittedRequest } from './request-service.js';
export { SubjectHistory, type HistoryEntry } from './subject-history.js';
export { describeRequest, type RequestView } from './request-view.js';
