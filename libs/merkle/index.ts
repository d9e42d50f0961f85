export { MerkleError, type MerkleErrorCode } from './merkle-error.js';
export { sparseMapRoot } from './sparse-map-root.js';
export type { SparseEntry } from './sparse-map-order.js';
export {
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
} from './log-proofs.js';
export {
  consistencyProof,
  inclusionProof,
  leafHash,
  LogTree,
  nodeHash,
  nodesCompletedBy,
  treeRoot,
  type NodeReader,
} from './log-tree.js';
export { checkPublicKey, signerFromSeed, verifySignature, type Signer } from './ed25519.js';
export { ED25519_TYPE, formatVkey, noteKey, noteKeyHash, parseVkey, type NoteKey } from './note-key.js';
export { openNote, parseNote, signNote, type NoteSignature, type SignedNote } from './signed-note.js';
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
export { SparseMap, verifyInMap, verifyNotInMap, type OtherLeaf, type SparseProof } from './sparse-map.js';
