import type { SparseRows } from './shard-dataset.js';
import type { Person } from './sub-model.js';

/** What each person has met, one row a person. */
export function presentRows(persons: readonly Person[]): SparseRows {
  const offsets = new Uint32Array(persons.length + 1);
  persons.forEach(({ present }, row) => (offsets[row + 1] = offsets[row] + present.length));
  const indices = new Uint32Array(offsets[persons.length]);
  persons.forEach(({ present }, row) => indices.set(present, offsets[row]));
  return { offsets, indices };
}
