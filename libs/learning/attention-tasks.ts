import type { Draw } from './draws.js';
import type { ShardDataset } from './shard-dataset.js';

/** Most held-out items of a person. */
const QUERIES = 8;
/** Candidates that are tried before an item goes without a negative. */
const TRIES = 64;
const WORD = 2 ** 32;
const NOTHING = new Uint32Array();

/**
 * A person whom an aggregator learns from. One shard is not asked about them: it was trained on the answers. Some of the items that the
 * person has in that shard are held out, and the other shards fold the person in on all the rest.
 */
export interface AttentionTask {
  readonly subject: string;
  /** The shard that is not asked. */
  readonly shard: number;
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
 * The people whose named draws are smallest, sorted by pseudonym. Of the shards that hold records of a person, the one with the smallest
 * named draw is not asked; of the items that it alone has of the person, those with the smallest named draws are held out, at most half
 * of all. Who has one item only cannot be learnt from.
 *
 * @param datasets one a shard, in order
 */
export function attentionTasks(
  datasets: readonly ShardDataset[],
  items: readonly string[],
  people: number,
  draw: Draw,
): AttentionTask[] {
  const subjects = [...new Set(datasets.flatMap((one) => one.subjects))];
  const chosen = smallest(subjects, people, (subject) => draw('attention/people', subject).uniform(0));
  const met = new Map<string, Uint32Array[]>(chosen.map((subject) => [subject, datasets.map(() => NOTHING)]));
  datasets.forEach(({ subjects: known, bySubject: { offsets, indices } }, shard) =>
    known.forEach((subject, row) => {
      const shards = met.get(subject);
      if (shards) shards[shard] = indices.subarray(offsets[row], offsets[row + 1]);
    }),
  );
  const names = itemWords(items, draw);
  return [...met]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, shards]) => taskOf(subject, shards, names, draw))
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

/** @param met the person's items in each shard */
function taskOf(subject: string, met: readonly Uint32Array[], names: Uint32Array, draw: Draw): AttentionTask {
  const holders = [...met.keys()].filter((shard) => met[shard].length > 0);
  const [shard] = smallest(holders, 1, (one) => draw('attention/shards', subject).uniform(one));
  const elsewhere = new Set(holders.flatMap((one) => (one === shard ? [] : [...met[one]])));
  const present = Uint32Array.from(new Set([...met[shard], ...elsewhere])).sort();
  const draws = draw('attention/queries', subject);
  const held = new Set(
    smallest(
      [...met[shard]].filter((item) => !elsewhere.has(item)),
      Math.min(QUERIES, present.length >> 1),
      (item) => draws.uniform(names[item]),
    ),
  );
  return {
    subject,
    shard,
    support: present.filter((item) => !held.has(item)),
    queries: present.filter((item) => held.has(item)),
  };
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
