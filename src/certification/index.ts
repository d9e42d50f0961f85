export { AbsenceProver, type ProvenVersion } from './absence-prover.js';
export { CertificateOffice, type Unwitnessed } from './certificate-office.js';
export { CertificationError, notIssued, type CertificationErrorCode } from './certification-error.js';
export { Notary, type Notarised } from './notary.js';
export { renderCertificate, RENDERED_FORMATS, type RenderedFormat } from './render-certificate.js';
export type {
  CertifiedModels,
  DatasetProofs,
  LedgerWriter,
  StatementArchive,
  StatementSigner,
} from './ports.js';
export { StatementFiles } from './statement-files.js';
