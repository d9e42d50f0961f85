import type { Draw } from './draws.js';
import type { ShardDataset } from './shard-dataset.js';

/** Most held-out items of a person. */
const QUERIES = 8;
/** Candidates that are tried before an item goes without a negative. */
const TRIES = 64;
const WORD = 2 ** 32;

/** A person whom an aggregator learns from: some of their items are held out, and the shards fold the person in on the others. */
export interface AttentionTask {
  readonly subject: string;
  /** Ascending. */
  readonly support: Uint32Array;
  /** Held out; ascending. */
  readonly queries: Uint32Array;
}

/** A person's item, and one that they have not met. */
export interface Preference {
  readonly task: number;
  readonly item: number;
  readonly other: number;
}

/**
 * The people whose named draws are smallest, sorted by pseudonym, with all their pairs over the shards. Of a person's items those with the
 * smallest named draws are held out, at most half; who has one item only cannot be learnt from.
 */
export function attentionTasks(
  datasets: readonly ShardDataset[],
  items: readonly string[],
  people: number,
  draw: Draw,
): AttentionTask[] {
  const subjects = [...new Set(datasets.flatMap((one) => one.subjects))];
  const chosen = new Set(
    smallest(subjects, people, (subject) => draw('attention/people', subject).uniform(0)),
  );
  const present = new Map<string, Set<number>>();
  for (const dataset of datasets) addPresent(present, dataset, chosen);
  const names = itemWords(items, draw);
  return [...present]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, met]) => taskOf(subject, Uint32Array.from(met).sort(), names, draw))
    .filter(({ queries }) => queries.length > 0);
}

/** A word an item, by which draws that are named after a person and an item are counted. */
export function itemWords(items: readonly string[], draw: Draw): Uint32Array {
  return Uint32Array.from(items, (item) => draw('attention/items', item).uniform(0) * WORD);
}

/** Each held-out item of the tasks with a negative, drawn from the catalogue by the names of epoch, person and item. */
export function preferencesOf(
  tasks: readonly AttentionTask[],
  epoch: number,
  names: Uint32Array,
  draw: Draw,
): Preference[] {
  return tasks.flatMap(({ subject, support, queries }, task) => {
    const met = new Set([...support, ...queries]);
    const draws = draw('attention/negatives', subject);
    return [...queries].flatMap((item) => {
      for (let tried = 0; tried < TRIES; tried++) {
        const counter = (names[item] + epoch * TRIES + tried) % WORD;
        const other = Math.floor(draws.uniform(counter) * names.length);
        if (!met.has(other)) return [{ task, item, other }];
      }
      return [];
    });
  });
}

function taskOf(subject: string, present: Uint32Array, names: Uint32Array, draw: Draw): AttentionTask {
  const draws = draw('attention/queries', subject);
  const count = Math.min(QUERIES, present.length >> 1);
  const held = new Set(smallest([...present], count, (item) => draws.uniform(names[item])));
  return {
    subject,
    support: present.filter((item) => !held.has(item)),
    queries: present.filter((item) => held.has(item)),
  };
}

function addPresent(
  present: Map<string, Set<number>>,
  { subjects, bySubject: { offsets, indices } }: ShardDataset,
  chosen: ReadonlySet<string>,
): void {
  subjects.forEach((subject, row) => {
    if (!chosen.has(subject)) return;
    const met = present.get(subject) ?? new Set();
    present.set(subject, met);
    for (const item of indices.subarray(offsets[row], offsets[row + 1])) met.add(item);
  });
}

/** The values with the smallest numbers; ties, one in 2^32, by the order given. */
function smallest<T>(values: readonly T[], count: number, numberOf: (value: T) => number): T[] {
  if (values.length <= count) return [...values];
  const numbers = values.map((value) => numberOf(value));
  return [...numbers.keys()]
    .sort((a, b) => numbers[a] - numbers[b] || a - b)
    .slice(0, count)
    .map((at) => values[at]);
}
