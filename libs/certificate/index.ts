export {
  BUNDLE_MEDIA_TYPE,
  bundleOf,
  logIdOf,
  parseBundle,
  type Bundle,
  type CheckpointPolicy,
  type LedgerReceipt,
} from './bundle.js';
export { CertificateError, type CertificateErrorCode } from './certificate-error.js';
export {
  isSignedBy,
  PAYLOAD_TYPE,
  payloadOf,
  payloadDigestOf,
  preAuthEncoding,
  signStatement,
  type DsseEnvelope,
} from './dsse.js';
export {
  genesisStatement,
  parseModelPublication,
  parseModelRevocation,
  publicationStatement,
  revocationStatement,
  type ModelPublication,
  type ModelRevocation,
} from './model-statements.js';
export { logKeyRotationStatement, parseLogKeyRotation, type LogKeyRotation } from './log-key-rotation.js';
export { formatLogKeys, parseLogKeys, parseVkeyLines } from './log-keys.js';
export { fromPem, fromSpki, keyHint, toPem, toSpki } from './public-key.js';
export {
  MAX_RECEIPT_BYTES,
  openingsDocument,
  parseOpenings,
  parseReceipt,
  receiptDocument,
  type Receipt,
  type ReceiptOpenings,
  type ReceiptRecord,
} from './receipt.js';
export { onlySigner, parseSignerKeys, parseSignerPem, type SignerKey } from './signer-keys.js';
export {
  parseSignerKeyRotation,
  signerKeyRotationStatement,
  type SignerKeyRotation,
} from './signer-key-rotation.js';
export { parseRekorEntry, rekorEntryOf, type RekorEntry } from './rekor-entry.js';
export {
  parseStatement,
  PREDICATE_TYPES,
  STATEMENT_TYPE,
  statementOf,
  type PredicateType,
  type Statement,
  type StatementSubject,
} from './statement.js';
export {
  parseTrustedRoot,
  TRUST_FILES,
  TRUST_POLICY,
  trustFiles,
  type DatedLogKey,
  type TrustedLog,
  type TrustFiles,
} from './trust-files.js';
export {
  commitToNames,
  deletedLabelsFile,
  DELETION_PROOF_LOST,
  deletedMapRoot,
  NOT_PROVEN,
  parseUnlearningCertificate,
  proofsFileName,
  tombstoneOf,
  type CertifiedModel,
  type CertifiedShard,
  type UnlearningCertificate,
} from './unlearning-certificate.js';
export {
  absenceProofsFile,
  MAX_PROOFS_BYTES,
  parseAbsenceProofs,
  parseUnlearningProofs,
  unlearningProofsFile,
  type AbsenceProofs,
  type ShardProof,
  type UnlearningProofs,
} from './unlearning-proofs.js';
