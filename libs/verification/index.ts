export {
  compareReplay,
  divergenceOf,
  type LostShard,
  type RebuiltVersion,
  type ReplayInput,
  type ReplayReport,
} from './compare-replay.js';
export { PartialVerificationError, type Finding, type Findings } from './partial-verification.js';
export { REPLAYED_EVENTS, ReplayDataset, type ReplayKeys } from './replay-dataset.js';
export { isReplayExportFile, REPLAY_EXPORT, REPLAY_EXPORT_REQUIRED } from './replay-export.js';
export { ReplayScope, type ReplayShard, type ReplayWanted } from './replay-scope.js';
export { ReplaySelection, type SelectedVersion } from './replay-selection.js';
export type { ReplayShare } from './replay-share.js';
export { mergeReplayed, type ReplayedRecords } from './replayed-records.js';
export { askedShards, replayWanted } from './replay-wanted.js';
export {
  CLAIM_STEPS,
  StepLog,
  type Claim,
  type ClaimReport,
  type NotProven,
  type StepOf,
  type VerifiedStep,
} from './steps.js';
export { openTrustedCheckpoint } from './trusted-checkpoint.js';
export { loadTrust, trustFolderOf, type TrustedSigner, type TrustFolder, type TrustPolicy } from './trust.js';
export { VerificationError, type VerificationErrorCode } from './verification-error.js';
export { composeReceipt } from './compose-receipt.js';
export { requestOfReceipt, verifyReceipt, type ReceiptInput, type ReceiptReport } from './verify-receipt.js';
export {
  consistencyFromTiles,
  parseConsistencyProof,
  rootFromTiles,
  verifyLogConsistency,
  type ConsistencyInput,
  type ConsistencyReport,
  type LogHead,
} from './verify-consistency.js';
export { verifyLog, type LogInput, type LogReport } from './verify-log.js';
export { readCheckpointFile, readEntries, type LogFiles } from './log-files.js';
export {
  verifyCertificate,
  verifyLoggedStatement,
  type CertificateReport,
  type LogPlace,
  type StatementReport,
  type VerificationInput,
} from './verify-certificate.js';
export { verifyAbsence, type AbsenceInput, type AbsenceReport } from './verify-absence.js';
export { verifyDeletion, type DeletionInput, type DeletionReport } from './verify-deletion.js';
export { warmUp } from './warm-up.js';
