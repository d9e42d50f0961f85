import { compareBytes, utf8 } from '#libs/essentials';
import type { AggregatedShard } from './aggregator.js';
import type { Draw } from './draws.js';
import {
  askedOf,
  everyItem,
  evidenceOf,
  FEATURES,
  meanScores,
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
  /** Of all shards together, ascending: what is known of a person whoever holds it is known when they ask. */
  readonly features: Uint32Array;
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
    if (held.size >= 2) people.push({ subject, held, features: featuresOf(rows.get(subject)!) });
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

function featuresOf(rows: readonly Row[]): Uint32Array {
  const stated = rows.flatMap(({ dataset: { featuresBySubject }, row }) => [
    ...featuresBySubject.indices.subarray(featuresBySubject.offsets[row], featuresBySubject.offsets[row + 1]),
  ]);
  return Uint32Array.from(new Set(stated)).sort();
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
  const knowsAll = (shard: number): boolean =>
    items.every((item) => person.held.get(item)!.shards.has(shard));
  const scores = sources.models.map((model, shard) => (knowsAll(shard) ? undefined : model.score(whom)));
  const evidence = evidenceOf(scores, whom, sources);
  const askedAbout = askings(person, evidence);
  items.forEach((item, at) => {
    const query = task * QUERIES + at;
    const asked = askedAbout(item);
    if (asked !== undefined && writeQuery(sources, person, asked, item, into, query))
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
function withoutItems(
  { subject, held, features }: Candidate,
  out: readonly number[],
  shards: number,
): Person {
  const present = Uint32Array.from(held.keys())
    .filter((item) => !out.includes(item))
    .sort();
  const inOrder = latestFirst([...present], held);
  const ranks = new Map(inOrder?.map((item, rank) => [item, rank]));
  const recordsPerShard = new Uint32Array(shards);
  for (const item of present) for (const shard of held.get(item)!.shards) recordsPerShard[shard]++;
  const recency = inOrder && present.map((item) => ranks.get(item)!);
  return { subject, present, features, recency, recordsPerShard };
}

/** What the shards say that may speak of an item, and the items that the person has not met. */
interface Asked {
  readonly evidence: PersonEvidence;
  /** The HARD of them with the greatest mean score, best first. */
  readonly hard: readonly number[];
  /** The others, in catalogue order. */
  readonly others: Uint32Array;
}

/** By held-out item; undefined where no shard may speak of it. Items that the same shards have trained on share one answer. */
function askings({ held }: Candidate, evidence: PersonEvidence): (item: number) => Asked | undefined {
  const known = new Map<string, Asked | undefined>();
  return (item) => {
    const silent = held.get(item)!.shards;
    const key = [...silent].join();
    if (!known.has(key)) known.set(key, askAllBut(silent, held, evidence));
    return known.get(key);
  };
}

function askAllBut(
  silent: ReadonlySet<number>,
  held: Candidate['held'],
  evidence: PersonEvidence,
): Asked | undefined {
  if (!evidence.all.some((of, shard) => of !== undefined && !silent.has(shard))) return undefined;
  const asked = askedOf(evidence, (shard) => !silent.has(shard));
  const items = everyItem(evidence.overlap.length);
  const isTaken = new Uint8Array(items.length);
  for (const item of held.keys()) isTaken[item] = 1;
  const hard = topK(new Float32Array(meanScores(asked.all, items)), HARD, (item) => isTaken[item] === 0);
  for (const item of hard) isTaken[item] = 1;
  let others = 0;
  for (let item = 0; item < isTaken.length; item++) if (isTaken[item] === 0) items[others++] = item;
  return { evidence: asked, hard, others: items.subarray(0, others) };
}

/** False where there is nothing to compare the item with. */
function writeQuery(
  { draw, confidence }: TaskSources,
  { subject }: Candidate,
  { evidence, hard, others }: Asked,
  item: number,
  into: MetaTasks,
  query: number,
): boolean {
  if (hard.length === 0) return false;
  const draws = draw('meta/negatives', subject);
  const uniform = Array.from(
    { length: others.length > 0 ? UNIFORM : 0 },
    (_, at) => others[Math.floor(draws.uniform(at) * others.length)],
  );
  // A place that stays empty holds the item too: any other score there could be so great that all that count are 0 beside it.
  const candidates = new Uint32Array(CANDIDATES).fill(item);
  candidates.set(hard, 1);
  candidates.set(uniform, 1 + HARD);
  into.features.set(pairFeatures(evidence, confidence, candidates), query * CANDIDATES * FEATURES);
  const weights = into.weights.subarray(query * CANDIDATES, (query + 1) * CANDIDATES);
  weights.fill(1, 0, 1 + hard.length);
  weights.fill(others.length / UNIFORM, 1 + HARD, 1 + HARD + uniform.length);
  return true;
}
