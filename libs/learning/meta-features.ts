import type { ShardAnswers } from './aggregator.js';
import type { ContentOverlap } from './content-overlap.js';
import type { OpenSubModel, Person } from './sub-model.js';

/**
 * Of a pair of person and item, in this order: the shards' mean score z, the same compressed, log(1 + people who have met the item), that
 * times z, the mean score by the person's latest records alone, the overlap of the item's categories with those of all the person's
 * items, and with those of the latest. What rests on the latest is 0 where the order of records is not known.
 */
export const FEATURES = 7;

/** Records that count as the latest: with 3 and with 10, validation was no better. */
const LATEST = 5;

/** Scores of a shard with what brings them to mean 0 and deviation 1 over the catalogue. */
interface Standardised {
  readonly scores: Float32Array;
  readonly mean: number;
  readonly perDeviation: number;
}

/** One entry a shard: undefined for a shard that says nothing, or the same of all items, which ranks nothing. */
type Answers = readonly (Standardised | undefined)[];

/** What the shards and the catalogue say of a person. */
export interface PersonEvidence {
  /** By all present records. */
  readonly all: Answers;
  /** By the latest of them; no shard says anything where the order is not known. */
  readonly latest: Answers;
  /** Of each item's categories with those of the person's items, 0 … 1. */
  readonly overlap: Float32Array;
  /** With those of the latest items; zeros where the order is not known. */
  readonly latestOverlap: Float32Array;
}

/** What answers about people besides the scores: the shards are asked a second time, about the latest records. */
export interface EvidenceSources {
  readonly models: readonly OpenSubModel[];
  readonly content: ContentOverlap;
}

/**
 * @param scores what each shard says of the person by all present records
 */
export function evidenceOf(
  scores: ShardAnswers,
  person: Person,
  { models, content }: EvidenceSources,
): PersonEvidence {
  const all = scores.map(standardise);
  const overlap = content.with(person.present);
  const latest = latestOf(person);
  if (latest === undefined)
    return {
      all,
      overlap,
      latest: all.map(() => undefined),
      latestOverlap: new Float32Array(overlap.length),
    };
  if (latest.present.length === person.present.length)
    return { all, overlap, latest: all, latestOverlap: overlap };
  return {
    all,
    overlap,
    latest: all.map((of, shard) => of && standardise(models[shard].score(latest))),
    latestOverlap: content.with(latest.present),
  };
}

/** The person as if there were the latest records only; undefined where the order is not known. */
function latestOf(person: Person): Person | undefined {
  const { present, recency } = person;
  if (recency === undefined) return undefined;
  const isLatest = (_: number, at: number): boolean => recency[at] < LATEST;
  return { ...person, present: present.filter(isLatest), recency: recency.filter(isLatest) };
}

/** One pass over the items, in doubles, counting from the first score: where all are the same, the deviation is 0 exactly. */
function standardise(scores: Float32Array | undefined): Standardised | undefined {
  if (scores === undefined) return undefined;
  const items = scores.length;
  const [origin] = scores;
  let sum = 0;
  let squares = 0;
  for (let item = 0; item < items; item++) {
    const step = scores[item] - origin;
    sum += step;
    squares += step * step;
  }
  const mean = sum / items;
  const deviation = Math.sqrt(Math.max(squares / items - mean * mean, 0));
  return deviation > 0 ? { scores, mean: origin + mean, perDeviation: 1 / deviation } : undefined;
}

/** A few items of the catalogue, or all: indices. */
export type Items = Uint32Array;

/** All items of a catalogue, in order. */
export function everyItem(catalogue: number): Items {
  const items = new Uint32Array(catalogue);
  for (let item = 0; item < catalogue; item++) items[item] = item;
  return items;
}

/** @param isAsked which shards may speak; those that have nothing to say are passed over anyhow */
export function askedOf(evidence: PersonEvidence, isAsked: (shard: number) => boolean): PersonEvidence {
  const only = (answers: Answers): Answers => answers.map((of, shard) => (isAsked(shard) ? of : undefined));
  return { ...evidence, all: only(evidence.all), latest: only(evidence.latest) };
}

/**
 * Features of the person with each of the items, [items, FEATURES]. Only sums, products, quotients and square roots, shard after shard,
 * in doubles: the same on every machine.
 *
 * @param confidence [shards, catalogue]: log(1 + people of the shard who have met the item)
 */
export function pairFeatures(
  { all, latest, overlap, latestOverlap }: PersonEvidence,
  confidence: Float32Array,
  items: Items,
): Float32Array {
  const scores = meanScores(all, items);
  const latestScores = meanScores(
    latest.map((of, shard) => all[shard] && of),
    items,
  );
  const popularity = meanConfidence(all, confidence, overlap.length, items);
  const rows = new Float32Array(items.length * FEATURES);
  for (let place = 0, at = 0; place < items.length; place++) {
    const score = scores[place];
    rows[at++] = score;
    rows[at++] = score / Math.sqrt(Math.sqrt(1 + score * score));
    rows[at++] = popularity[place];
    rows[at++] = score * popularity[place];
    rows[at++] = latestScores[place];
    rows[at++] = overlap[items[place]];
    rows[at++] = latestOverlap[items[place]];
  }
  return rows;
}

/** Mean standardised score of each item over the shards that answer; zeros where none does. */
export function meanScores(answers: Answers, items: Items): Float64Array {
  const means = new Float64Array(items.length);
  const given = answers.filter((of) => of !== undefined);
  for (const { scores, mean, perDeviation } of given)
    for (let place = 0; place < items.length; place++)
      means[place] += (scores[items[place]] - mean) * perDeviation;
  return given.length > 0 ? divided(means, given.length) : means;
}

function meanConfidence(
  asked: Answers,
  confidence: Float32Array,
  catalogue: number,
  items: Items,
): Float64Array {
  const means = new Float64Array(items.length);
  let shards = 0;
  asked.forEach((of, shard) => {
    if (of === undefined) return;
    for (let place = 0; place < items.length; place++)
      means[place] += confidence[shard * catalogue + items[place]];
    shards++;
  });
  return divided(means, shards);
}

function divided(sums: Float64Array, by: number): Float64Array {
  for (let at = 0; at < sums.length; at++) sums[at] /= by;
  return sums;
}
