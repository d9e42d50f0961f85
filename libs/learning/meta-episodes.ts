import { FEATURES } from './meta-features.js';
import { CANDIDATES, QUERIES, type MetaTasks } from './meta-tasks.js';

/** What a few people's copies of the network learn from in one inner step. */
export interface InnerBatch {
  readonly people: number;
  /** Queries of a person, most of them; places beyond a person's own count nothing. */
  readonly places: number;
  /** [people, places, CANDIDATES, FEATURES] */
  readonly features: Float32Array;
  /** [people, places, CANDIDATES]: as in MetaTasks. */
  readonly weights: Float32Array;
  /** [people, places]: 1 / the person's queries of this step; 0 for a place that counts nothing. */
  readonly shares: Float32Array;
}

/**
 * Divides the queries of the tasks from … until among the inner steps: each step takes its run of a person's queries, oldest first, and at least
 * one; whoever has fewer queries than there are steps meets some of them again.
 *
 * @param features of all tasks, as the network takes them in
 */
export function innerBatches(
  tasks: MetaTasks,
  features: Float32Array,
  steps: number,
  { from, until }: { readonly from: number; readonly until: number },
): InnerBatch[] {
  const people = Array.from({ length: until - from }, (_, at) => queriesOf(tasks, from + at));
  return Array.from({ length: steps }, (_, step) =>
    gather(
      tasks,
      features,
      people.map((queries) => runOf(queries, step, steps)),
    ),
  );
}

/** Rows of the task's queries; they stand latest first. */
function queriesOf({ queries }: MetaTasks, task: number): number[] {
  const own = Array.from({ length: QUERIES }, (_, at) => task * QUERIES + at);
  return own.filter((query) => queries[query] > 0).reverse();
}

function runOf(queries: readonly number[], step: number, steps: number): readonly number[] {
  const begin = Math.floor((step * queries.length) / steps);
  const end = Math.floor(((step + 1) * queries.length) / steps);
  return queries.slice(begin, Math.max(begin + 1, end));
}

function gather(
  { weights }: MetaTasks,
  features: Float32Array,
  runs: readonly (readonly number[])[],
): InnerBatch {
  const places = Math.max(1, ...runs.map(({ length }) => length));
  const size = runs.length * places;
  const batch = {
    people: runs.length,
    places,
    features: new Float32Array(size * CANDIDATES * FEATURES),
    // A place that counts nothing must not make its loss 0 / 0.
    weights: new Float32Array(size * CANDIDATES).map((_, row) => (row % CANDIDATES === 0 ? 1 : 0)),
    shares: new Float32Array(size),
  };
  runs.forEach((run, person) =>
    run.forEach((query, at) => {
      const place = person * places + at;
      copyRow(features, query, batch.features, place, CANDIDATES * FEATURES);
      copyRow(weights, query, batch.weights, place, CANDIDATES);
      batch.shares[place] = 1 / run.length;
    }),
  );
  return batch;
}

function copyRow(from: Float32Array, row: number, into: Float32Array, at: number, length: number): void {
  into.set(from.subarray(row * length, (row + 1) * length), at * length);
}
