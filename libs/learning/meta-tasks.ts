import { compareBytes, utf8 } from '#libs/essentials';
import type { AggregatedShard } from './aggregator.js';
import type { ContentOverlap } from './content-overlap.js';
import type { Draw } from './draws.js';
import {
  evidenceOf,
  featureRows,
  writeFeatures,
  type FeatureRows,
  type PersonEvidence,
} from './meta-features.js';
import type { ShardDataset } from './shard-dataset.js';
import type { OpenSubModel } from './sub-model.js';
import { topK } from './top-k.js';

/** Queries of a person for the inner step, and as many for the outer one. */
export const QUERIES = 2;
const HARD = 32;
const UNIFORM = 32;
/** Of a query: the item that was held out, then items that the person has not met. */
export const CANDIDATES = 1 + HARD + UNIFORM;

/** One half of the tasks: QUERIES queries a task, CANDIDATES rows a query. */
export interface Episodes {
  readonly features: FeatureRows;
  /** [tasks, QUERIES, CANDIDATES]: how many items of the catalogue a candidate stands for; 0 where there is none. */
  readonly weights: Float32Array;
  /** [tasks, QUERIES]: 1 / queries of the task, 0 where there is none. */
  readonly queries: Float32Array;
}

export interface MetaTasks {
  readonly count: number;
  readonly inner: Episodes;
  readonly outer: Episodes;
}

/** A person's present items with the shards that hold each; `order` is drawn by name. */
interface Candidate {
  readonly subject: string;
  /** Item index → shards. */
  readonly held: ReadonlyMap<number, ReadonlySet<number>>;
  readonly order: number;
}

export interface TaskSources {
  readonly shards: readonly Pick<AggregatedShard, 'dataset'>[];
  readonly models: readonly OpenSubModel[];
  /** [shards, items] */
  readonly confidence: Float32Array;
  readonly content: ContentOverlap;
  readonly draw: Draw;
}

/**
 * Makes each drawn person a task. Some of their items, drawn by name, are held out; every shard scores the person by the others, and
 * each item held out is to be found among items that the person has not met. Only shards that have not trained on the pair are
 * asked about it: the others know the answer, and would be trusted too much. Half of the items are for the inner step.
 */
export function metaTasks(sources: TaskSources, most: number): MetaTasks {
  const people = drawnPeople(sources, most);
  const shards = sources.models.length;
  const inner = episodes(people.length, shards);
  const outer = episodes(people.length, shards);
  people.forEach((person, task) => writeTask(sources, person, task, inner, outer));
  return { count: people.length, inner, outer };
}

function episodes(tasks: number, shards: number): Episodes {
  const rows = tasks * QUERIES * CANDIDATES;
  const features = featureRows(rows, shards);
  const weights = new Float32Array(rows);
  // A query that stays empty counts nothing, but neither its attention nor its loss must be 0 / 0.
  for (let row = 0; row < rows; row++) {
    features.asked[row * shards] = 1;
    weights[row] = row % CANDIDATES === 0 ? 1 : 0;
  }
  return { features, weights, queries: new Float32Array(tasks * QUERIES) };
}

/** Those who have at least two items, as many as are wanted, the lowest draws first. */
function drawnPeople({ shards, draw }: TaskSources, most: number): Candidate[] {
  const people = new Map<string, Map<number, Set<number>>>();
  shards.forEach(({ dataset }, shard) => collect(dataset, shard, people));
  return [...people]
    .filter(([, held]) => held.size >= 2)
    .map(([subject, held]) => ({ subject, held, order: draw('meta/tasks', subject).uniform(0) }))
    .sort((a, b) => a.order - b.order || compareBytes(utf8(a.subject), utf8(b.subject)))
    .slice(0, most);
}

function collect(
  { subjects, bySubject: { offsets, indices } }: ShardDataset,
  shard: number,
  into: Map<string, Map<number, Set<number>>>,
): void {
  subjects.forEach((subject, row) => {
    const held = into.get(subject) ?? new Map<number, Set<number>>();
    into.set(subject, held);
    for (const item of indices.subarray(offsets[row], offsets[row + 1]))
      held.set(item, (held.get(item) ?? new Set()).add(shard));
  });
}

function writeTask(
  sources: TaskSources,
  person: Candidate,
  task: number,
  inner: Episodes,
  outer: Episodes,
): void {
  const { held } = person;
  const queries = queryItems(sources, person);
  const present = Uint32Array.from(held.keys())
    .filter((item) => !queries.includes(item))
    .sort();
  const recordsPerShard = recordsOf(present, held, sources.models.length);
  const whom = { subject: person.subject, present, recordsPerShard };
  const evidence = evidenceOf(
    sources.models.map((model) => model.score(whom)),
    whom,
    sources.content,
  );
  // The outer step comes first: it is the one that must not be empty.
  const halves = [outer, inner].map((into, half) => ({
    into,
    items: queries.filter((_, at) => at % 2 === half),
  }));
  for (const { into, items } of halves)
    items.forEach((item, at) => {
      if (writeQuery(sources, person, evidence, item, into, task * QUERIES + at))
        into.queries[task * QUERIES + at] = 1 / items.length;
    });
}

/** Items to hold out: at most half of the person's and at most 2 · QUERIES, by draws named after the person and the item. */
function queryItems({ draw, shards }: TaskSources, { subject, held }: Candidate): number[] {
  const { items } = shards[0].dataset;
  const counter = draw('meta/tasks', subject).uniform(1) * 2 ** 32;
  return [...held.keys()]
    .map((item) => ({ item, order: draw('meta/queries', items[item]).uniform(counter) }))
    .sort((a, b) => a.order - b.order || a.item - b.item)
    .slice(0, Math.min(2 * QUERIES, held.size >> 1))
    .map(({ item }) => item);
}

function recordsOf(present: Uint32Array, held: Candidate['held'], shards: number): Uint32Array {
  const counts = new Uint32Array(shards);
  for (const item of present) for (const shard of held.get(item) ?? []) counts[shard]++;
  return counts;
}

/** False where no shard may speak of the item, or there is nothing to compare it with. */
function writeQuery(
  { confidence, draw }: TaskSources,
  { subject, held }: Candidate,
  evidence: PersonEvidence,
  item: number,
  { features, weights }: Episodes,
  query: number,
): boolean {
  const knows = held.get(item);
  const isAsked = (shard: number): boolean =>
    evidence.standardised[shard] !== undefined && knows?.has(shard) !== true;
  if (!evidence.standardised.some((_, shard) => isAsked(shard))) return false;
  const ranked = unmetByMean(evidence, held, isAsked);
  if (ranked.length === 0) return false;
  const rest = ranked.length - HARD;
  const uniform = rest > 0 ? UNIFORM : 0;
  const draws = draw('meta/negatives', subject);
  const write = (slot: number, candidate: number, weight: number): void => {
    const row = query * CANDIDATES + slot;
    features.asked.fill(0, row * evidence.standardised.length, (row + 1) * evidence.standardised.length);
    writeFeatures(features, row, candidate, evidence, confidence, isAsked);
    weights[row] = weight;
  };
  write(0, item, 1);
  ranked.slice(0, HARD).forEach((candidate, at) => write(1 + at, candidate, 1));
  for (let at = 0; at < uniform; at++) {
    const drawn = HARD + Math.floor(draws.uniform(at) * rest);
    write(1 + HARD + at, ranked[drawn], rest / uniform);
  }
  return true;
}

/** Items that the person has not met: the HARD with the greatest mean score first, best first, then the others in catalogue order. */
function unmetByMean(
  { standardised, overlap: { length } }: PersonEvidence,
  held: Candidate['held'],
  isAsked: (shard: number) => boolean,
): number[] {
  const mean = new Float64Array(length);
  standardised.forEach((of, shard) => {
    if (of === undefined || !isAsked(shard)) return;
    for (let item = 0; item < length; item++) mean[item] += of[item];
  });
  const best = new Set(topK(Float32Array.from(mean), HARD, (item) => !held.has(item)));
  const others: number[] = [];
  for (let item = 0; item < length; item++) if (!held.has(item) && !best.has(item)) others.push(item);
  return [...best, ...others];
}
