import type { GramConfig } from '#libs/contracts';
import { sha256, type Sha256 } from '#libs/essentials';
import { gramLayout } from './gram-layout.js';
import { PAIR_COUNTS } from './gram-trainer.js';
import { LearningError } from './learning-error.js';
import { catalogueDigest, countsOf, readModelFile, writeModelFile } from './model-file.js';
import { PairCounts } from './pair-counts.js';
import {
  canonicalCatalogue,
  canonicalShard,
  datasetOf,
  type CanonicalCatalogue,
  type CatalogueLists,
} from './shard-dataset.js';

/** A person's records before a withdrawal and after it, as packRecords of libs/contracts makes them, in any order. */
export interface WithdrawnRecords {
  readonly before: Uint8Array;
  /** Those of `before` that stay; none where the person is erased. */
  readonly after: Uint8Array;
}

/** Everything that a shard's next file of counts is made of. */
export interface GramWithdrawal extends CatalogueLists {
  readonly config: GramConfig;
  /** The shard's model file, of the same catalogue. */
  readonly file: Uint8Array;
  readonly people: readonly WithdrawnRecords[];
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
}

/**
 * The shard's model file without the withdrawn records, by subtraction: byte for byte what `rebuildShard` makes of the records that
 * stay, in time that grows with the square of the people's items and not with the shard.
 *
 * @throws LearningError WITHDRAWN_NOT_COUNTED where the file was made without those records; DATASET_…, MODEL_…, SAFETENSORS_…
 * @example
 * const file = withdrawFromGram({ config, items, file: published, people: [{ before, after: new Uint8Array() }] });
 */
export function withdrawFromGram({
  config,
  file,
  people,
  hash = sha256,
  ...lists
}: GramWithdrawal): Uint8Array {
  const catalogue = canonicalCatalogue(lists);
  const head = { kind: config.kind, catalogue: catalogueDigest(catalogue.items, hash) };
  const layout = gramLayout(config, catalogue);
  const next = new Uint8Array(file); // memory of its own, in which the counts are changed where they lie
  const counts = countsOf(readModelFile(next, head), PAIR_COUNTS, [layout.counts]);
  const pairs = new PairCounts(layout, counts);
  for (const { before, after } of itemsOf(people, catalogue)) subtract(pairs, before, after);
  return counts.buffer === next.buffer
    ? next
    : writeModelFile(head, [{ name: PAIR_COUNTS, shape: [counts.length], data: counts }]);
}

interface WithdrawnItems {
  /** Catalogue items: indices, ascending, each once. */
  readonly before: Uint32Array;
  readonly after: Uint32Array;
}

/** All records in one dataset, because finding items by their ids takes a table of the catalogue. */
function itemsOf(people: readonly WithdrawnRecords[], catalogue: CanonicalCatalogue): WithdrawnItems[] {
  const records = people.flatMap(({ before, after }) => [before, after]);
  const rows = records.map((packed, row) => ({ subject: String(row), records: packed }));
  const { subjects, bySubject } = datasetOf(canonicalShard(catalogue, rows));
  const found = new Map(subjects.map((subject, row) => [subject, row]));
  const itemsOfRow = (at: number): Uint32Array => {
    const row = found.get(String(at));
    return row === undefined
      ? new Uint32Array()
      : bySubject.indices.subarray(bySubject.offsets[row], bySubject.offsets[row + 1]);
  };
  return people.map((_, at) => ({ before: itemsOfRow(2 * at), after: itemsOfRow(2 * at + 1) }));
}

/** One less for every pair of the items before of which not both stay. */
function subtract(pairs: PairCounts, before: Uint32Array, after: Uint32Array): void {
  const met = new Set(before);
  if (!after.every((item) => met.has(item))) throw notCounted();
  const kept = new Set(after);
  for (const item of before)
    if (!kept.has(item))
      for (const other of before) if (other >= item || kept.has(other)) takeAway(pairs, item, other); // two that both go: once
}

function takeAway(pairs: PairCounts, item: number, other: number): void {
  if (!pairs.decrement(item, other)) throw notCounted();
}

function notCounted(): LearningError {
  return new LearningError('WITHDRAWN_NOT_COUNTED', 'the file was made without the records to be withdrawn', {
    nextStep: 'Rebuild the shard from its records.',
  });
}
