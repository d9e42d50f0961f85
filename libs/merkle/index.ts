export { MerkleError, type MerkleErrorCode } from './merkle-error.js';
export { sparseMapRoot } from './sparse-map-root.js';
export type { SparseEntry } from './sparse-map-order.js';
