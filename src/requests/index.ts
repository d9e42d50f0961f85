export type {
  CertificateIssuer,
  RecordShredder,
  Removed,
  SubjectRecords,
  UnlearningRebuilds,
} from './ports.js';
export { RequestBook } from './request-book.js';
export { RequestProcess, type RequestProcessParts } from './request-process.js';
export { RequestService, type Submission, type SubmittedRequest } from './request-service.js';
