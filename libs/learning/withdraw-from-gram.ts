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
  const counts = countsOf(readModelFile(file, head), PAIR_COUNTS, [layout.counts]);
  const pairs = new PairCounts(layout, counts);
  for (const { before, after } of people)
    subtract(pairs, itemsIn(before, catalogue), new Set(itemsIn(after, catalogue)));
  return writeModelFile(head, [{ name: PAIR_COUNTS, shape: [counts.length], data: counts }]);
}

/** Catalogue items of one person's records: indices, ascending, each once. */
function itemsIn(records: Uint8Array, catalogue: CanonicalCatalogue): Uint32Array {
  return datasetOf(canonicalShard(catalogue, [{ subject: '', records }])).bySubject.indices;
}

/** One less for every pair of the items before of which not both stay. */
function subtract(pairs: PairCounts, before: Uint32Array, after: ReadonlySet<number>): void {
  const met = new Set(before);
  for (const item of after) if (!met.has(item)) throw notCounted();
  before.forEach((item, at) => {
    const others = before.subarray(at);
    const gone = after.has(item) ? others.filter((other) => !after.has(other)) : others;
    for (const other of gone) if (!pairs.decrement(item, other)) throw notCounted();
  });
}

function notCounted(): LearningError {
  return new LearningError('WITHDRAWN_NOT_COUNTED', 'the file was made without the records to be withdrawn', {
    nextStep: 'Rebuild the shard from its records.',
  });
}
