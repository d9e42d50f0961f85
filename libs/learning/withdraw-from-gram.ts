import type { GramConfig } from '#libs/contracts';
import { sha256, type Sha256 } from '#libs/essentials';
import {
  changedItems,
  exchange,
  notCounted,
  type ChangedItems,
  type ChangedRecords,
} from './gram-changes.js';
import { gramLayout } from './gram-layout.js';
import { PAIR_COUNTS } from './gram-trainer.js';
import { catalogueDigest, countsOf, readModelFile, revisedModelFile } from './model-file.js';
import { PairCounts } from './pair-counts.js';
import { canonicalCatalogue, type CatalogueLists } from './shard-dataset.js';

/** Everything that a shard's next file of counts is made of. */
export interface GramWithdrawal extends CatalogueLists {
  readonly config: GramConfig;
  /** The shard's model file, of the same catalogue. It is changed where it lies; after a refusal it is of no use any more. */
  readonly file: Uint8Array;
  /** Their records before the withdrawal, and those of them that stay. */
  readonly people: readonly ChangedRecords[];
  /** A faster SHA-256 where there is one. */
  readonly hash?: Sha256;
}

/**
 * The shard's model file without the withdrawn records, by subtraction: byte for byte what `rebuildShard` makes of the records that
 * stay, in time that grows with the square of the people's items and not with the shard. `rebuildShard` itself subtracts where it is
 * given the previous version, and proves first that this was made of those records; here the caller answers for that.
 *
 * @throws LearningError WITHDRAWN_NOT_COUNTED where the file was made without those records; DATASET_…, MODEL_…, SAFETENSORS_…
 * @example
 * const next = withdrawFromGram({ config, items, file, people: [{ before, after: new Uint8Array() }] });
 */
export function withdrawFromGram({
  config,
  file,
  people,
  hash = sha256,
  ...lists
}: GramWithdrawal): Uint8Array {
  const catalogue = canonicalCatalogue(lists);
  const head = { kind: config.kind, catalogue: catalogueDigest(catalogue, hash) };
  const layout = gramLayout(config, catalogue);
  const counts = countsOf(readModelFile(file, head), PAIR_COUNTS, [layout.counts]);
  const pairs = new PairCounts(layout, counts);
  for (const change of changedItems(people, catalogue)) {
    requireFewer(change);
    exchange(pairs, change);
  }
  return revisedModelFile(file, head, [{ name: PAIR_COUNTS, shape: [counts.length], data: counts }]);
}

/** A withdrawal adds nothing. */
function requireFewer({ before, after }: ChangedItems): void {
  const met = new Set(before);
  if (!after.every((item) => met.has(item))) throw notCounted();
}
