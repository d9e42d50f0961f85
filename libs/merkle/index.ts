export { MerkleError, type MerkleErrorCode } from './merkle-error.js';
export { sparseMapRoot } from './sparse-map-root.js';
export type { SparseEntry } from './sparse-map-order.js';
export {
  inclusionRoot,
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
} from './log-proofs.js';
export {
  consistencyProof,
  HASH_LENGTH,
  inclusionProof,
  inclusionProofs,
  leafHash,
  LogTree,
  nodeHash,
  nodesCompletedBy,
  treeRoot,
  type NodeReader,
} from './log-tree.js';
export {
  checkPublicKey,
  signerFromSeed,
  verifySignature,
  type Signer,
  type VerifySignature,
} from './ed25519.js';
export {
  COSIGNATURE_TYPE,
  ED25519_TYPE,
  formatVkey,
  noteKey,
  noteKeyHash,
  parseVkey,
  type NoteKey,
} from './note-key.js';
export {
  checkSignedByAny,
  formatNote,
  namesKey,
  openNote,
  parseNote,
  parseSignatureLines,
  signNote,
  type NoteSignature,
  type SignedNote,
} from './signed-note.js';
export { cosign, cosignatureOf, cosignerKey, parseCosignerVkey } from './cosignature.js';
export { isInForce, openCheckpointOf, type KeyPeriod, type LogKey } from './log-keys.js';
export { openCheckpoint, parseCheckpointText, signCheckpoint, type Checkpoint } from './checkpoint.js';
export {
  checkEntryLength,
  encodeEntryBundle,
  encodeTile,
  entriesPath,
  parseEntryBundle,
  parseTile,
  partialsPath,
  tilePath,
  tilesBetween,
  TILE_WIDTH,
  type Tile,
} from './tiles.js';
export type { Sha256Many } from './hash-plan.js';
export { differenceOfPages, type MapDifference } from './map-difference.js';
export { MemoryPages, type MapPages } from './map-pages.js';
export { verifyDelta, verifyKeys, type Delta, type DeltaClaim } from './map-proofs.js';
export { sortKeys, type HashedEntry, type MapChanges } from './map-touches.js';
export { PagedSparseMap, type MapSummary } from './paged-sparse-map.js';
export type { KeyChange } from './pruned-map.js';
export { GrowingTree, nodeOfTile, tileOfNode, type HashedTile } from './tile-nodes.js';
export { SparseMap, verifyInMap, verifyNotInMap, type OtherLeaf, type SparseProof } from './sparse-map.js';
