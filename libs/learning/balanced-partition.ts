import { PackedCursor, type DataDependentPartition, type IalsConfig } from '#libs/contracts';
import { toHex } from '#libs/essentials';
import type { ShardAssignment } from '#libs/sharding';
import { ascendingOrder } from './ascending-order.js';
import type { Draw } from './draws.js';
import { ialsPeople, ialsTrainer } from './ials-trainer.js';
import { tensorOf } from './model-file.js';
import {
  canonicalCatalogue,
  canonicalShard,
  datasetOf,
  itemIndex,
  type CatalogueLists,
  type ShardDataset,
  type ShardSubject,
} from './shard-dataset.js';

/** Everybody's records, and how to divide them. */
export interface BalancedPartitionJob extends CatalogueLists {
  readonly kind: DataDependentPartition;
  readonly shards: number;
  readonly subjects: readonly ShardSubject[];
  /** The embeddings that are clustered are those of this model, trained on everything. */
  readonly embedding: IalsConfig;
  readonly draw: Draw;
}

/** A shard holds at most so many times its even share (the paper's experiments). */
const CAPACITY = 1.2;
const ROUNDS = 10;
const DECODER = new TextDecoder();

/** What is clustered: point p is the rows index[p] of each part, laid end to end. */
interface Points {
  readonly keys: readonly string[];
  readonly parts: readonly Part[];
}

interface Part {
  readonly rows: Float32Array;
  readonly index: Uint32Array;
}

/**
 * RecEraser's balanced partitions (Chen, Sun, Zhang, Ding, WWW 2022, §3.3, algorithms 1 … 3): people, items or interactions are clustered by
 * the embeddings of a model that was trained on everything, the closest pair of point and centroid first, and no cluster takes more than
 * 1.2 times its even share. It is a baseline: the clusters have seen every record, also those that are deleted later.
 *
 * The embeddings are those of iALS (the paper's: of WMF, another solver of the same loss). The first centroids are the points with the
 * smallest named draws; ten rounds; ties go to the smaller key, then to the lower cluster. Keys without any pair in the catalogue are left out.
 *
 * @example
 * const assignment = balancedPartition({ kind: 'ubp', shards: 8, subjects, items, embedding, draw });
 * @throws LearningError DATASET_…; KernelError
 */
export function balancedPartition(job: BalancedPartitionJob): ShardAssignment {
  const { kind, shards, embedding, draw } = job;
  const dataset = datasetOf(canonicalShard(canonicalCatalogue(job), job.subjects));
  if (dataset.subjects.length === 0) return new Map();
  const trained = ialsTrainer.train({ dataset, config: embedding, draw, afterRound: () => undefined });
  const items = tensorOf(trained, 'item_factors', [dataset.items.length, embedding.dimensions]);
  const people = ialsPeople(dataset.bySubject, items, embedding);
  const points = pointsOf(kind, { dataset, people, items, subjects: job.subjects });
  const shardOf = cluster(points, { shards, dimensions: embedding.dimensions, draw });
  return new Map(points.keys.map((key, point) => [key, shardOf[point]]));
}

interface Embedded {
  readonly dataset: ShardDataset;
  readonly people: Float32Array;
  readonly items: Float32Array;
  readonly subjects: readonly ShardSubject[];
}

/** The points of a kind in canonical order: by subject, by item, or by subject and label. */
function pointsOf(kind: DataDependentPartition, embedded: Embedded): Points {
  const { dataset, people, items } = embedded;
  switch (kind) {
    case 'ubp':
      return { keys: dataset.subjects, parts: [{ rows: people, index: numbers(dataset.subjects.length) }] };
    case 'ibp': {
      const index = numbers(dataset.items.length).filter((item) => dataset.degrees[item] > 0);
      return { keys: [...index].map((item) => dataset.items[item]), parts: [{ rows: items, index }] };
    }
    case 'inbp':
      return interactionPoints(embedded);
    default:
      return kind satisfies never;
  }
}

function interactionPoints({ dataset, people, items, subjects }: Embedded): Points {
  const rowOf = itemIndex(dataset.items);
  const recordsOf = new Map(subjects.map(({ subject, records }) => [subject, records]));
  const found = dataset.subjects.flatMap((subject, person) =>
    labelledItems(recordsOf.get(subject)!, rowOf).map((record) => ({ ...record, person })),
  );
  return {
    keys: found.map(({ label }) => label),
    parts: [
      { rows: people, index: Uint32Array.from(found, ({ person }) => person) },
      { rows: items, index: Uint32Array.from(found, ({ item }) => item) },
    ],
  };
}

/** A person's records of items in the catalogue, by label. */
function labelledItems(
  records: Uint8Array,
  rowOf: ReadonlyMap<string, number>,
): { readonly label: string; readonly item: number }[] {
  const found: { label: string; item: number }[] = [];
  const cursor = new PackedCursor(records);
  while (cursor.next()) {
    const item = rowOf.get(DECODER.decode(records.subarray(cursor.item, cursor.itemEnd)));
    const label = toHex(records.subarray(cursor.label, cursor.opening));
    if (item !== undefined) found.push({ label, item });
  }
  return found.sort((a, b) => (a.label < b.label ? -1 : 1));
}

interface Clustering {
  readonly shards: number;
  readonly dimensions: number;
  readonly draw: Draw;
}

/** Shard of each point. */
function cluster({ keys, parts }: Points, { shards, dimensions, draw }: Clustering): Uint32Array {
  const first = firstCentroids(keys, shards, draw);
  let centroids: readonly (readonly Float64Array[])[] = parts.map(({ rows, index }) =>
    first.map((point) => Float64Array.from(rowAt(rows, index[point], dimensions))),
  );
  let shardOf = new Uint32Array(keys.length);
  for (let round = 0; round < ROUNDS; round++) {
    const distances = distancesOf(parts, centroids, keys.length, dimensions);
    shardOf = nearestWithRoom(
      distances,
      keys.length,
      first.length,
      Math.ceil((CAPACITY * keys.length) / shards),
    );
    centroids = parts.map((part, at) => meansOf(part, shardOf, centroids[at]));
  }
  return shardOf;
}

/** The points with the smallest named draws; as many as there are shards, or points. */
function firstCentroids(keys: readonly string[], shards: number, draw: Draw): number[] {
  const drawn = keys.map((key) => draw('balanced-partition/centroids', key).uniform(0));
  return [...drawn.keys()].sort((a, b) => drawn[a] - drawn[b] || a - b).slice(0, shards);
}

/** Squared distance of each point to each centroid, point by point. */
function distancesOf(
  parts: readonly Part[],
  centroids: readonly (readonly Float64Array[])[],
  points: number,
  dimensions: number,
): Float32Array {
  const clusters = centroids[0].length;
  const distances = new Float32Array(points * clusters);
  parts.forEach(({ rows, index }, at) => {
    const known = new Float32Array((rows.length / dimensions) * clusters);
    for (let row = 0; row < rows.length / dimensions; row++)
      centroids[at].forEach((centroid, c) => {
        known[row * clusters + c] = squaredDistance(rows, row * dimensions, centroid);
      });
    for (let point = 0; point < points; point++)
      for (let c = 0; c < clusters; c++)
        distances[point * clusters + c] += known[index[point] * clusters + c];
  });
  return distances;
}

/** Goes through the pairs of point and cluster by ascending distance: a point joins the first cluster that has room. */
function nearestWithRoom(
  distances: Float32Array,
  points: number,
  clusters: number,
  capacity: number,
): Uint32Array<ArrayBuffer> {
  const shardOf = new Uint32Array(points).fill(clusters);
  const members = new Uint32Array(clusters);
  for (const pair of ascendingOrder(distances)) {
    const point = Math.floor(pair / clusters);
    const shard = pair % clusters;
    if (shardOf[point] < clusters || members[shard] >= capacity) continue;
    shardOf[point] = shard;
    members[shard]++;
  }
  return shardOf;
}

/** Mean of each cluster's points, summed in their order; a cluster without points stays where it was. */
function meansOf(
  { rows, index }: Part,
  shardOf: Uint32Array,
  before: readonly Float64Array[],
): Float64Array[] {
  const [{ length: dimensions }] = before;
  const sums = before.map(() => new Float64Array(dimensions));
  const counts = before.map(() => 0);
  shardOf.forEach((shard, point) => {
    counts[shard]++;
    const from = index[point] * dimensions;
    for (let k = 0; k < dimensions; k++) sums[shard][k] += rows[from + k];
  });
  return sums.map((sum, shard) =>
    counts[shard] > 0 ? sum.map((value) => value / counts[shard]) : before[shard],
  );
}

function squaredDistance(rows: Float32Array, from: number, centroid: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < centroid.length; k++) {
    const difference = rows[from + k] - centroid[k];
    sum += difference * difference;
  }
  return sum;
}

function rowAt(rows: Float32Array, row: number, dimensions: number): Float32Array {
  return rows.subarray(row * dimensions, (row + 1) * dimensions);
}

function numbers(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => at);
}
