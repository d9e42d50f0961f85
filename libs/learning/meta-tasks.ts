import { compareBytes, utf8 } from '#libs/essentials';
import type { AggregatedShard } from './aggregator.js';
import type { Draw } from './draws.js';
import {
  evidenceOf,
  FEATURES,
  pairFeatures,
  type EvidenceSources,
  type PersonEvidence,
} from './meta-features.js';
import type { ShardDataset } from './shard-dataset.js';
import type { Person } from './sub-model.js';
import { topK } from './top-k.js';

/** Most queries of a person. */
export const QUERIES = 4;
const HARD = 50;
const UNIFORM = 50;
/** Of a query: the item that was held out, then items that the person has not met. */
export const CANDIDATES = 1 + HARD + UNIFORM;

/** QUERIES queries a task, CANDIDATES rows a query. */
export interface MetaTasks {
  readonly count: number;
  /** [tasks, QUERIES, CANDIDATES, FEATURES] */
  readonly features: Float32Array;
  /** [tasks, QUERIES, CANDIDATES]: how many items of the catalogue a candidate stands for; 0 where there is none. */
  readonly weights: Float32Array;
  /** [tasks, QUERIES]: 1 / queries of the task, 0 where there is none. */
  readonly queries: Float32Array;
}

/** A person's item: the shards that hold it, and when it was met last. */
interface Met {
  readonly shards: Set<number>;
  time: number;
}

/** A person's present items. */
interface Candidate {
  readonly subject: string;
  /** By item index. */
  readonly held: ReadonlyMap<number, Met>;
}

export interface TaskSources extends EvidenceSources {
  readonly shards: readonly Pick<AggregatedShard, 'dataset'>[];
  /** [shards, items] */
  readonly confidence: Float32Array;
  readonly draw: Draw;
}

/**
 * Makes each drawn person a task. Some of their items are held out, every shard scores the person by the others, and each item held out
 * is to be found among items that the person has not met. Those held out are the latest, since it is what comes next that is asked for
 * in service; where the order of records is not known they are drawn by name. Only shards that have not trained on the pair are asked
 * about it: the others know the answer, and would be trusted too much.
 */
export function metaTasks(sources: TaskSources, most: number): MetaTasks {
  const people = drawnPeople(sources, most);
  const rows = people.length * QUERIES * CANDIDATES;
  const tasks = {
    count: people.length,
    features: new Float32Array(rows * FEATURES),
    // A query that stays empty counts nothing, but its loss must not be 0 / 0.
    weights: new Float32Array(rows).map((_, row) => (row % CANDIDATES === 0 ? 1 : 0)),
    queries: new Float32Array(people.length * QUERIES),
  };
  people.forEach((person, task) => writeTask(sources, person, task, tasks));
  return tasks;
}

/** Of those who have at least two items, as many as are wanted, the lowest draws first. */
function drawnPeople({ shards, draw }: TaskSources, most: number): Candidate[] {
  const rows = rowsOf(shards.map(({ dataset }) => dataset));
  const inOrder = [...rows.keys()]
    .map((subject) => ({ subject, order: draw('meta/tasks', subject).uniform(0) }))
    .sort((a, b) => a.order - b.order || compareBytes(utf8(a.subject), utf8(b.subject)));
  const people: Candidate[] = [];
  for (const { subject } of inOrder) {
    const held = heldBy(rows.get(subject)!);
    if (held.size >= 2) people.push({ subject, held });
    if (people.length === most) break;
  }
  return people;
}

/** A person's row in a shard's dataset. */
interface Row {
  readonly dataset: ShardDataset;
  readonly shard: number;
  readonly row: number;
}

function rowsOf(datasets: readonly ShardDataset[]): Map<string, Row[]> {
  const rows = new Map<string, Row[]>();
  datasets.forEach((dataset, shard) =>
    dataset.subjects.forEach((subject, row) => {
      const of = rows.get(subject);
      if (of) of.push({ dataset, shard, row });
      else rows.set(subject, [{ dataset, shard, row }]);
    }),
  );
  return rows;
}

function heldBy(rows: readonly Row[]): Map<number, Met> {
  const held = new Map<number, Met>();
  for (const { dataset, shard, row } of rows) {
    const { offsets, indices } = dataset.bySubject;
    const times = dataset.latestTimes(row);
    indices.subarray(offsets[row], offsets[row + 1]).forEach((item, at) => {
      const met = held.get(item) ?? { shards: new Set(), time: times[at] };
      held.set(item, met);
      met.shards.add(shard);
      met.time = Math.max(met.time, times[at]);
    });
  }
  return held;
}

function writeTask(sources: TaskSources, person: Candidate, task: number, into: MetaTasks): void {
  const items = queryItems(sources, person);
  const whom = withoutItems(person, items, sources.models.length);
  const evidence = evidenceOf(
    sources.models.map((model) => model.score(whom)),
    whom,
    sources,
  );
  const askedAbout = askings(sources, person, evidence);
  items.forEach((item, at) => {
    const query = task * QUERIES + at;
    const asked = askedAbout(item);
    if (asked !== undefined && writeQuery(sources.draw, person, asked, item, into, query))
      into.queries[query] = 1 / items.length;
  });
}

/** Items to hold out: a quarter of the person's, at least one and at most QUERIES. */
function queryItems({ draw, shards }: TaskSources, { subject, held }: Candidate): number[] {
  const count = Math.min(QUERIES, Math.max(1, held.size >> 2));
  const inOrder = latestFirst([...held.keys()], held);
  if (inOrder !== undefined) return inOrder.slice(0, count);
  const { items } = shards[0].dataset;
  const counter = draw('meta/tasks', subject).uniform(1) * 2 ** 32;
  return [...held.keys()]
    .map((item) => ({ item, order: draw('meta/queries', items[item]).uniform(counter) }))
    .sort((a, b) => a.order - b.order || a.item - b.item)
    .slice(0, count)
    .map(({ item }) => item);
}

/** Items by when they were met last, those of one time in catalogue order; undefined where all have one time: then it tells nothing. */
function latestFirst(items: readonly number[], held: Candidate['held']): number[] | undefined {
  const timeOf = (item: number): number => held.get(item)!.time;
  if (items.every((item) => timeOf(item) === timeOf(items[0]))) return undefined;
  return items.toSorted((a, b) => timeOf(b) - timeOf(a) || a - b);
}

/** The person as a question would bring them, had they not met some items. */
function withoutItems({ subject, held }: Candidate, out: readonly number[], shards: number): Person {
  const present = Uint32Array.from(held.keys())
    .filter((item) => !out.includes(item))
    .sort();
  const inOrder = latestFirst([...present], held);
  const ranks = new Map(inOrder?.map((item, rank) => [item, rank]));
  const recordsPerShard = new Uint32Array(shards);
  for (const item of present) for (const shard of held.get(item)!.shards) recordsPerShard[shard]++;
  return { subject, present, recency: inOrder && present.map((item) => ranks.get(item)!), recordsPerShard };
}

/** What the shards say that may speak of an item, and the items that the person has not met, in the order of `unmetByMean`. */
interface Asked {
  /** [items, FEATURES] */
  readonly features: Float32Array;
  readonly ranked: readonly number[];
}

/** By held-out item; undefined where no shard may speak of it. Items that the same shards have trained on share one answer. */
function askings(
  { confidence }: TaskSources,
  { held }: Candidate,
  evidence: PersonEvidence,
): (item: number) => Asked | undefined {
  const known = new Map<string, Asked | undefined>();
  return (item) => {
    const silent = held.get(item)!.shards;
    const key = [...silent].join();
    if (!known.has(key)) known.set(key, askAllBut(silent, confidence, held, evidence));
    return known.get(key);
  };
}

function askAllBut(
  silent: ReadonlySet<number>,
  confidence: Float32Array,
  held: Candidate['held'],
  evidence: PersonEvidence,
): Asked | undefined {
  if (!evidence.all.some((of, shard) => of !== undefined && !silent.has(shard))) return undefined;
  const features = pairFeatures(evidence, confidence, (shard) => !silent.has(shard));
  return { features, ranked: unmetByMean(features, held) };
}

/** Items that the person has not met: the HARD with the greatest mean score first, best first, then the others in catalogue order. */
function unmetByMean(features: Float32Array, held: Candidate['held']): number[] {
  const scores = new Float32Array(features.length / FEATURES).map((_, item) => features[item * FEATURES]);
  const best = topK(scores, HARD, (item) => !held.has(item));
  const isBest = new Set(best);
  const others: number[] = [];
  for (let item = 0; item < scores.length; item++)
    if (!held.has(item) && !isBest.has(item)) others.push(item);
  return [...best, ...others];
}

/** False where there is nothing to compare the item with. */
function writeQuery(
  draw: Draw,
  { subject }: Candidate,
  { features, ranked }: Asked,
  item: number,
  into: MetaTasks,
  query: number,
): boolean {
  if (ranked.length === 0) return false;
  const rest = ranked.length - HARD;
  const uniform = rest > 0 ? UNIFORM : 0;
  const draws = draw('meta/negatives', subject);
  const write = (slot: number, candidate: number, weight: number): void => {
    const row = query * CANDIDATES + slot;
    const from = candidate * FEATURES;
    into.features.set(features.subarray(from, from + FEATURES), row * FEATURES);
    into.weights[row] = weight;
  };
  // A place that stays empty holds the item too: any other score there could be so great that all that count are 0 beside it.
  for (let slot = 0; slot < CANDIDATES; slot++) write(slot, item, slot === 0 ? 1 : 0);
  ranked.slice(0, HARD).forEach((candidate, at) => write(1 + at, candidate, 1));
  for (let at = 0; at < uniform; at++)
    write(1 + HARD + at, ranked[HARD + Math.floor(draws.uniform(at) * rest)], rest / uniform);
  return true;
}
