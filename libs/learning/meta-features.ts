import type { ShardAnswers } from './aggregator.js';
import type { ContentOverlap } from './content-overlap.js';
import type { Person } from './sub-model.js';

/** Of a shard, for a pair of person and item: standardised score, confidence, share of the person's records. */
export const SHARD_FEATURES = 3;

/** Of the pair itself: spread of the scores, mean confidence, overlap of categories, length of the person's history. */
export const PAIR_FEATURES = 4;

/** Records at which the history's length counts half. */
const HALF_HISTORY = 20;

/** What a person brings to every pair, and every shard's score on one scale. */
export interface PersonEvidence {
  /** Shard after shard, items in catalogue order: mean 0 and deviation 1 over the catalogue; absent for a shard that says nothing. */
  readonly standardised: readonly (Float32Array | undefined)[];
  /** Share of the person's records that each shard holds; 0 where nobody knows. */
  readonly shares: Float64Array;
  /** n / (n + 20) for n records. */
  readonly history: number;
  /** Of each item's categories with those of the person's items, 0 … 1. */
  readonly overlap: Float32Array;
}

/**
 * Everything about a person that features are made of. Only sums, products, quotients and square roots, in the order of shards and
 * items, in doubles: the same on every machine.
 */
export function evidenceOf(
  scores: ShardAnswers,
  { present, recordsPerShard }: Person,
  content: ContentOverlap,
): PersonEvidence {
  const total = recordsPerShard?.reduce((sum, count) => sum + count, 0) ?? 0;
  return {
    standardised: scores.map((of) => of && standardise(of)),
    shares: Float64Array.from(scores, (_, shard) =>
      total > 0 ? (recordsPerShard?.[shard] ?? 0) / total : 0,
    ),
    history: present.length / (present.length + HALF_HISTORY),
    overlap: content.with(present),
  };
}

/** Mean 0, deviation 1; undefined where all scores are equal, for then they rank nothing. */
function standardise(scores: Float32Array): Float32Array | undefined {
  let sum = 0;
  for (const score of scores) sum += score;
  const mean = sum / scores.length;
  let squares = 0;
  for (const score of scores) squares += (score - mean) * (score - mean);
  const deviation = Math.sqrt(squares / scores.length);
  return deviation > 0 ? scores.map((score) => (score - mean) / deviation) : undefined;
}

/** Where the features of pairs are written: row after row; a shard that is not asked has `asked` 0 and zeros. */
export interface FeatureRows {
  /** [rows, shards, SHARD_FEATURES] */
  readonly shard: Float32Array;
  /** [rows, shards]: 1 or 0. */
  readonly asked: Float32Array;
  /** [rows, PAIR_FEATURES] */
  readonly pair: Float32Array;
}

export function featureRows(rows: number, shards: number): FeatureRows {
  return {
    shard: new Float32Array(rows * shards * SHARD_FEATURES),
    asked: new Float32Array(rows * shards),
    pair: new Float32Array(rows * PAIR_FEATURES),
  };
}

/**
 * Writes the features of one pair.
 *
 * @param confidence [shards, items]
 * @param isAsked which shards may speak; those that have nothing to say are passed over anyhow
 */
export function writeFeatures(
  into: FeatureRows,
  row: number,
  item: number,
  evidence: PersonEvidence,
  confidence: Float32Array,
  isAsked: (shard: number) => boolean,
): void {
  const { standardised, shares } = evidence;
  const shards = standardised.length;
  const items = evidence.overlap.length;
  let asked = 0;
  let sum = 0;
  let squares = 0;
  let confidences = 0;
  for (let shard = 0; shard < shards; shard++) {
    const of = standardised[shard];
    if (of === undefined || !isAsked(shard)) continue;
    const slot = row * shards + shard;
    const known = confidence[shard * items + item];
    into.asked[slot] = 1;
    into.shard.set([of[item], known, shares[shard]], slot * SHARD_FEATURES);
    asked++;
    sum += of[item];
    squares += of[item] * of[item];
    confidences += known;
  }
  const mean = sum / asked;
  const spread = Math.sqrt(Math.max(squares / asked - mean * mean, 0));
  into.pair.set([spread, confidences / asked, evidence.overlap[item], evidence.history], row * PAIR_FEATURES);
}
