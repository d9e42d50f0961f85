export { describeVaultContract } from './vault-contract.js';
export { describeKeyWrapperContract, type OpenedWrappers } from './key-wrapper-contract.js';
export { CONTRACT_TIME, describeEventStoreContract, type OpenEventStore } from './event-store-contract.js';
export {
  blobNameOf,
  describeModelFilesContract,
  storedVersion,
  type OpenModelFiles,
} from './model-files-contract.js';
export { openLocalBucket, type LocalBucket } from './local-bucket.js';
export { openVersionedBucket, type BucketBehaviour, type VersionedBucket } from './versioned-bucket.js';
export { collect, newEvent, uuid } from './events.js';
export { gradientsOf, type GradientInput, type Gradients } from './gradients.js';
export {
  readModelPlaces,
  testDatabase,
  type ReadModelPlaces,
  type TestDatabase,
} from './postgres-databases.js';
export { refusalOf, refusalOfAsync, scenario, type Decider, type Outcome } from './scenario.js';
export { describeWithShared, sharedPath } from './shared-data.js';
export { SmtpServer } from './smtp-server.js';
export {
  certificateSigner,
  exampleStatement,
  honestCertificate,
  honestTrustFiles,
  logKey,
  logSigner,
  type CertificateChoices,
} from './honest-certificate.js';
export { absenceFile, absentIn } from './absent-version.js';
export { HonestLog } from './honest-log.js';
export { honestReplay } from './honest-replay.js';
export {
  deletedLabel,
  exampleDeletion,
  exampleDataset,
  provenDeletion,
  withDatasetRoots,
  withProofs,
  type DeletionChoices,
  type ProvenDeletion,
} from './proven-deletion.js';
export {
  jobOf,
  jobsOf,
  shardOfPerson,
  SMALL_CONFIG,
  SMALL_TOWERS,
  SMALL_IALS,
  smallGenesis,
  withoutPerson,
  withoutRecord,
  worldRecords,
  worlds,
  type World,
} from './worlds.js';
export {
  flipBit,
  flipCheckpointSignature,
  logEntryOf,
  rewriteLeaf,
  tamperedBundle,
  withField,
  type BundleJson,
  type LeafJson,
} from './tampering.js';
export { exampleRecords, honestReceipt, receiptFile, type HonestReceipt } from './honest-receipt.js';
export { isReachable } from './reachable-server.js';
